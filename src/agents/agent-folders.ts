import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { ProjectPlace } from "../domain/project.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { readRegularFile } from "../platform/regular-file.ts";
import { additionalFolders, type FolderSetting, NO_MORE_FOLDERS, projectDirectories } from "./additional-folders.ts";
import { AgentCatalog, aliasClashes, nameKey } from "./agent-catalog.ts";
import { type FileOrigin, type ParsedAgentFile, parseAgentFile } from "./agent-file.ts";
import { isCodexFile, parseCodexFile } from "./codex-agent.ts";

export const BIGGEST_AGENT_FILE = 1024 * 1024;
const AGENT_FILE = { maxBytes: BIGGEST_AGENT_FILE };

/** Disks give times in ticks of some milliseconds: a file read within one may change again without a trace in them. */
const DISK_TICK_MS = 20;

interface Looked {
	readonly stat: Stats;
	/** It was older than a tick when it was read. */
	readonly isSettled: boolean;
}

interface KnownFolder extends Looked, Listing {}

/** What lies in a folder, as paths. */
interface Listing {
	readonly files: readonly string[];
	readonly folders: readonly string[];
}

interface KnownFile extends Looked {
	/** Absent where it is nothing to read. */
	readonly text: string | undefined;
	readonly origin: FileOrigin;
	/** Absent where it defines no agent. */
	readonly parsed: ParsedAgentFile | undefined;
}

/** The result of reading one folder: its files, those that could not be read, and why the folder itself could not. */
interface Layer {
	readonly files: readonly ParsedAgentFile[];
	/** Made anew each time. */
	readonly unreadable: readonly ParsedAgentFile[];
	readonly troubles: readonly Diagnostic[];
}

/** Where the agent files of a project or a person lie. */
export function agentFolder(origin: FileOrigin, agentDir: string, { cwd }: Pick<ProjectPlace, "cwd">): string {
	return origin === "personal" ? join(agentDir, "agents") : join(cwd, ".pi", "agents");
}

/** A tree with more is no folder of agents. */
const MOST_FOLDERS = 500;

/**
 * Finds and reads agent files: those in `<agentDir>/agents` under those in `.pi/agents` of the session's directory and of those
 * above it in its git repository, the nearest first, with the folders in them; under all of these, what a setting names. Asked
 * again it looks which files came, went or changed, and reads only those; nothing is watched.
 */
export class AgentFolders {
	private readonly known = new Map<string, KnownFile>();
	private readonly listed = new Map<string, KnownFolder>();
	private last: { readonly layers: readonly Layer[]; readonly catalog: AgentCatalog } | undefined;

	/** @param home of the person, which `~/` in a setting means */
	constructor(
		readonly agentDir: string,
		readonly home = homedir(),
	) {}

	/** Never throws: what cannot be read is a diagnostic of the catalog. The same object as long as nothing has changed. */
	load(place: ProjectPlace, setting: FolderSetting = NO_MORE_FOLDERS): AgentCatalog {
		const { agentDir, home } = this;
		const more = additionalFolders(setting, { place, agentDir, home });
		const own: readonly Source[] = [
			{ folder: agentFolder("personal", agentDir, place), origin: "personal" },
			...(place.isTrusted ? projectDirectories(place.cwd) : []).map(
				(cwd): Source => ({ folder: agentFolder("project", agentDir, { cwd }), origin: "project" }),
			),
		];
		const layers = [
			{ files: [], unreadable: [], troubles: more.troubles },
			...distinct(more.folders, own).map(({ folder, origin }) => this.readFolder(folder, origin)),
		];
		if (!this.last || !isSame(this.last.layers, layers)) this.last = { layers, catalog: catalogOf(layers) };
		return this.last.catalog;
	}

	private readFolder(folder: string, origin: FileOrigin): Layer {
		const files: ParsedAgentFile[] = [];
		const unreadable: ParsedAgentFile[] = [];
		const troubles: Diagnostic[] = [];
		for (const path of this.pathsIn(folder, troubles)) {
			try {
				const file = this.readFile(path, origin);
				if (file && !isReadme(file)) files.push(file);
			} catch (error) {
				unreadable.push(withoutText(path, origin, error)); // a link to nowhere or in a circle, or it may not be read
			}
		}
		return { files, unreadable, troubles };
	}

