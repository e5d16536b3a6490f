import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CHECKOUT, type PiEvent, SCRIPTED_MODEL, type Workspace } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import {
	background,
	calls,
	callTool,
	idOf,
	notices,
	open,
	opened,
	prompt,
	raise,
	resume,
	statuses,
	subagent,
	toldIds,
	untilRaised,
	workspaceWith,
} from "../support/lasting-session.ts";
import type { RpcClient } from "../support/rpc-client.ts";
import { readSession, type SessionFile, sessionFiles } from "../support/session-file.ts";

const MOVES = `
export default (pi) => {
	pi.registerCommand("go-back-to", { description: "as /tree does", handler: async (id, ctx) => { await ctx.navigateTree(id); } });
	pi.registerCommand("load-again", { description: "as /reload does", handler: async (_, ctx) => { await ctx.reload(); } });
};`;

function withMoves(workspace: Workspace) {
	const file = join(workspace.agentDir, "moves.ts");
	writeFileSync(file, MOVES);
	return { extensions: [CHECKOUT, SCRIPTED_MODEL, file] };
}

/** The file of the session that is open. */
async function openFile(pi: RpcClient): Promise<string> {
	const state = await pi.request({ type: "get_state" });
	return String((state.data as { sessionFile: string }).sessionFile);
}

async function waitUntil(what: string, path: string, holds: (file: SessionFile) => boolean): Promise<SessionFile> {
	await until(what, () => {
		try {
			return holds(readSession(path));
		} catch {
			return false;
		}
	});
	return readSession(path);
}

/** Two that run, and one that ended while the parent was busy, so that it was not told. */
async function busyParent(pi: RpcClient): Promise<string> {
	await prompt(pi, "hello");
	const file = await openFile(pi);
	pi.send({
		type: "prompt",
		message: calls([
			background("ended", "its result"),
			background("runs", untilRaised("never")),
			subagent("in front", untilRaised("never")),
		]),
	});
	await waitUntil(
		"them to run",
		file,
		(session) => statuses(session).ended === "completed" && statuses(session)["in front"] === "running",
	);
	expect(readSession(file).notifications).toEqual([]);
	return file;
}

it("keeps what had ended untold for the original when the session is forked; the fork only sees it", async () => {
	const workspace = workspaceWith();
	const pi = open(workspace);
	const original = await busyParent(pi);
	const { data } = await pi.request({ type: "get_fork_messages" });
	await pi.request({ type: "abort" });
	await waitUntil("the turn to end", original, (session) => statuses(session)["in front"] === "stopped");
	const told = await waitUntil("what ended to be delivered", original, (session) => session.notifications.length > 0);
	expect(toldIds(told)).toEqual([idOf(told, "ended")]);
	// Now one that ends while nobody can be notified, because the session is left in that moment.
	const busy = calls([background("late", "late result"), subagent("in front again", untilRaised("never"))]);
	pi.send({ type: "prompt", message: busy });
	await waitUntil(
		"it to end",
		original,
		(session) => statuses(session).late === "completed" && statuses(session)["in front again"] === "running",
	);
	const messages = (data as { messages: { entryId: string }[] }).messages;
	const later = (await pi.request({ type: "get_fork_messages" })).data as { messages: { entryId: string }[] };
	expect(later.messages.length).toBeGreaterThan(messages.length);
	const forked = await pi.request({ type: "fork", entryId: later.messages.at(-1)?.entryId });
	expect(forked).toMatchObject({ success: true });
	const fork = await openFile(pi);
	expect(fork).not.toBe(original);
	expect(statuses(readSession(original))).toMatchObject({ ended: "completed", runs: "stopped", late: "completed" });

	const read = await callTool(pi, "get_subagent_result", { agent_id: idOf(told, "ended") });
	expect(read.text).toContain("its result");
	const refused = await resume(pi, idOf(told, "ended"), "more");
	expect(refused.text).toContain("belongs to another session");
	await prompt(pi, calls([background("the fork's own", "mine")]));
	const own = await waitUntil("its own to be delivered", fork, (session) => session.notifications.length === 2);
	expect(toldIds(own).filter((id) => id !== idOf(told, "ended"))).toEqual([idOf(own, "the fork's own")]);

	await pi.request({ type: "switch_session", sessionPath: original });
	const tellable = ["ended", "runs", "late"].map((description) => idOf(readSession(original), description));
	const isTold = (session: SessionFile) => tellable.every((id) => toldIds(session).includes(id));
	const back = await waitUntil("the rest to be delivered", original, isTold);
	expect(
		toldIds(back)
			.filter((id) => tellable.includes(id))
			.sort(),
	).toEqual([...tellable].sort());
	await pi.close();

	await opened(workspace, { args: ["--session", fork] });
	await opened(workspace, { args: ["--session", original] });
	expect(toldIds(readSession(fork))).toEqual(toldIds(own));
	expect(toldIds(readSession(original))).toEqual(toldIds(back));
});

