import { expect, it } from "vitest";
import type { Workspace } from "../support/cli.ts";
import {
	background,
	calls,
	idOf,
	notices,
	open,
	opened,
	prompt,
	resume,
	sessionWhen,
	statuses,
	theSession,
	toldIds,
	workspaceWith,
} from "../support/lasting-session.ts";
import type { RpcClient } from "../support/rpc-client.ts";

/** What a person says to `/agents`, and the answers they get. */
async function agents(pi: RpcClient, words: string): Promise<string> {
	const before = notices(pi).length;
	pi.send({ type: "prompt", message: `/agents ${words}` });
	await pi.waitFor("an answer", () => notices(pi).length > before);
	return notices(pi)[before] ?? "";
}

/** Says yes to what `/agents` asks. */
async function confirmed(pi: RpcClient, words: string): Promise<void> {
	const after = pi.events.length;
	pi.send({ type: "prompt", message: `/agents ${words}` });
	const question = await pi.waitFor("a question", (event) => event.method === "confirm", { after });
	pi.send({ type: "extension_ui_response", id: String(question.id), confirmed: true });
	await pi.waitFor("an answer", (event) => event.method === "notify", { after });
}

/** Opened by a pi that was killed while one ran, one waited and one had ended. */
async function afterKill(): Promise<{ workspace: Workspace; pi: RpcClient }> {
	const workspace = workspaceWith({ resumeInterrupted: "never", maxConcurrent: 1 });
	const first = open(workspace);
	await prompt(first, calls([background("done", "hello")]));
	await sessionWhen("it to be delivered", workspace, (file) => file.notifications.length === 1);
	first.send({
		type: "prompt",
		message: calls([background("cut off", "sleep 60000 x"), background("waited", "sleep 1 at last")]),
		streamingBehavior: "followUp", // the parent may still be at the news
	});
	await sessionWhen("one to run and one to wait", workspace, (file) => {
		const { waited, "cut off": cutOff } = statuses(file);
		return waited === "queued" && cutOff === "running";
	});
	await first.kill();
	const pi = await opened(workspace);
	await pi.waitFor("the news of what was interrupted", () => notices(pi).length > 0);
	return { workspace, pi };
}

it("leaves what was dismissed or discarded off the list, also in the next pi, and loses none of it", async () => {
	const { workspace, pi } = await afterKill();
	const file = theSession(workspace);
	await confirmed(pi, `discard ${idOf(file, "waited")}`);
	await confirmed(pi, `discard ${idOf(file, "cut off")}`);
	await agents(pi, `dismiss ${idOf(file, "done")}`);
	expect(await agents(pi, "running")).not.toMatch(/done|cut off|waited/);
	expect(statuses(theSession(workspace))).toEqual({ done: "completed", "cut off": "interrupted", waited: "stopped" });
	await pi.close();

	const next = await opened(workspace);
	expect(await agents(next, "list")).toMatch(/^No subagents in this session\./);
	expect(await agents(next, `result ${idOf(file, "done")}`)).toContain("[user] hello");
	const resumed = await resume(next, idOf(file, "cut off"), "sleep 1 after all");
	expect(resumed.details).toMatchObject({ status: "completed", result: "after all" });
	expect(await agents(next, "list")).toContain("cut off");
});

it("starts what is suspended when the person says so, and tells the parent of it once", async () => {
	const { workspace, pi } = await afterKill();
	const id = idOf(theSession(workspace), "waited");
	expect(await agents(pi, `resume ${id}`)).toContain("starts in the background");
	const told = await sessionWhen("it to be delivered", workspace, (file) => toldIds(file).includes(id));
	expect(statuses(told).waited).toBe("completed");
	expect(toldIds(told).filter((other) => other === id)).toHaveLength(1);
});

it("refuses to put aside what lives here, and what is not there", async () => {
	const { workspace, pi } = await afterKill();
	await prompt(pi, calls([background("lives", "sleep 60000 x")]));
	const id = idOf(theSession(workspace), "lives");
	expect(await agents(pi, `dismiss ${id}`)).toContain("stop it first");
	expect(await agents(pi, "dismiss nobody")).toContain("nobody");
	expect(statuses(theSession(workspace)).lives).toBe("running");
});
