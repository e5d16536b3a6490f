import { expect, it, vi } from "vitest";
import type { Workspace } from "../support/cli.ts";
import {
	background,
	calls,
	idOf,
	isType,
	open,
	opened,
	prompt,
	raise,
	sessionWhen,
	statuses,
	subagent,
	theSession,
	toldIds,
	untilRaised,
	workspaceWith,
} from "../support/lasting-session.ts";
import type { RpcClient } from "../support/rpc-client.ts";

vi.setConfig({ testTimeout: 120_000 }); // pi starts four times

/** A subagent that ended in the background, and that the parent resumes in the same turn, before it could be delivered. */

const bash = (command: string) => ({ name: "bash", arguments: { command } });

/** The parent has one whose result it does not have yet, and is about to resume it. @returns its id */
async function aboutToResume(pi: RpcClient, workspace: Workspace, how: object, words: string): Promise<string> {
	const busy = bash("until [ -e on ]; do sleep 0.05; done");
	pi.send({ type: "prompt", message: calls([background("worker", "the first answer"), busy]) });
	const file = await sessionWhen("it to have ended", workspace, (session) => statuses(session).worker === "completed");
	const id = idOf(file, "worker");
	expect(toldIds(file)).toEqual([]);
	await pi.request({ type: "steer", message: calls([subagent("again", words, { resume: id, ...how })]) });
	raise(workspace, "on");
	return id;
}

/** How often the parent was notified of each answer, after two more starts. */
async function toldLater(workspace: Workspace, ...answers: string[]): Promise<number[]> {
	for (let start = 1; start <= 2; start++) {
		const pi = await opened(workspace);
		await prompt(pi, `start ${start}`);
		await pi.close();
	}
	const told = theSession(workspace).notifications.join("\n");
	return answers.map((answer) => told.split(`${answer}</result>`).length - 1);
}

it("keeps the old result when a foreground resume is killed: it is delivered at the next start, once", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const pi = open(workspace);
	const id = await aboutToResume(pi, workspace, {}, untilRaised("never"));
	await sessionWhen("the resume to run", workspace, (session) => statuses(session).worker === "running");
	await pi.kill();

	expect(await toldLater(workspace, "[user] the first answer")).toEqual([1]);
	expect(toldIds(theSession(workspace))).toEqual([id, id]); // and that the second run was interrupted
});

it("tells the old result with the resume's own and not again when the resume has ended", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const pi = open(workspace);
	const id = await aboutToResume(pi, workspace, {}, "the second answer");
	const isOfResume = (message: unknown) =>
		JSON.stringify(message ?? "").includes("had not been notified of the result yet: [user] the first answer");
	await sessionWhen("the resume's result", workspace, ({ entries }) =>
		entries.some(({ message }) => isOfResume(message) && (message as { role: string }).role === "toolResult"),
	);
	await pi.waitFor("the end of the turn", isType("agent_end"));
	expect(toldIds(theSession(workspace))).toEqual([]);
	await pi.kill();

	expect(await toldLater(workspace, "[user] the first answer", "[user] the second answer")).toEqual([0, 0]);
	expect(idOf(theSession(workspace), "worker")).toBe(id);
});

it("tells the old result once when a resume in the background is killed", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const pi = open(workspace);
	const id = await aboutToResume(pi, workspace, { run_in_background: true }, untilRaised("never"));
	await pi.waitFor("the end of the turn", isType("agent_end"));
	const told = theSession(workspace).entries.filter((entry) =>
		JSON.stringify(entry.message ?? "").includes("had not been notified of the result yet: [user] the first answer"),
	);
	expect(told.length).toBeGreaterThan(0);
	await pi.kill();

	expect(await toldLater(workspace, "[user] the first answer")).toEqual([0]);
	expect(toldIds(theSession(workspace))).toEqual([id]); // of the run that was interrupted
});

it("keeps the old result over a second kill, while the killed resume is resumed", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const first = open(workspace);
	const id = await aboutToResume(first, workspace, {}, untilRaised("never"));
	await sessionWhen("the resume to run", workspace, (session) => statuses(session).worker === "running");
	await first.kill();
	const second = await opened(workspace);
	const again = subagent("again", untilRaised("never"), { resume: id });
	second.send({ type: "prompt", message: calls([again]) });
	await sessionWhen("it to run again", workspace, (session) => {
		const stored = session.records.get("worker");
		return stored?.attempt === 3 && stored.record.status === "running";
	});
	await second.kill();

	expect(await toldLater(workspace, "[user] the first answer")).toEqual([1]);
	expect(toldIds(theSession(workspace))).toEqual([id, id, id]);
});
