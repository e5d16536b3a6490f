import { describe, expect, it } from "vitest";
import { SilenceClocks, silenceText } from "../../src/domain/silence.ts";

describe("the clock that runs", () => {
	it("is that of what the run is doing", () => {
		const clocks = new SilenceClocks(0);
		const seen = [clocks.silence(5000)];
		clocks.prompted(5000);
		seen.push(clocks.silence(7000));
		clocks.modelSpoke(8000);
		seen.push(clocks.silence(9000));
		clocks.toolBegan("1", "bash", { command: "make" }, 10_000);
		seen.push(clocks.silence(14_000));
		clocks.toolEnded("1", 15_000);
		seen.push(clocks.silence(16_000));
		expect(seen.map((silence) => [silence?.clock, silence?.since, silence?.tools])).toEqual([
			["queued", 5000, ""],
			["first-event", 2000, ""],
			["model", 1000, ""],
			["tool", 4000, "bash"],
			["model", 1000, ""],
		]);
	});

	it.each(["slot", "rate-limit", "child", "answer"] as const)("stands still while it waits for: %s", (reason) => {
		const clocks = new SilenceClocks(0);
		clocks.waits({ for: reason }, 1000);
		expect(clocks.silence(1e9)).toBeUndefined();
		clocks.waits(undefined, 1e9);
		expect(clocks.silence(1e9 + 500)?.since).toBe(500);
	});

	it("leaves a tool with a timeout of its own until that is over", () => {
		const clocks = new SilenceClocks(0);
		clocks.toolBegan("1", "bash", { command: "make", timeout: 600 }, 0);
		expect(clocks.silence(599_000)).toBeUndefined();
		expect(clocks.silence(660_000)).toMatchObject({ clock: "tool", since: 60_000 });
	});

	it("leaves a tool that waits for a subagent", () => {
		const clocks = new SilenceClocks(0);
		clocks.toolBegan("1", "subagent", { prompt: "x" }, 0);
		expect(clocks.silence(1e9)).toBeUndefined();
	});

	it("does not run backwards when the clock is set back", () => {
		expect(new SilenceClocks(10_000).silence(0)?.since).toBe(0);
	});
});

it("says in words what is silent", () => {
	expect(silenceText({ clock: "tool", since: 330_000, tools: "bash" })).toBe("silent for 5 min: no output from bash");
	expect(silenceText({ clock: "model", since: 40_000, tools: "" })).toBe("silent for 40 s: nothing from the model");
});
