import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { allNotified, backgroundTasks } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { callTool, isChild, say } from "../support/script.ts";
import { type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { runtimeOf } from "../support/session-runtime.ts";
import { portOf } from "../support/viewed.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

async function started(child: Script) {
	host = await startHost({ script: backgroundTasks(["count the files"], child), sessionDir: "persisted" });
	const [result] = await host.prompt("go");
	const id = result?.details.id as string;
	const runtime = await runtimeOf(host);
	const transcript = runtime.manager.find(id)?.identity.transcriptFile ?? "";
	return { id, port: portOf(host, runtime), transcript, page: join(host.cwd, "page.html") };
}

const answering: Script = (call) =>
	call.role === "user" ? callTool("bash", { command: "echo 42 files" }, "I count.") : say("There are 42.");

/** The host puts the session into its page as base64. */
function conversationIn(page: string): { entries: { type: string; message?: unknown }[]; systemPrompt?: string } {
	const [, data = ""] = /<script id="session-data"[^>]*>([^<]*)</.exec(readFileSync(page, "utf8")) ?? [];
	return JSON.parse(Buffer.from(data, "base64").toString());
}

const leftOvers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("pi-crew-export-"));

it("writes a page that holds the conversation, and leaves the transcript as it is", async () => {
	const { id, port, transcript, page } = await started(answering);
	await allNotified(host, 1);
	const before = readFileSync(transcript);

	expect(await port.exportHtml(id, " page.html ")).toEqual({ kind: "done", text: `Exported to ${page}` });

	expect(readFileSync(transcript)).toEqual(before);
	const lines = before
		.toString()
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	expect(conversationIn(page).entries).toEqual(lines.slice(1)); // without the header
	// The one it ran with, or none: only the newer host writes it down.
	expect(conversationIn(page).systemPrompt || "<sub_agent_context>").toContain("<sub_agent_context>");
	expect(JSON.stringify(conversationIn(page))).toContain("There are 42.");
	expect(leftOvers()).toEqual([]);
});

it("exports one that works, as far as it has come, and does not disturb it", async () => {
	const { happened, happen } = signalled();
	const { id, port, page } = await started(async (call) => {
		if (call.role === "user") return callTool("bash", { command: "echo 42 files" }, "I count.");
		await happened;
		return say("There are 42.");
	});
	await until("the tool's result", () => host.calls.filter(isChild).length === 2);
	await until("the transcript", () => existsSync(page) || port.conversation(id)?.read().entries.length !== 0);

	expect((await port.exportHtml(id, page)).kind).toBe("done");

	const text = JSON.stringify(conversationIn(page));
	expect(text).toContain("I count.");
	expect(text).not.toContain("There are 42.");
	happen();
	await allNotified(host, 1);
	expect(host.notifications()[0]).toContain("There are 42.");
});

it("replaces no file, and says why it cannot write", async () => {
	const { id, port, transcript, page } = await started(answering);
	await allNotified(host, 1);
	const refusal = async (file: string) => {
		const answer = await port.exportHtml(id, file);
		return answer.kind === "refused" ? answer.reason : `${answer.kind}: ${answer.text}`;
	};

	writeFileSync(page, "mine");
	expect(await refusal("page.html")).toBe(`Not exported: ${page} exists already, and nothing is overwritten.`);
	expect(readFileSync(page, "utf8")).toBe("mine");
	mkdirSync(join(host.cwd, "folder"));
	expect(await refusal("folder")).toContain("exists already");
	expect(await refusal("nowhere/page.html")).toBe(
		`Not exported: there is no folder for ${join(host.cwd, "nowhere/page.html")}.`,
	);
	expect(await refusal("page.html/page.html")).toContain("there is no folder for");

	writeFileSync(transcript, "no session at all\n");
	expect(await refusal("other.html")).toBe("Not exported: its transcript holds no conversation that can be read.");
	rmSync(transcript);
	expect(await refusal("other.html")).toBe(`Not exported: there is no transcript at ${transcript}.`);
	expect(await port.exportHtml("nobody", "x.html")).toEqual({
		kind: "refused",
		reason: "There is no subagent nobody.",
	});
	expect(existsSync(join(host.cwd, "other.html"))).toBe(false);
	expect(leftOvers()).toEqual([]);
});