it("tells nothing twice when the person goes back to before it was asked for and on from there", async () => {
	const workspace = workspaceWith();
	const options = withMoves(workspace);
	const pi = open(workspace, options);
	await prompt(pi, "hello");
	const file = await openFile(pi);
	const before = readSession(file).entries.at(-1)?.id;
	await prompt(pi, calls([background("told before", "one"), background("ends later", untilRaised("flag"))]));
	await waitUntil("one to be delivered", file, (session) => session.notifications.length === 1);
	await pi.request({ type: "prompt", message: `/go-back-to ${before}` });
	await prompt(pi, "another way");
	raise(workspace, "flag");
	const both = await waitUntil("both to be delivered", file, (session) => session.notifications.length === 2);
	const ids = [idOf(both, "told before"), idOf(both, "ends later")];
	expect(toldIds(both)).toEqual(ids);
	await until("the parent to rest", () => pi.events.filter(({ type }) => type === "agent_end").length >= 5);
	await pi.request({ type: "prompt", message: `/go-back-to ${before}` });
	await pi.kill();

	await opened(workspace, options);
	expect(toldIds(readSession(file))).toEqual(ids);
});

it("continues through a reload in the real pi, and notes what ends after it", async () => {
	const workspace = workspaceWith();
	const pi = open(workspace, withMoves(workspace));
	await prompt(pi, calls([background("lasts", untilRaised("flag"))]));
	const file = await openFile(pi);
	await waitUntil("it to run", file, (session) => statuses(session).lasts === "running");
	await pi.request({ type: "prompt", message: "/load-again" });
	raise(workspace, "flag");
	const told = await waitUntil("it to be delivered", file, (session) => session.notifications.length === 1);
	expect(statuses(told)).toEqual({ lasts: "completed" });
	expect(notices(pi)).toEqual([]);
});

it("stops what runs at /new, notes it in the session it belongs to, and tells it when that is opened again", async () => {
	const workspace = workspaceWith({ maxConcurrent: 1 });
	const pi = open(workspace);
	await prompt(pi, calls([background("ran", untilRaised("never")), background("waited", "hello")]));
	const old = await openFile(pi);
	await pi.request({ type: "new_session" });
	expect(statuses(readSession(old))).toEqual({ ran: "stopped", waited: "stopped" });
	expect(readSession(old).notifications).toEqual([]);
	await prompt(pi, "in the new one");
	const fresh = await openFile(pi);
	expect(readSession(fresh).records.size).toBe(0);

	await pi.request({ type: "switch_session", sessionPath: old });
	const told = await waitUntil("both to be delivered", old, (session) => session.notifications.length > 0);
	expect(toldIds(told)).toEqual([idOf(told, "ran"), idOf(told, "waited")]);
	expect(told.notifications[0]).toContain("Stopped because the session it belonged to ended.");
	const resumed = await resume(pi, idOf(told, "waited"), "sleep 1 after all");
	expect(resumed.details).toMatchObject({ status: "completed", result: "after all" });
	expect(sessionFiles(workspace.sessionDir)).toHaveLength(2);
	const requests = pi.events.filter((event: PiEvent) => event.type === "extension_ui_request");
	const questions = requests.filter(({ method }) => method !== "setStatus");
	expect(questions).toEqual([]);
});
