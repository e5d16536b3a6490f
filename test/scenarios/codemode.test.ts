import { describe, expect, it, vi } from "vitest";
import type { Workspace } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import {
	calls,
	callTool,
	idOf,
	open,
	opened,
	prompt,
	raise,
	sessionWhen,
	statuses,
	theSession,
	toldIds,
	untilRaised,
	workspaceWith,
} from "../support/lasting-session.ts";
import type { RpcClient } from "../support/rpc-client.ts";
import type { ToolResult } from "../support/scripted-host.ts";

vi.setConfig({ testTimeout: 120_000 }); // pi starts three times

/** Subagents that a script of the host's `codemode` tool calls; the older host has no such tool. */

const CODEMODE = ["--continue", "--tools", "+codemode"];

/** In a script: runs a subagent with this description and prompt. */
const RUN =
	'const run = (description, prompt, more) => tools.subagent({ description, prompt, subagent_type: "general-purpose", ...more });';
const IN_PARALLEL = `${RUN}
const results = await Promise.all(["one", "two", "three"].map((name) => run(name, "answer " + name)));`;

const openWithCodemode = (workspace: Workspace) => open(workspace, { args: CODEMODE });

/** Waits for the outer call: those within it end before. */
async function runScript(pi: RpcClient, code: string): Promise<ToolResult> {
	const results = await prompt(pi, calls([{ name: "codemode", arguments: { code } }]));
	const outer = results.at(-1);
	if (!outer) throw new Error("the script was not run");
	return outer;
}

const sayScript = (pi: RpcClient, code: string) =>
	pi.send({ type: "prompt", message: calls([{ name: "codemode", arguments: { code } }]) });

/** What a script returned, whose output is one value. */
const returned = ({ text }: ToolResult) => JSON.parse(text.slice(text.indexOf("Output:\n") + "Output:\n".length));

/** Opens the session twice more. @returns the ids that were delivered by then */
async function toldLater(workspace: Workspace): Promise<string[]> {
	for (let start = 1; start <= 2; start++) {
		const pi = await opened(workspace, { args: CODEMODE });
		await prompt(pi, `start ${start}`); // what a start delivers is there before a prompt is answered
		await pi.close();
	}
	return toldIds(theSession(workspace));
}

