import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { readFrontMatter } from "../../platform/front-matter.ts";
import { plainLine } from "../../platform/plain-text.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import { readRegularFile } from "../../platform/regular-file.ts";
import { type AutomationDefinition, nameIn, readDefinition } from "./definition.ts";

/** Something in a file that has to be fixed before the automation runs. */
export interface FileProblem {
	readonly severity: "error";
	readonly file: string;
	readonly line?: number;
	readonly message: string;
}

export interface AutomationFile {
	readonly id: string;
	readonly file: string;
	readonly origin: "project" | "personal";
	/** Of its content: what the person allowed is this text and no other. */
	readonly digest: string;
	/** Absent where the file has problems. */
	readonly definition?: AutomationDefinition;
	readonly problems: readonly FileProblem[];
}

export interface AutomationPlace {
	readonly agentDir: string;
	readonly cwd: string;
	/** The files of a project that is not trusted are not even read. */
	readonly isTrusted: boolean;
}

const BIGGEST_FILE = 256 * 1024;
const MOST_FILES = 200;

export function automationFolder(
	origin: AutomationFile["origin"],
	{ agentDir, cwd }: Omit<AutomationPlace, "isTrusted">,
) {
	return origin === "personal" ? join(agentDir, "automations") : join(cwd, ".pi", "automations");
}

/** `path:3: error: …`, as compilers write it. */
export function problemText({ file, line, severity, message }: FileProblem): string {
	return plainLine(`${line === undefined ? file : `${file}:${line}`}: ${severity}: ${message}`);
}

/** Finds and reads automations; the project's goes before a personal one of the same name. Asked again it reads what has changed. */
export class AutomationFolders {
	private readonly known = new Map<string, { readonly stamp: string; readonly read: AutomationFile }>();

	/** Never throws: what cannot be read is a problem of its file. */
	load(place: AutomationPlace): readonly AutomationFile[] {
		const origins = place.isTrusted ? (["project", "personal"] as const) : (["personal"] as const);
		const found = new Map<string, AutomationFile>();
		for (const origin of origins) {
			for (const file of listed(automationFolder(origin, place))) {
				const read = this.read(file, origin);
				if (!found.has(read.id)) found.set(read.id, read);
			}
		}
		return [...found.values()].slice(0, MOST_FILES);
	}

	private read(file: string, origin: AutomationFile["origin"]): AutomationFile {
		try {
			const { mtimeMs, ctimeMs, size, ino } = statSync(file);
			const stamp = [mtimeMs, ctimeMs, size, ino].join();
			const known = this.known.get(file);
			// Disks give times in ticks of some milliseconds: a file as young as that may change again without a trace.
			if (known?.stamp === stamp && Date.now() - ctimeMs > 20) return known.read;
			const text = readRegularFile(file, { maxBytes: BIGGEST_FILE }).toString();
			const read = parseAutomationFile(file, origin, text);
			this.known.set(file, { stamp, read });
			return read;
		} catch (error) {
			const id = basename(file).replace(/\.md$/i, "");
			return {
				id,
				file,
				origin,
				digest: "",
				problems: [problem(file, undefined, `cannot be read: ${reasonOf(error)}`)],
			};
		}
	}
}

function listed(folder: string): readonly string[] {
	try {
		return readdirSync(folder)
			.filter((name) => /\.md$/i.test(name) && !name.startsWith(".") && !/^readme\./i.test(name))
			.sort()
			.map((name) => join(folder, name));
	} catch {
		return []; // no such folder: the usual case
	}
}

export function parseAutomationFile(file: string, origin: AutomationFile["origin"], text: string): AutomationFile {
	const id = basename(file).replace(/\.md$/i, "");
	const digest = createHash("sha256").update(text).digest("hex");
	const front = readFrontMatter(text);
	if (front.kind === "unreadable") {
		return { id, file, origin, digest, problems: [problem(file, front.line, front.message)] };
	}
	const problems: FileProblem[] = [];
	if (nameIn(id) === undefined)
		problems.push(problem(file, undefined, `the file's name must be letters, digits, "-", "_" and "." (got "${id}")`));
	if (front.leniently) problems.push(problem(file, front.leniently.line, front.leniently.message));
	if (front.body.trim() === "")
		problems.push(problem(file, undefined, "the file has no instruction after its front matter"));
	const raw = Object.fromEntries([...front.keys].map(([key, { value }]) => [key, value]));
	const read = readDefinition({ ...raw, instruction: front.body }, id);
	const lineOf = (key: string | undefined) =>
		[...front.keys].find(
			([name]) => name.replace(/[-_]/g, "").toLowerCase() === key?.replaceAll("_", "").toLowerCase(),
		)?.[1].line;
	problems.push(...read.problems.map(({ key, message }) => problem(file, lineOf(key), message)));
	problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
	const isUsable = problems.length === 0 && read.definition;
	return {
		id,
		file,
		origin,
		digest,
		problems,
		...(isUsable && { definition: { ...read.definition, name: id } as AutomationDefinition }),
	};
}

function problem(file: string, line: number | undefined, message: string): FileProblem {
	return { severity: "error", file, message, ...(line !== undefined && { line }) };
}
