import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import type { AgentMessage } from "@mariozechner/pi-agent-core";
import * as host from "@mariozechner/pi-coding-agent";
import type { ParentSnapshot } from "../planning/parent-snapshot.ts";
import type { ChildPlan } from "../planning/run-plan.ts";
import { debug } from "../platform/debug.ts";
import { privateTemporaryFolder } from "../platform/private-folder.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { readRegularFile } from "../platform/regular-file.ts";
import { BIGGEST_SESSION, countLines, mendEnd } from "./session-file.ts";

type ParentSession = Pick<ParentSnapshot, "sessionFile" | "sessionId">;

/** Where a subagent's transcript will be: known before the subagent runs, so that the answer can name it. */
export function transcriptPath(parent: ParentSession, id: string, now: number): string {
	const time = new Date(now).toISOString().replace(/[:.]/g, "-");
	return join(transcriptDir(parent), `${time}_${id}.jsonl`);
}

/**
 * Where the transcript of a stored subagent is. A session's file may have been moved together with its folder, and a path that
 * somebody wrote into it must not lead us to a file that is no transcript: the host would begin it anew.
 */
export function storedTranscriptPath(parent: ParentSession, record: { id: string; transcriptFile?: string }): string {
	const name = basename(record.transcriptFile ?? "");
	return join(transcriptDir(parent), name.endsWith(".jsonl") ? name : `${record.id}.jsonl`);
}

/**
 * The same of a subagent of another session, from which this one was forked: its path is believed where it leads into the
 * folder of that session, beside the files of this one or in a neighbouring folder of sessions.
 */
export function othersTranscriptPath(
	{ sessionFile }: ParentSession,
	{ transcriptFile = "", parentSessionId }: { transcriptFile?: string; parentSessionId: string },
): string | undefined {
	const tasks = dirname(transcriptFile);
	const session = dirname(tasks);
	const isNamed = isAbsolute(transcriptFile) && normalize(transcriptFile) === transcriptFile;
	const isItsFolder = basename(session) === parentSessionId || basename(session).endsWith(`_${parentSessionId}`);
	if (!isNamed || !transcriptFile.endsWith(".jsonl") || basename(tasks) !== "tasks" || !isItsFolder) return undefined;
	const sessions = dirname(sessionFile ?? join(session, "none"));
	return [dirname(session), dirname(dirname(session))].some(
		(folder) => folder === sessions || folder === dirname(sessions),
	)
		? transcriptFile
		: undefined;
}

/**
 * Opens a subagent's transcript, or begins it: in the host's own format, its header naming the parent's session. The host
 * writes the file itself, the older one with the first reply. Where no folder can be made for it, the conversation is in memory
 * alone while it runs: losing the work because it could not be written down would be the worse loss.
 */
export function openTranscript(file: string, plan: ChildPlan): host.SessionManager {
	const dir = dirname(file);
	if (!madeFolder(dir)) return begun(host.SessionManager.inMemory(plan.cwd), plan);
	if (hasConversation(file)) {
		mendEnd(file);
		const manager = host.SessionManager.open(file, dir, plan.cwd);
		closeOpenCalls(manager);
		return manager;
	}
	if (existsSync(file)) rmSync(file); // what a kill left of its beginning; the host would write it a second time
	return begun(host.SessionManager.open(file, dir, plan.cwd), plan);
}

/**
 * Before a session is released: what the disk refused of its conversation is written once more, all of it. Nothing is done where
 * nothing was said yet, for a resume then says everything anew.
 *
 * @returns why the file does not hold the conversation, where it does not. Never throws.
 */
export function saveTranscript(
	file: string,
	session: Pick<host.SessionManager, "getHeader" | "getEntries">,
): string | undefined {
	const entries = session.getEntries();
	if (!entries.some((entry) => entry.type === "message" && entry.message.role === "assistant")) return undefined;
	const whole = `${file}.whole`;
	try {
		// There may be more lines: some that a crash damaged are of use to nobody, but they are not ours to remove.
		if (
			existsSync(file) &&
			countLines(readRegularFile(file, { maxBytes: BIGGEST_SESSION, links: "refuse" })) > entries.length
		)
			return undefined;
		const lines = [session.getHeader(), ...entries].map((line) => `${JSON.stringify(line)}\n`);
		mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
		writeFileSync(whole, lines.join(""), { mode: 0o600 });
		renameSync(whole, file);
		return undefined;
	} catch (error) {
		debug("the transcript %s was not saved: %O", file, error);
		removeIfThere(whole);
		return reasonOf(error);
	}
}

