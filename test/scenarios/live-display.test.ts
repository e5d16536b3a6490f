import { stripVTControlCharacters } from "node:util";
import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import type { Component } from "@mariozechner/pi-tui";
import { afterEach, describe, expect, it } from "vitest";
import { allNotified, backgroundTasks } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { callTool, parentAndChild, say } from "../support/script.ts";
import { type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { hostTheme } from "../ui/host-theme.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

/** A screen of 24 rows and 100 columns: what the host is asked to put on it. */
function screen() {
	const seen = { widgets: 0, redraws: 0, statuses: [] as (string | undefined)[] };
	let component: Component | undefined;
	const tui = { terminal: { rows: 24 }, requestRender: () => void seen.redraws++ };
	const person: Partial<ExtensionUIContext> = {
		setWidget: (key: string, content: unknown) => {
			if (key !== "pi-crew") return; // another one listens for keys
			component = typeof content === "function" ? content(tui, hostTheme("dark")) : undefined;
			if (component) seen.widgets++;
		},
		setStatus: (_key, text) => void seen.statuses.push(text),
	};
	return {
		seen,
		person,
		lines: () =>
			component
				?.render(100)
				.map(stripVTControlCharacters)
				.filter((line) => !line.includes("list, steer, stop")) ?? [],
	};
}

/** Children that call a tool, then wait until the test lets them go. */
function waitingChildren() {
	const gate = signalled();
	const child: Script = async (call) => {
		if (call.role !== "toolResult") return callTool("bash", { command: "true" });
		await gate.happened;
		return say("done");
	};
	return { child, release: gate.happen };
}

describe("what a person sees in the real host", () => {
	it("is the runs in the background with what they do, then how they ended, then nothing", async () => {
		const { seen, person, lines } = screen();
		const { child, release } = waitingChildren();
		host = await startHost({ script: backgroundTasks(["one", "two", "three"], child), person });
		await host.prompt("go");
		await until("all to have used a tool", () => lines().filter((line) => line.includes("1 tool use")).length === 3);
		expect(lines().filter((line) => line.startsWith(" ● general-purpose a task · turn 1 · "))).toHaveLength(3);
		expect(seen.statuses).toContain("● 3 subagents running");
		release();
		await until("them to be seen as done", () => lines().filter((line) => line.includes("completed")).length === 3);
		await until("the widget to go", () => lines().length === 0);
		expect([seen.widgets, seen.statuses.at(-1)]).toEqual([1, undefined]);
	});

	it("counts those that wait for a slot", async () => {
		const { seen, person, lines } = screen();
		const { child, release } = waitingChildren();
		const files = { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1 }) };
		host = await startHost({ script: backgroundTasks(["one", "two", "three"], child), person, files });
		await host.prompt("go");
		await until("the count", () => /^ ○ 2 subagents queued · .*: list all$/.test(lines().at(-1) ?? ""));
		expect(seen.statuses.at(-1)).toBe("● 1 subagent running · 2 queued");
		release();
		await allNotified(host, 3);
	});

	it.each([
		["background", 0],
		["all", 2],
		["off", 0],
	] as const)(
		"is, with the widget set to %s, %d lines of a foreground run; the status line has it anyway",
		async (widget, count) => {
			const { seen, person, lines } = screen();
			const { child, release } = waitingChildren();
			const files = { ".pi/subagents.json": JSON.stringify({ widget }) };
			host = await startHost({ script: parentAndChild({ prompt: "one" }, child), person, files });
			const prompted = host.prompt("go");
			await until("the child to wait", () => host.calls.length === 3);
			await until("the status line", () => seen.statuses.at(-1) === "● 1 subagent running");
			await until("the lines", () => lines().length === count);
			release();
			await prompted;
		},
	);

	it("continues over a reload, on the new screen alone", async () => {
		const { seen, person, lines } = screen();
		const { child, release } = waitingChildren();
		host = await startHost({ script: backgroundTasks(["one"], child), person, installed: true });
		await host.prompt("go");
		await until("the widget", () => lines().length === 2);
		await host.reload();
		await until("the widget again", () => lines().length === 2);
		expect(seen.widgets).toBe(2);
		release();
		await allNotified(host, 1);
		await until("the widget to go", () => lines().length === 0);
	});

	it("is gone when the session ends", async () => {
		const { seen, person, lines } = screen();
		const { child } = waitingChildren();
		host = await startHost({ script: backgroundTasks(["one"], child), person });
		await host.prompt("go");
		await until("the widget", () => lines().length === 2);
		await host.quit();
		expect([lines(), seen.statuses.at(-1)]).toEqual([[], undefined]);
	});
});