describe.runIf(hostCli.version === "next")("a script that calls subagents", () => {
	it.each(["quits", "is killed"])(
		"gets the record and the text of three in parallel, told once when pi %s",
		async (how) => {
			const workspace = workspaceWith();
			const pi = openWithCodemode(workspace);

			const script = await runScript(pi, `${IN_PARALLEL}\nreturn results;`);

			expect(script.isError).toBe(false);
			expect(returned(script)).toEqual(
				["one", "two", "three"].map((name) =>
					expect.objectContaining({
						id: idOf(theSession(workspace), name),
						type: "general-purpose",
						description: name,
						status: "completed",
						result: `[user] answer ${name}`,
						turns: 1,
						text: expect.stringMatching(new RegExp(`^completed · .*\\n\\n\\[user\\] answer ${name}$`, "s")),
					}),
				),
			);
			if (how === "quits") await pi.close();
			else await pi.kill();
			expect(await toldLater(workspace)).toEqual([]);
		},
	);

	it("is killed when its subagents have ended and it continues: all of them are delivered at the next start, once", async () => {
		const workspace = workspaceWith();
		const pi = openWithCodemode(workspace);
		sayScript(pi, `${IN_PARALLEL}\nawait tools.bash({ command: "until [ -e never ]; do sleep 0.05; done" });`);
		const done = { one: "completed", two: "completed", three: "completed" };
		const file = await sessionWhen("all three to have ended", workspace, (session) =>
			["one", "two", "three"].every((name) => statuses(session)[name] === "completed"),
		);
		await pi.kill();

		const ids = Object.keys(done).map((name) => idOf(file, name));
		expect((await toldLater(workspace)).sort()).toEqual(ids.sort());
		const { notifications } = theSession(workspace);
		for (const name of Object.keys(done)) expect(notifications.join()).toContain(`[user] answer ${name}</result>`);
	});

	it("is killed while one of its subagents has ended and one runs: both are delivered at the next start, once", async () => {
		const workspace = workspaceWith({ resumeInterrupted: "never" });
		const pi = openWithCodemode(workspace);
		sayScript(
			pi,
			`${RUN}\nawait Promise.all([run("quick", "at once"), run("long", ${JSON.stringify(untilRaised("never"))})]);`,
		);
		const file = await sessionWhen(
			"one to have ended and one to run",
			workspace,
			(session) => statuses(session).quick === "completed" && statuses(session).long === "running",
		);
		await pi.kill();

		const ids = [idOf(file, "quick"), idOf(file, "long")];
		expect((await toldLater(workspace)).sort()).toEqual(ids.sort());
		expect(statuses(theSession(workspace))).toEqual({ quick: "completed", long: "interrupted" });
	});

	it("starts one in the background: the result is notified, once", async () => {
		const workspace = workspaceWith();
		const pi = openWithCodemode(workspace);
		const script = await runScript(
			pi,
			`${RUN}\nconst { id, status, text } = await run("behind", ${JSON.stringify(untilRaised("go"))}, { run_in_background: true });
			return { id, status, isTold: text.includes("You will be notified") };`,
		);
		const { id, ...more } = returned(script);
		expect(more).toEqual({ status: "running", isTold: true });
		raise(workspace, "go");
		await until("it to be delivered", () => toldIds(theSession(workspace)).includes(id));
		await pi.close();
		expect(await toldLater(workspace)).toEqual([id]);
	});

	it("waits for one with get_subagent_result: the result is not notified, also not at a later start", async () => {
		const workspace = workspaceWith();
		const pi = openWithCodemode(workspace);
		const script = await runScript(
			pi,
			`${RUN}\nconst { id } = await run("behind", "the answer", { run_in_background: true });
			return tools.get_subagent_result({ agent_id: id, wait: true });`,
		);
		expect(returned(script)).toMatchObject({ status: "completed", result: "[user] the answer" });
		expect(returned(script).text).toContain("Status: completed");
		await pi.kill();
		expect(await toldLater(workspace)).toEqual([]);
	});

	it("is killed after get_subagent_result and before its own end: the result is delivered at the next start, once", async () => {
		const workspace = workspaceWith();
		const pi = openWithCodemode(workspace);
		sayScript(
			pi,
			`${RUN}\nconst { id } = await run("behind", "the answer", { run_in_background: true });
			await tools.get_subagent_result({ agent_id: id, wait: true });
			await tools.bash({ command: "until [ -e never ]; do sleep 0.05; done" });`,
		);
		const file = await sessionWhen(
			"it to be read",
			workspace,
			({ records }) => records.get("behind")?.record.delivery.via === "tool",
		);
		await pi.kill();
		expect(await toldLater(workspace)).toEqual([idOf(file, "behind")]);
	});

	it("sees a run that fails as a record with its status, and a refusal as an error", async () => {
		const workspace = workspaceWith();
		const pi = openWithCodemode(workspace);
		const script = await runScript(
			pi,
			`${RUN}\nconst failed = await run("fails", "error it is ill");
			const steered = await tools.steer_subagent({ agent_id: failed.id, message: "x" }).catch((error) => error.message);
			return { status: failed.status, error: failed.error, steered };`,
		);
		expect(returned(script)).toEqual({
			status: "error",
			error: "it is ill",
			steered: expect.stringContaining("has ended (error)"),
		});
	});

	it("fails after its subagents have ended: its error says where their results are", async () => {
		const workspace = workspaceWith();
		const pi = openWithCodemode(workspace);
		const script = await runScript(pi, `${IN_PARALLEL}\nthisIsNoFunction();`);
		expect(script.isError).toBe(true);
		expect(script.text).toContain("ReferenceError");
		const ids = ["one", "two", "three"].map((name) => idOf(theSession(workspace), name));
		expect(script.text).toContain(
			`Subagents that this call ran, whose results get_subagent_result has:\n${ids[0]} completed "one"\n${ids[1]} completed "two"\n${ids[2]} completed "three"`,
		);
		const read = await callTool(pi, "get_subagent_result", { agent_id: ids[1] });
		expect(read.text).toContain("[user] answer two");
		await pi.close();
		expect(await toldLater(workspace)).toEqual([]);
	});

	it("ends without one that still runs: that one is stopped with it", async () => {
		const workspace = workspaceWith();
		const pi = openWithCodemode(workspace);
		const script = await runScript(
			pi,
			`${RUN}\nvoid run("left", ${JSON.stringify(untilRaised("never"))});
			await tools.bash({ command: "true" });
			return "over";`,
		);
		expect(script.text).toContain("over");
		await sessionWhen("it to be stopped", workspace, (session) => statuses(session).left === "stopped");
		await pi.close();
		expect(await toldLater(workspace)).toEqual([]);
	});
});