function removeIfThere(file: string): void {
	try {
		rmSync(file, { force: true });
	} catch (error) {
		debug("%s stays: %O", file, error); // in a folder that cannot be written to; nobody reads it
	}
}

function madeFolder(dir: string): boolean {
	try {
		mkdirSync(dir, { recursive: true, mode: 0o700 });
		return true;
	} catch (error) {
		debug("no folder for transcripts: %O", error);
		return false;
	}
}

function begun(manager: host.SessionManager, plan: ChildPlan): host.SessionManager {
	const header = manager.getHeader();
	if (header) header.parentSession = plan.parent.sessionFile ?? plan.parent.sessionId;
	// Permission systems prefer this entry to the tag in the prompt.
	manager.appendCustomEntry("active_agent", { name: plan.definition.name });
	return manager;
}

/**
 * A process that died in the middle of a tool left a call without a result, which no provider accepts. It gets an honest one;
 * nothing is run again, for the tool may have had its effect.
 */
function closeOpenCalls(manager: host.SessionManager): void {
	const messages = manager.getBranch().flatMap((entry) => (entry.type === "message" ? [entry.message] : []));
	const last = messages.findLastIndex((message) => message.role === "assistant");
	const reply = messages[last];
	if (reply?.role !== "assistant") return;
	const answered = new Set(
		messages.slice(last).flatMap((message) => (message.role === "toolResult" ? [message.toolCallId] : [])),
	);
	for (const part of reply.content) {
		if (part.type !== "toolCall" || answered.has(part.id)) continue;
		manager.appendMessage({
			role: "toolResult",
			toolCallId: part.id,
			toolName: part.name,
			content: [{ type: "text", text: INTERRUPTED_CALL }],
			isError: true,
			timestamp: Date.now(),
		});
	}
}

const INTERRUPTED_CALL =
	"Interrupted: pi ended while this tool ran. Whether it had an effect is not known; it was not run again.";

/**
 * What a transcript holds, oldest first; nothing before the first reply.
 *
 * @throws when the file cannot be read, or is none: a link would lead us, and what the host writes, to another file
 */
export function readTranscript(file: string): AgentMessage[] {
	const text = textOf(file);
	if (text === undefined) return [];
	const entries = host.parseSessionEntries(text);
	const messages = entries.flatMap((entry) => (entry.type === "message" ? [entry.message] : []));
	return messages.some((message) => message.role === "assistant") ? messages : [];
}

/** All entries of a transcript. @throws when the file cannot be read */
export function readTranscriptEntries(file: string): readonly host.FileEntry[] {
	const text = textOf(file);
	return text === undefined ? [] : host.parseSessionEntries(text);
}

/** @returns nothing when it is not there */
function textOf(file: string): string | undefined {
	try {
		return readRegularFile(file, { maxBytes: BIGGEST_SESSION, links: "refuse" }).toString();
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR") return undefined;
		throw error;
	}
}

/** Whether there is a conversation to continue. @throws when the file cannot be read */
export function hasConversation(file: string): boolean {
	return readTranscript(file).length > 0;
}

/** Where folders with transcripts lie: beside the session files, and for parents that are not persisted. */
export function transcriptFolders(sessionDir: string): readonly string[] {
	return sessionDir === "" ? [privateTemporaryFolder()] : [sessionDir, privateTemporaryFolder()];
}

/** Beside the transcripts; nothing for a parent that is not persisted, which nobody can open a second time. */
export function sessionLockPath(parent: ParentSession): string | undefined {
	return parent.sessionFile && join(dirname(transcriptDir(parent)), "lease.json");
}

/** Beside the parent's own session file, or in the person's temporary folder when the parent is not persisted. */
function transcriptDir(parent: ParentSession): string {
	const { sessionFile } = parent;
	if (sessionFile?.endsWith(".jsonl")) return join(sessionFile.slice(0, -".jsonl".length), "tasks");
	if (sessionFile) return join(`${sessionFile}.d`, "tasks"); // a folder cannot have the file's own name
	return join(privateTemporaryFolder(), parent.sessionId, "tasks");
}