	/** @param seen the folders that were looked into already: a link may lead back */
	private pathsIn(folder: string, troubles: Diagnostic[], seen = new Set<string>()): readonly string[] {
		const { files, folders } = this.listing(folder, troubles, seen);
		return seen.size > MOST_FOLDERS
			? files
			: [...files, ...folders.flatMap((inner) => this.pathsIn(inner, troubles, seen))];
	}

	/** A folder's own time changes when files come, go or get other names. */
	private listing(folder: string, troubles: Diagnostic[], seen: Set<string>): Listing {
		try {
			const stat = statSync(folder, { throwIfNoEntry: false });
			if (!stat) return NOTHING; // the usual case, asked for at each spawn: an exception would cost ten times as much
			if (!stat.isDirectory()) throw new Error("it is a file; expected a folder");
			const identity = `${stat.dev}:${stat.ino}`;
			if (seen.has(identity)) return NOTHING;
			seen.add(identity);
			const known = this.listed.get(folder);
			if (known?.isSettled && isSameFile(known.stat, stat)) return known;
			const listing = listFolder(folder);
			this.listed.set(folder, { stat, isSettled: isSettled(stat), ...listing });
			return listing;
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code !== "ENOENT" && code !== "ENOTDIR") troubles.push(cannotBeRead(folder, error));
			return NOTHING;
		}
	}

	private readFile(path: string, origin: FileOrigin): ParsedAgentFile | undefined {
		const stat = statSync(path);
		const before = this.known.get(path);
		const known = before?.origin === origin ? before : undefined;
		if (known?.isSettled && isSameFile(known.stat, stat)) return known.parsed;
		const settled = isSettled(stat);
		const refusal = whyNotRead(stat);
		const text = refusal === undefined ? readRegularFile(path, AGENT_FILE).toString() : undefined;
		const isUnchanged = known !== undefined && text !== undefined && text === known.text;
		const parsed = isUnchanged ? known.parsed : parse(path, origin, text ?? new Error(refusal));
		this.known.set(path, { stat, isSettled: settled, text, origin, parsed });
		return parsed;
	}
}

const NOTHING: Listing = { files: [], folders: [] };

/** A name that starts with a dot is a leftover of an editor or the system, or a private folder. */
function listFolder(folder: string): Listing {
	const entries = readdirSync(folder, { withFileTypes: true })
		.filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
		.sort((a, b) => (a.name < b.name ? -1 : 1));
	const isFile = (entry: Dirent) => /\.md$/i.test(entry.name) || (isCodexFile(entry.name) && !entry.isDirectory());
	const isFolder = (entry: Dirent) => !isFile(entry) && (entry.isDirectory() || leadsToFolder(entry, folder));
	const pathOf = ({ name }: Dirent) => join(folder, name);
	return { files: entries.filter(isFile).map(pathOf), folders: entries.filter(isFolder).map(pathOf) };
}

function leadsToFolder(entry: Dirent, folder: string): boolean {
	if (!entry.isSymbolicLink()) return false;
	try {
		return statSync(join(folder, entry.name)).isDirectory();
	} catch {
		return false; // a link to nowhere is no folder of agents
	}
}

/** It tells people about the agents beside it. */
function isReadme({ name, definition }: ParsedAgentFile): boolean {
	return (
		/^readme(?:\.|$)/i.test(name) && definition !== undefined && Object.keys(definition.fileKeys ?? {}).length === 0
	);
}

function isSettled(stat: Stats): boolean {
	return Date.now() - stat.ctimeMs > DISK_TICK_MS;
}

function isSameFile(a: Stats, b: Stats): boolean {
	return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.size === b.size && a.ino === b.ino;
}

