import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { CHECKOUT, SCRIPTED_MODEL, type Workspace } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
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
	subagent,
	theSession,
	toldIds,
	workspaceWith,
} from "../support/lasting-session.ts";
import { readSession } from "../support/session-file.ts";

const FULL_DISK = fileURLToPath(new URL("../support/full-disk.ts", import.meta.url));
const isRoot = process.getuid?.() === 0;
const cannotBeNoted = /^Subagents cannot be saved in the session file, so they would be lost when pi ends: .*ENOSPC/;

function withFullDisk(workspace: Workspace, text: string) {
	const flag = join(workspace.cwd, "full");
	const env = { FULL_DISK: flag, FULL_DISK_FOR: text };
	const options = { extensions: [CHECKOUT, SCRIPTED_MODEL, FULL_DISK], env };
	return { options, fill: (bytes = 0) => writeFileSync(flag, `${bytes}`), empty: () => rmSync(flag) };
}

it.each([0, 200])(
	"runs continue when they cannot be noted, and the person is notified once (%i bytes fit)",
	async (bytes) => {
		const workspace = workspaceWith({ resumeInterrupted: "never" });
		const { options, fill, empty } = withFullDisk(workspace, "subagents:record");
		const pi = open(workspace, options);
		await prompt(pi, "hello");
		const { path } = theSession(workspace);
		const session = () => readSession(path, "left out");
		fill(bytes);
		const results = await prompt(
			pi,
			calls([subagent("in front", "its answer"), background("behind", "another answer")]),
		);
		expect(results.map(({ isError }) => isError)).toEqual([false, false]);
		await until("it to be delivered", () =>
			pi.events.some((event) => JSON.stringify(event).includes("another answer</result>")),
		);
		expect(notices(pi)).toEqual([expect.stringMatching(cannotBeNoted)]);

		empty();
		await prompt(pi, calls([background("later", "noted again")]));
		await until("it to be delivered", () =>
			session().notifications.some((text) => text.includes("noted again</result>")),
		);
		const id = idOf(session(), "later");
		expect(statuses(session())).toEqual({ "in front": "completed", behind: "completed", later: "completed" });
		expect(notices(pi)).toHaveLength(1);
		await pi.kill();

		const second = await opened(workspace, options);
		const { data } = await second.request({ type: "get_messages" });
		expect(JSON.stringify(data)).toMatch(/hello.*its answer.*noted again/s); // the conversation is whole
		expect(toldIds(session()).filter((told) => told === id)).toHaveLength(1);
	},
);

it("runs continue where no folder can be made for their transcripts", async () => {
	const workspace = workspaceWith();
	const pi = open(workspace);
	await prompt(pi, "hello");
	writeFileSync(theSession(workspace).path.replace(/\.jsonl$/, ""), "in the folder's place");
	await prompt(pi, calls([subagent("in front", "its answer"), background("behind", "another answer")]));
	const refused = await resume(pi, idOf(theSession(workspace), "in front"), "and again");
	expect(refused).toMatchObject({
		isError: true,
		text: expect.stringContaining("is gone or could not be written. Start a new one instead."),
	});
	const file = await sessionWhen("it to be delivered", workspace, (session) => session.notifications.length > 0);
	expect(statuses(file)).toEqual({ "in front": "completed", behind: "completed" });
});

/** Reloads pi, which then waits for this file: the outcome of a subagent can be stored meanwhile by the next instance only. */
const SLOW_RELOAD = `
import { existsSync, writeFileSync } from "node:fs";
export default async (pi) => {
	pi.registerCommand("load-again", { description: "as /reload does", handler: async (_, ctx) => {
		writeFileSync("reloading", "");
		await ctx.reload();
	} });
	while (existsSync("reloading") && !existsSync("ended")) await new Promise((resolve) => setTimeout(resolve, 5));
	if (existsSync("reloading")) await new Promise((resolve) => setTimeout(resolve, 200));
};`;

it("what ends in the middle of a reload is delivered, though it cannot be noted", async () => {
	const workspace = workspaceWith();
	const { options, fill, empty } = withFullDisk(workspace, "subagents:record");
	const reloads = join(workspace.cwd, "reloads.ts");
	writeFileSync(reloads, SLOW_RELOAD);
	const pi = open(workspace, { ...options, extensions: [...options.extensions, reloads] });
	const work = "until [ -e reloading ]; do sleep 0.05; done; echo late answer; touch ended";
	await prompt(pi, calls([background("lasts", calls([{ name: "bash", arguments: { command: work } }]))]));
	fill();
	await pi.request({ type: "prompt", message: "/load-again" });
	await until("it to be delivered", () =>
		pi.events.some((event) => JSON.stringify(event).includes("<result>[toolResult] late answer")),
	);
	expect(notices(pi)).toEqual([expect.stringMatching(cannotBeNoted)]);
	empty();
	await prompt(pi, calls([subagent("later", "noted again")]));
	expect(statuses(theSession(workspace))).toEqual({ lasts: "completed", later: "completed" });
});

// The newer host does not run a prompt at all that it cannot write down.
it.runIf(hostCli.version === "old")(
	"runs continue when nothing at all can be written, transcripts included",
	async () => {
		const workspace = workspaceWith();
		const { options, fill, empty } = withFullDisk(workspace, "");
		const pi = open(workspace, options);
		await prompt(pi, "hello");
		fill();
		const results = await prompt(
			pi,
			calls([subagent("in front", "its answer"), background("behind", "another answer")]),
		);
		expect(results.map(({ isError }) => isError)).toEqual([false, false]);
		await until("it to be delivered", () =>
			pi.events.some((event) => JSON.stringify(event).includes("another answer</result>")),
		);
		expect(notices(pi)).toEqual([expect.stringMatching(cannotBeNoted)]);
		empty();
		await prompt(pi, "and on");
		await pi.kill();
		await opened(workspace, options); // what the host itself could not write is gone, and that is no reason not to start
	},
);

it.skipIf(isRoot)("continues in a session directory that cannot be written to any more", async () => {
	// Nothing is read-only for root.
	const workspace = workspaceWith();
	const pi = open(workspace);
	await prompt(pi, "hello");
	const { path } = theSession(workspace);
	chmodSync(path, 0o400);
	chmodSync(dirname(path), 0o500);
	try {
		pi.send({ type: "prompt", message: calls([subagent("in front", "its answer")]) });
		await until("the person to be notified", () => notices(pi).length > 0);
		expect(notices(pi)[0]).toContain("Subagents cannot be saved in the session file");
	} finally {
		chmodSync(dirname(path), 0o700);
	}
});
