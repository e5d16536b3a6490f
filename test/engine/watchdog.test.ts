import type { AgentEvent } from "@mariozechner/pi-agent-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watchdog, type WatchSettings } from "../../src/engine/watchdog.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
	vi.useRealTimers();
});

function watched(changes: Partial<WatchSettings> = {}) {
	const did: string[] = [];
	const settings: WatchSettings = { onLoop: "stop", loopStopAfter: 8, onStall: "show", stallSeconds: 100, ...changes };
	const run = {
		show: (what: string | undefined) => void did.push(what === undefined ? "clear" : `show ${what}`),
		steer: () => void did.push("steer"),
		stop: (evidence: string) => void did.push(`stop ${evidence}`),
	};
	return { dog: new Watchdog(settings, run, Date.now), did };
}

const BEGUN = { type: "agent_start" } as AgentEvent;

describe("a silent run", () => {
	it("is shown, and never stopped by silence alone", async () => {
		const { dog, did } = watched();
		dog.onAgentEvent(BEGUN);
		await vi.advanceTimersByTimeAsync(1_000_000);
		expect(did[0]).toBe("show silent for 1 min: the model has not begun to answer");
		expect(did.filter((what) => !what.startsWith("show"))).toEqual([]);
		dog.end();
	});

	it("is shown no longer when it gives a sign of life, and when it ends", async () => {
		const { dog, did } = watched();
		await vi.advanceTimersByTimeAsync(100_000);
		dog.onAgentEvent(BEGUN);
		expect(did.at(-1)).toBe("clear");
		dog.end();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("is stopped after twice the time where the settings say so", async () => {
		const { dog, did } = watched({ onStall: "stop" });
		dog.onAgentEvent(BEGUN);
		await vi.advanceTimersByTimeAsync(175_000);
		expect(did.some((what) => what.startsWith("stop"))).toBe(false);
		await vi.advanceTimersByTimeAsync(25_000);
		expect(did.at(-1)).toBe("stop silent for 3 min: the model has not begun to answer");
		dog.end();
	});

	it("is not looked at where the settings say so", async () => {
		const { did } = watched({ onStall: "off" });
		await vi.advanceTimersByTimeAsync(10_000_000);
		expect([did, vi.getTimerCount()]).toEqual([[], 0]);
	});

	it("is no such run while it waits for its provider", async () => {
		const { dog, did } = watched({ onStall: "stop" });
		dog.onWaiting({ for: "rate-limit" });
		await vi.advanceTimersByTimeAsync(10_000_000);
		expect(did).toEqual([]);
		dog.end();
	});
});