/** Opening a pipe would wait for its other end, and a device may have no end. */
function whyNotRead(stat: Stats): string | undefined {
	if (!stat.isFile()) return `it is ${stat.isDirectory() ? "a folder" : "a device or a pipe"}; expected a file`;
	return stat.size > BIGGEST_AGENT_FILE
		? `it has ${stat.size} bytes; expected at most ${BIGGEST_AGENT_FILE}`
		: undefined;
}

function parse(path: string, origin: FileOrigin, text: string | Error): ParsedAgentFile | undefined {
	if (isCodexFile(path)) return typeof text === "string" ? parseCodexFile(path, origin, text) : undefined;
	if (typeof text === "string") return parseAgentFile(path, origin, text);
	return withoutText(path, origin, text);
}

function withoutText(path: string, origin: FileOrigin, error: unknown): ParsedAgentFile {
	const name = basename(path).replace(/\.md$/i, "");
	return { name, file: path, origin, isDisabled: false, diagnostics: [cannotBeRead(path, error)] };
}

interface Source {
	readonly folder: string;
	readonly origin: FileOrigin;
}

/** Each folder once: pi's own where it is one of these, the person's before the project's. */
function distinct(more: readonly Source[], own: readonly Source[]): readonly Source[] {
	const first = ({ folder }: Source, index: number, all: readonly Source[]) =>
		all.findIndex((other) => other.folder === folder) === index;
	const last = ({ folder }: Source, index: number, all: readonly Source[]) =>
		all.findLastIndex((other) => other.folder === folder) === index;
	const others = more.filter(({ folder }) => !own.some((source) => source.folder === folder));
	return [...others.filter(last), ...own.filter(first)];
}

/** A Codex file whose agent has been converted is no trouble any more, wherever the converted one counts. */
function withoutConverted(layers: readonly Layer[]): readonly Layer[] {
	const known = new Set<string>();
	return [...layers]
		.reverse()
		.map((layer) => {
			for (const { name, file } of layer.files) if (!isCodexFile(file)) known.add(nameKey(name));
			return {
				...layer,
				files: layer.files.filter(({ name, file }) => !isCodexFile(file) || !known.has(nameKey(name))),
			};
		})
		.reverse();
}

function catalogOf(found: readonly Layer[]): AgentCatalog {
	const layers = withoutConverted(found);
	const files = layers.map((layer) => layer.files);
	const unreadable = layers.map((layer) => layer.unreadable);
	const all = layers.map((layer) => [...layer.files, ...layer.unreadable]);
	return new AgentCatalog(all, [
		...layers.flatMap((layer) => layer.troubles),
		...unreadable.flat().flatMap((file) => file.diagnostics),
		...files.flat().flatMap((file) => file.diagnostics),
		...files.flatMap(sameNames),
		...aliasClashes(files),
	]);
}

/** A file that has not changed is the same object. */
function isSame(before: readonly Layer[], after: readonly Layer[]): boolean {
	const parts = (layers: readonly Layer[]) =>
		layers.flatMap(({ files, unreadable, troubles }) => [
			...files,
			...[...unreadable.flatMap((file) => file.diagnostics), ...troubles].map(({ file, message }) => file + message),
		]);
	const [old, current] = [parts(before), parts(after)];
	return old.length === current.length && old.every((part, index) => part === current[index]);
}

function sameNames(layer: readonly ParsedAgentFile[]): Diagnostic[] {
	const first = new Map<string, ParsedAgentFile>();
	return layer.flatMap((file) => {
		if (!file.definition?.file) return [];
		const other = first.get(nameKey(file.name));
		first.set(nameKey(file.name), other ?? file);
		if (!other) return [];
		const named = other.definition?.file ? basename(other.definition.file) : other.name;
		const message =
			other.name.normalize("NFC") === file.name.normalize("NFC")
				? `has the same name as ${named}; that one is run`
				: `differs from ${named} by letter case only; asked for in another case, neither is run`;
		return [{ severity: "warning" as const, file: file.definition.file, message }];
	});
}

function cannotBeRead(file: string, error: unknown): Diagnostic {
	return { severity: "error", file, message: `cannot be read: ${reasonOf(error)}` };
}
