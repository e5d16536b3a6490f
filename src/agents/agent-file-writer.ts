import { isUtf8 } from "node:buffer";
import { constants, readdirSync, statSync } from "node:fs";
import { access, mkdir, realpath, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { ProjectPlace } from "../domain/project.ts";
import { createFile, replaceFile } from "../platform/atomic-file.ts";
import { diskTrouble } from "../platform/describe.ts";
import { readRegularFile } from "../platform/regular-file.ts";
import { AgentCatalog } from "./agent-catalog.ts";
import { type FileOrigin, parseAgentFile } from "./agent-file.ts";
import { agentFolder, BIGGEST_AGENT_FILE } from "./agent-folders.ts";
import { isSameName, problemWithAgentName } from "./agent-name.ts";
import { isCodexFile } from "./codex-agent.ts";

/** What came of writing an agent file. All but the first two: nothing was written. */
export type AgentWrite =
	| { readonly kind: "written"; readonly file: string }
	| { readonly kind: "removed"; readonly file: string }
	/** `reason` says what was wrong, where, and what would have been accepted. */
	| { readonly kind: "refused"; readonly reason: string }
	/** There is a file of that name, perhaps in another letter case. */
	| { readonly kind: "exists"; readonly file: string }
	/** Somebody else changed it since it was shown; `text` is what it says now, absent when it is gone. */
	| { readonly kind: "changed"; readonly file: string; readonly text: string | undefined }
	/** It would not load as it is meant. */
	| { readonly kind: "unsound"; readonly diagnostics: readonly Diagnostic[] };

export interface AgentPlace {
	readonly origin: FileOrigin;
	readonly file: string;
}

export interface AgentWriterParts {
	readonly agentDir: string;
	readonly project: ProjectPlace;
	readonly isKnownTool: (tool: string) => boolean;
}

export type AgentText =
	| { readonly kind: "read"; readonly text: string }
	| { readonly kind: "refused"; readonly reason: string }
	| { readonly kind: "gone" };

/** The one place where agent files are made, changed and removed. Nothing is overwritten that was not shown. Never rejects. */
export class AgentFileWriter {
	constructor(private readonly parts: AgentWriterParts) {}

	fileOf(origin: FileOrigin, name: string): string {
		return join(this.folder(origin), `${name}.md`);
	}

	/** Why nothing can be written for the project; nothing when it can, and always for the person. */
	refusalOf(origin: FileOrigin): string | undefined {
		const { cwd, isTrusted } = this.parts.project;
		if (origin === "personal" || isTrusted) return undefined;
		return `${cwd} is not trusted, so nothing is written there. Your own agents can be changed.`;
	}

	/** The text of a file as it can be changed and written again. */
	read(file: string): AgentText {
		if (isCodexFile(file)) return refused(`${file} is an agent file of Codex; expected one that ends in .md.`);
		try {
			const stat = statSync(file);
			if (!stat.isFile()) return refused(`${file} is no regular file; expected one.`);
			if (stat.size > BIGGEST_AGENT_FILE) return refused(`${file}: ${tooBig(stat.size)}`);
			const bytes = readRegularFile(file, { maxBytes: BIGGEST_AGENT_FILE });
			return isUtf8(bytes) ? { kind: "read", text: bytes.toString() } : refused(`${file} is no UTF-8 text.`);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "gone" };
			return refused(`${file} cannot be read: ${diskTrouble(error)}.`);
		}
	}

	/** A file of this name in whatever letter case; nothing when there is none. */
	taken(origin: FileOrigin, name: string): string | undefined {
		try {
			const found = readdirSync(this.folder(origin)).find((other) => isSameName(other, `${name}.md`));
			return found === undefined ? undefined : join(this.folder(origin), found);
		} catch {
			return undefined; // no folder, no file; what else is wrong with it, writing will tell
		}
	}

	async create({ origin, name, text }: { origin: FileOrigin; name: string; text: string }): Promise<AgentWrite> {
		const refusal = this.refusalOf(origin) ?? problemWithAgentName(name);
		if (refusal !== undefined) return refused(refusal);
		const file = this.fileOf(origin, name);
		const taken = this.taken(origin, name);
		if (taken !== undefined) return { kind: "exists", file: taken };
		const whole = asWritten(text);
		const diagnostics = this.check({ origin, file }, whole);
		if (diagnostics.length > 0) return { kind: "unsound", diagnostics };
		const folder = this.folder(origin);
		try {
			for (const part of [dirname(folder), folder]) await makeFolder(part);
		} catch (error) {
			return refused(`${folder} cannot be made: ${diskTrouble(error)}.`);
		}
		return tried(file, () => createFile(file, whole));
	}

	/** @param before what it said when it was shown */
	async change({ origin, file }: AgentPlace, before: string, after: string): Promise<AgentWrite> {
		const hindrance = this.hindranceAt({ origin, file }, before);
		if (hindrance) return hindrance;
		const whole = asWritten(after);
		if (whole === before) return { kind: "written", file };
		const known = new Set(this.check({ origin, file }, before).map(({ message }) => message));
		const found = this.check({ origin, file }, whole);
		const isNew = ({ severity, message }: Diagnostic) => severity === "error" || !known.has(message);
		if (found.some(isNew)) return { kind: "unsound", diagnostics: found };
		return tried(file, async () => {
			const target = await realpath(file);
			if (!/\.md$/i.test(target)) throw new Error(`it is a link to ${target}; expected a file that ends in .md`);
			await access(target, constants.W_OK); // replacing needs leave for the folder alone, but somebody protected the file
			await replaceFile(target, whole);
		});
	}

	/** Of a link the link itself. @param before what it said when it was shown; absent when it could not be read then */
	async remove({ origin, file }: AgentPlace, before: string | undefined): Promise<AgentWrite> {
		const hindrance = this.hindranceAt({ origin, file }, before);
		if (hindrance) return hindrance;
		const outcome = await tried(file, () => unlink(file));
		return outcome.kind === "written" ? { kind: "removed", file } : outcome;
	}

	/** The diagnostics of a file with this text. */
	check({ origin, file }: AgentPlace, text: string): readonly Diagnostic[] {
		const bytes = Buffer.byteLength(text);
		if (bytes > BIGGEST_AGENT_FILE) return [{ severity: "error", file, message: tooBig(bytes) }];
		const parsed = parseAgentFile(file, origin, text);
		return [...parsed.diagnostics, ...new AgentCatalog([[parsed]]).unknownTools(this.parts.isKnownTool)];
	}

	private folder(origin: FileOrigin): string {
		return agentFolder(origin, this.parts.agentDir, this.parts.project);
	}

	/** What is in the way of changing a file of which this was shown. */
	private hindranceAt({ origin, file }: AgentPlace, before: string | undefined): AgentWrite | undefined {
		const refusal = this.refusalOf(origin);
		if (refusal !== undefined) return refused(refusal);
		if (before === undefined) return undefined;
		const now = this.read(file);
		if (now.kind === "refused") return now;
		if (now.kind === "gone") return { kind: "changed", file, text: undefined };
		return now.text === before ? undefined : { kind: "changed", file, text: now.text };
	}
}

async function tried(file: string, write: () => Promise<void>): Promise<AgentWrite> {
	try {
		await write();
		return { kind: "written", file };
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return { kind: "exists", file };
		return refused(`${file} was not changed: ${diskTrouble(error)}.`);
	}
}

/** Half a surrogate pair is no text; it is written as the character that stands for lost ones, which the check tells of. */
function asWritten(text: string): string {
	return Buffer.from(text).toString();
}

/** Not those above it: a project that is gone is not made again. */
async function makeFolder(folder: string): Promise<void> {
	try {
		await mkdir(folder);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file; expected a folder`);
	}
}

function tooBig(bytes: number): string {
	return `it has ${bytes} bytes; expected at most ${BIGGEST_AGENT_FILE}`;
}

function refused(reason: string): { readonly kind: "refused"; readonly reason: string } {
	return { kind: "refused", reason };
}
