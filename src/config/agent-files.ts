import { type Dirent, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { AgentOrigin } from "../domain/agent-definition.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { AgentCatalog } from "./agent-catalog.ts";
import { type ParsedAgentFile, parseAgentFile } from "./agent-file.ts";
import type { ProjectPlace } from "./project-place.ts";

const BIGGEST_FILE = 1024 * 1024;

type FileOrigin = Exclude<AgentOrigin, "built-in">;

interface KnownFile {
	readonly stamp: string;
	readonly parsed: ParsedAgentFile;
}

/**
 * Finds and reads agent files: `<agentDir>/agents/*.md` under `<cwd>/.pi/agents/*.md`. Asked again it looks which files came,
 * went or changed, and reads only those; nothing is watched.
 */
export class AgentFiles {
	private readonly known = new Map<string, KnownFile>();
	private last: { readonly stamp: string; readonly catalog: AgentCatalog } | undefined;

	constructor(private readonly agentDir: string) {}

	/** Never throws: what cannot be read is a diagnostic of the catalog. The same object as long as nothing has changed. */
	load(place: ProjectPlace): AgentCatalog {
		const personal = join(this.agentDir, "agents");
		const project = join(place.cwd, ".pi", "agents");
		const folders: [string, FileOrigin][] = [[personal, "personal"]];
		if (place.isTrusted && project !== personal) folders.push([project, "project"]);
		const found = folders.map(([folder, origin]) => ({ origin, ...look(folder) }));
		const stamp = found.map(({ stamp }) => stamp).join("\n");
		if (this.last?.stamp === stamp) return this.last.catalog;
		const layers = found.map(({ origin, files }) => files.map((file) => this.read(file, origin)));
		const troubles = found.flatMap((folder) => folder.troubles);
		const diagnostics = [
			...troubles,
			...layers.flat().flatMap((file) => file.diagnostics),
			...layers.flatMap(sameNames),
		];
		this.last = { stamp, catalog: new AgentCatalog(layers, diagnostics) };
		return this.last.catalog;
	}

	private read(file: FoundFile, origin: FileOrigin): ParsedAgentFile {
		const known = this.known.get(file.path);
		if (known?.stamp === file.stamp) return known.parsed;
		const parsed = parseFile(file, origin);
		if (parsed.definition) this.known.set(file.path, { stamp: file.stamp, parsed });
		else this.known.delete(file.path); // what kept it from being read need not show in the stamp
		return parsed;
	}
}

interface FoundFile {
	readonly path: string;
	readonly stamp: string;
	readonly size: number;
}

interface Look {
	readonly files: readonly FoundFile[];
	readonly troubles: readonly Diagnostic[];
	readonly stamp: string;
}

function look(folder: string): Look {
	const troubles: Diagnostic[] = [];
	const files: FoundFile[] = [];
	for (const entry of entriesOf(folder, troubles)) {
		if (!/\.md$/i.test(entry.name) || entry.isDirectory()) continue;
		const path = join(folder, entry.name);
		const stat = statOf(path, troubles);
		if (stat?.isFile())
			files.push({ path, size: stat.size, stamp: `${path} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}` });
	}
	const stamp = [
		folder,
		...files.map((file) => file.stamp),
		...troubles.map(({ file, message }) => file + message),
	].join("\n");
	return { files, troubles, stamp };
}

function entriesOf(folder: string, troubles: Diagnostic[]): Dirent[] {
	try {
		return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
	} catch (error) {
		if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") troubles.push(unreadable(folder, error));
		return [];
	}
}

function statOf(path: string, troubles: Diagnostic[]): Stats | undefined {
	try {
		return statSync(path);
	} catch (error) {
		troubles.push(unreadable(path, error)); // a link to nowhere or in a circle
		return undefined;
	}
}

function parseFile({ path, size }: FoundFile, origin: FileOrigin): ParsedAgentFile {
	const name = path;
	if (size > BIGGEST_FILE) {
		const message = `the file has ${size} bytes; accepted are at most ${BIGGEST_FILE}`;
		return { name, isDisabled: false, diagnostics: [{ severity: "error", file: path, message }] };
	}
	try {
		return parseAgentFile(path, origin, readFileSync(path, "utf8"));
	} catch (error) {
		return { name, isDisabled: false, diagnostics: [unreadable(path, error)] };
	}
}

function sameNames(layer: readonly ParsedAgentFile[]): Diagnostic[] {
	const first = new Map<string, ParsedAgentFile>();
	return layer.flatMap((file) => {
		if (!file.definition?.file) return [];
		const other = first.get(file.name.toLowerCase());
		first.set(file.name.toLowerCase(), other ?? file);
		if (!other) return [];
		const named = other.definition?.file ? basename(other.definition.file) : other.name;
		const message =
			other.name === file.name
				? `has the same name as ${named}; that one is run`
				: `differs from ${named} by letter case only; asked for in another case, neither is run`;
		return [{ severity: "warning" as const, file: file.definition.file, message }];
	});
}

function unreadable(file: string, error: unknown): Diagnostic {
	return { severity: "error", file, message: `cannot be read: ${error instanceof Error ? error.message : error}` };
}

function codeOf(error: unknown): string | undefined {
	return (error as NodeJS.ErrnoException).code;
}
