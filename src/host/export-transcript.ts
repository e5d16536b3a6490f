import { constants, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as host from "@mariozechner/pi-coding-agent";
import { isNewerHost } from "../platform/host-version.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { readRegularFile, type UnreadableCode } from "../platform/regular-file.ts";
import { ChildResourceLoaders } from "./child-resource-loader.ts";
import { sharedModels } from "./create-child-session.ts";
import { BIGGEST_SESSION, mendEnd } from "./session-file.ts";

export interface ExportRequest {
	readonly transcript: string;
	/** The path of the page, which does not exist yet; its folder does. */
	readonly target: string;
	readonly cwd: string;
}

/** What the session that writes the page is made with; all of it is the parent's. */
export interface ExportParts {
	readonly agentDir: string;
	readonly modelRegistry: host.ModelRegistry;
	readonly model: host.CreateAgentSessionOptions["model"];
	/** The name of the theme the page is coloured with; the host's own choice when absent. */
	readonly theme: string | undefined;
}

export type ExportOutcome =
	| { readonly kind: "exported"; readonly file: string }
	| { readonly kind: "refused"; readonly reason: string };

/**
 * Writes a transcript as an HTML page, the way the host writes one of its own sessions. Works on a copy, for opening a session
 * may write to its file, and a running subagent keeps writing. Never rejects, and never replaces a file.
 */
export async function exportTranscript(request: ExportRequest, parts: ExportParts): Promise<ExportOutcome> {
	const { transcript, target } = request;
	if (!existsSync(transcript)) return refused(`there is no transcript at ${transcript}`);
	if (existsSync(target)) return refused(inTheWay(target));
	let folder: string | undefined;
	try {
		folder = mkdtempSync(join(tmpdir(), "pi-crew-export-"));
		const page = await writePage(folder, request, parts);
		copyFileSync(page, target, constants.COPYFILE_EXCL); // somebody may have put a file there meanwhile
		return { kind: "exported", file: target };
	} catch (error) {
		return refused(reason(error, target));
	} finally {
		if (folder) rmSync(folder, { recursive: true, force: true });
	}
}

async function writePage(folder: string, request: ExportRequest, parts: ExportParts): Promise<string> {
	const copy = join(folder, "transcript.jsonl");
	writeFileSync(copy, readRegularFile(request.transcript, { maxBytes: BIGGEST_SESSION, links: "refuse" }));
	mendEnd(copy);
	const session = await sessionOf(copy, request, parts);
	try {
		// The newer host finds the prompt it ran with in the transcript. The older one would show this session's own.
		if (!isNewerHost) session.agent.state.systemPrompt = "";
		return await session.exportToHtml(join(folder, "transcript.html"));
	} finally {
		session.dispose();
	}
}

/** A read-only session: no extensions, no tools, nothing bound. */
async function sessionOf(copy: string, { cwd }: ExportRequest, parts: ExportParts): Promise<host.AgentSession> {
	const { agentDir, modelRegistry, model, theme } = parts;
	const sessionManager = openCopy(copy);
	const settings = host.SettingsManager.inMemory(theme === undefined ? {} : { theme });
	const resources = { agentDir, extensionPaths: [], skills: [], settings };
	const { signal } = new AbortController();
	const { session } = await host.createAgentSession({
		cwd,
		agentDir,
		...(model && { model }),
		noTools: "builtin",
		resourceLoader: await new ChildResourceLoaders().create({
			resources,
			cwd,
			systemPrompt: "",
			factories: [],
			signal,
		}),
		sessionManager,
		settingsManager: settings,
		...sharedModels(modelRegistry),
	});
	return session;
}

function openCopy(copy: string): host.SessionManager {
	let opened: host.SessionManager | undefined;
	try {
		opened = host.SessionManager.open(copy);
	} catch {
		// the newer host refuses a file that the older one starts again
	}
	if (!opened?.getEntries().length) throw new Error("its transcript holds no conversation that can be read");
	return opened;
}

function refused(reason: string): ExportOutcome {
	return { kind: "refused", reason };
}

function inTheWay(target: string): string {
	return `${target} exists already, and nothing is overwritten`;
}

function reason(error: unknown, target: string): string {
	const { code } = error as NodeJS.ErrnoException;
	switch (code) {
		case "ENOTREGULAR" satisfies UnreadableCode:
		case "ETOOLARGE" satisfies UnreadableCode:
			return `its transcript cannot be read: ${reasonOf(error)}`;
		case "EEXIST":
			return inTheWay(target);
		case "ENOENT":
		case "ENOTDIR":
			return `there is no folder for ${target}`;
		case "EACCES":
		case "EPERM":
		case "EROFS":
			return `${target} must not be written there (${code})`;
		default:
			return reasonOf(error);
	}
}
