import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { until } from "../support/condition.ts";
import { craftedId, craftRecord } from "../support/crafted-record.ts";
import {
	background,
	calls,
	callTool,
	craftSession,
	idOf,
	notices,
	open,
	opened,
	prompt,
	raise,
	resume,
	sessionWhen,
	statuses,
	theSession,
	toldIds,
	untilRaised,
	workspaceWith,
} from "../support/lasting-session.ts";

it("leaves alone what another living pi runs in the same session, and takes over when that one is gone", async () => {
	const workspace = workspaceWith({ maxConcurrent: 2, resumeInterrupted: "never" });
	const first = open(workspace);
	const tasks = [
		background("ends", untilRaised("flag", "done")),
		background("runs on", untilRaised("never", "x")),
		background("waits", "hello"),
	];
	await prompt(first, calls(tasks));
	const file = await sessionWhen("two to run", workspace, (session) => statuses(session)["runs on"] === "running");

	const second = await opened(workspace);
	expect(notices(second)).toEqual([]);
	const read = await callTool(second, "get_subagent_result", { agent_id: idOf(file, "ends") });
	expect(read.text).toContain("It runs in another pi");
	const stolen = await resume(second, idOf(file, "waits"), "mine now");
	expect(stolen).toMatchObject({ isError: true });
	expect(stolen.text).toContain("belongs to another session or another running pi");
	const id = idOf(file, "runs on");
	const steered = await callTool(second, "steer_subagent", { agent_id: id, message: "mine now" });
	expect(steered).toMatchObject({
		isError: true,
		text: `Not delivered: ${id} belongs to another session or another running pi, and can only be steered there.`,
	});
	for (const [words, reason] of [
		[`steer ${id} look here`, "; it can only be steered there."],
		[`stop ${id}`, ", so there is nothing to stop here."],
		[`dismiss ${id}`, "; it can only be stopped there."],
	]) {
		await second.request({ type: "prompt", message: `/agents ${words}` });
		expect(notices(second).at(-1)).toBe(
			`general-purpose ${id.slice(0, 8)} belongs to another session or another running pi${reason}`,
		);
	}
	expect(toldIds(theSession(workspace))).toEqual([]);

	raise(workspace, "flag");
	await sessionWhen("it and the next to be delivered", workspace, (session) => toldIds(session).length === 2);
	expect(second.events.some((event) => JSON.stringify(event).includes("subagent-notification"))).toBe(false);
	await first.kill();
	await second.close();

	await opened(workspace);
	const last = await sessionWhen("the rest to be delivered", workspace, (session) => toldIds(session).length === 3);
	expect(statuses(last)).toEqual({ ends: "completed", "runs on": "interrupted", waits: "completed" });
	expect(new Set(toldIds(last)).size).toBe(3);
	raise(workspace, "never");
});

it("lets one of two that start at the same moment take over what a dead pi left", async () => {
	for (let round = 0; round < 3; round++) {
		const workspace = workspaceWith({ resumeInterrupted: "never" });
		const ran = { status: "running", result: undefined, completedAt: undefined, turns: 0 } as const;
		craftSession(workspace, [craftRecord("had ended"), craftRecord("ran", ran)]);
		const both = [open(workspace), open(workspace)];
		await Promise.all(both.map((pi) => pi.request({ type: "get_state" })));
		const file = await sessionWhen("both to be delivered", workspace, (session) => toldIds(session).length >= 2);
		expect(toldIds(file)).toEqual([craftedId("had ended"), craftedId("ran")]);
		const said = both.map((pi) => notices(pi).join("\n"));
		expect(said.filter((text) => text.includes("Interrupted when pi ended"))).toHaveLength(1);
		for (const text of said)
			expect(text).toMatch(/Interrupted when pi ended|^$|another pi .* has this session's subagents/s);
		await Promise.all(both.map((pi) => pi.close()));
		expect(toldIds(theSession(workspace))).toHaveLength(2);
	}
});

it("gives its lease back when it ends, and takes one that a dead pi kept", async () => {
	const workspace = workspaceWith();
	const { tasks } = craftSession(workspace, [craftRecord("had ended")]);
	const lease = join(tasks, "..", "lease.json");
	writeFileSync(lease, JSON.stringify({ pid: 2 ** 30, hostname: (await import("node:os")).hostname() }));
	const pi = await opened(workspace);
	await until("it to be delivered", () => theSession(workspace).notifications.length === 1);
	expect(existsSync(lease)).toBe(true);
	await pi.close();
	expect(existsSync(lease)).toBe(false);
});
