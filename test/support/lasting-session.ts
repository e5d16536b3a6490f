import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AssistantMessage, fauxAssistantMessage } from "@mariozechner/pi-ai";
import { onTestFinished } from "vitest";
import { createWorkspace, type PiEvent, type PiOptions, type Workspace } from "./cli.ts";
import { until } from "./condition.ts";
import { type RpcClient, startRpc } from "./rpc-client.ts";
import type { ToolResult } from "./scripted-host.ts";
import { type SessionFile, sessionFiles } from "./session-file.ts";
import { toolResult } from "./tool-results.ts";

/** A session that is opened more than once: by pi after pi in the same workspace. */

export const isType = (type: string) => (event: PiEvent) => event.type === type;

/** Gone with the test. */
export function workspaceWith(settings: object = {}): Workspace {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	mkdirSync(join(workspace.cwd, ".pi"), { recursive: true });
	writeFileSync(join(workspace.cwd, ".pi", "subagents.json"), JSON.stringify(settings));
	return workspace;
}

/** A pi in RPC mode that continues with the workspace's latest session, if there is one; gone with the test. */
export function open(workspace: Workspace, options: Partial<PiOptions> = {}): RpcClient {
	const pi = startRpc({ workspace, args: ["--continue"], ...options });
	onTestFinished(() => pi.kill());
	return pi;
}

export async function opened(workspace: Workspace, options: Partial<PiOptions> = {}): Promise<RpcClient> {
	const pi = open(workspace, options);
	await pi.request({ type: "get_state" });
	return pi;
}

export function theSession({ sessionDir }: Workspace): SessionFile {
	const [file, ...others] = sessionFiles(sessionDir);
	if (!file || others.length > 0) throw new Error(`expected one session, found ${others.length + (file ? 1 : 0)}`);
	return file;
}

/** The session as soon as it is as it should be; it may not be there yet, or be written in this moment. */
export async function sessionWhen(
	what: string,
	workspace: Workspace,
	holds: (file: SessionFile) => boolean,
): Promise<SessionFile> {
	await until(what, () => {
		try {
			return holds(theSession(workspace));
		} catch {
			return false;
		}
	});
	return theSession(workspace);
}

/** By description. */
export function statuses(file: SessionFile): Record<string, string> {
	return Object.fromEntries([...file.records].map(([description, { record }]) => [description, record.status]));
}

export function idOf(file: SessionFile, description: string): string {
	const stored = file.records.get(description);
	if (!stored) throw new Error(`no record of "${description}"`);
	return stored.record.id;
}

/** The ids that notifications told of, once for each time. */
export function toldIds({ notifications }: Pick<SessionFile, "notifications">): string[] {
	return notifications.flatMap((text) =>
		[...text.matchAll(/<task-id>([\w-]+)<\/task-id>/g)].map(([, id]) => id as string),
	);
}

/** A tool call for the scripted model: the description is what a test knows the subagent by. */
export function subagent(description: string, prompt: string, more: object = {}) {
	return { name: "subagent", arguments: { prompt, description, subagent_type: "general-purpose", ...more } };
}

export const background = (description: string, prompt: string) =>
	subagent(description, prompt, { run_in_background: true });

export const calls = (list: readonly object[]) => `calls ${JSON.stringify(list)}`;

/** A prompt with which a subagent works until a flag is raised, and then says these words. */
export function untilRaised(flag: string, words = flag): string {
	return calls([{ name: "bash", arguments: { command: `until [ -e ${flag} ]; do sleep 0.05; done; echo ${words}` } }]);
}

export const raise = ({ cwd }: Workspace, flag: string) => writeFileSync(join(cwd, flag), "");

/** Prompts the parent and waits for the end of its turn. @returns the results of its tool calls, as they ended */
export async function prompt(pi: RpcClient, message: string): Promise<ToolResult[]> {
	const after = pi.events.length;
	const response = await pi.request({ type: "prompt", message });
	if (response.success !== true) throw new Error(`the prompt was refused: ${JSON.stringify(response)}`);
	await pi.answered(message, { after });
	return pi.events.slice(after).filter(isType("tool_execution_end")).map(toolResult);
}

export async function callTool(pi: RpcClient, name: string, args: object): Promise<ToolResult> {
	const [result] = await prompt(pi, `call ${name} ${JSON.stringify(args)}`);
	if (!result) throw new Error(`${name} was not called`);
	return result;
}

export const resume = (pi: RpcClient, id: string, words: string) =>
	callTool(pi, "subagent", { resume: id, prompt: words, description: "d", subagent_type: "general-purpose" });

/** What was shown to the person. */
export function notices(pi: RpcClient): string[] {
	return pi.events
		.filter((event) => event.type === "extension_ui_request" && event.method === "notify")
		.map((event) => String(event.message));
}

/** A line of a session file that a test writes: a whole entry without its place in the tree, or any text as it is. */
export type CraftedLine = { type: string; [key: string]: unknown } | string;

export const SESSION_ID = "01900000-0000-7000-8000-000000000000";

/** Writes a session with a prompt, a reply and then these lines. @returns its path and where its transcripts lie */
export function craftSession(
	workspace: Workspace,
	lines: readonly CraftedLine[],
	{ end = "\n" }: { end?: string } = {},
): { file: string; tasks: string } {
	const stem = join(workspace.sessionDir, `2026-01-02T03-04-05-006Z_${SESSION_ID}`);
	const timestamp = new Date().toISOString();
	let previous: string | null = null;
	const placed = [said("user", "hello"), said("assistant", fauxAssistantMessage("hello")), ...lines].map((line, at) => {
		if (typeof line === "string") return line;
		const id = `e${String(at).padStart(7, "0")}`;
		const entry = { ...line, id, parentId: previous, timestamp };
		previous = id;
		return JSON.stringify(entry);
	});
	const header = JSON.stringify({ type: "session", version: 3, id: SESSION_ID, timestamp, cwd: workspace.cwd });
	mkdirSync(join(stem, "tasks"), { recursive: true });
	writeFileSync(`${stem}.jsonl`, [header, ...placed].join("\n") + end);
	return { file: `${stem}.jsonl`, tasks: join(stem, "tasks") };
}

export function said(role: "user" | "assistant", message: string | AssistantMessage): CraftedLine {
	const content = typeof message === "string" ? { role, content: [{ type: "text", text: message }] } : message;
	return { type: "message", message: { timestamp: Date.now(), ...content } };
}

/** A transcript as a killed pi leaves it: in full, as far as it went. */
export function craftTranscript(path: string, cwd: string, messages: readonly CraftedLine[]): void {
	let previous: string | null = null;
	const timestamp = new Date().toISOString();
	const lines = messages.map((line, at) => {
		if (typeof line === "string") return line;
		const entry = { ...line, id: `t${String(at).padStart(7, "0")}`, parentId: previous, timestamp };
		previous = entry.id;
		return JSON.stringify(entry);
	});
	const header = JSON.stringify({ type: "session", version: 3, id: "child", timestamp, cwd });
	writeFileSync(path, `${[header, ...lines].join("\n")}\n`);
}
