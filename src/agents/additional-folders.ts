import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { ProjectPlace } from "../domain/project.ts";
import type { SettingSource, Settings } from "../domain/settings.ts";
import type { FileOrigin } from "./agent-file.ts";

/** The setting `agentFolders` as it is in effect. */
export interface FolderSetting {
	/** As written: relative to the project, from `~/`, or absolute. The first takes precedence over the others. */
	readonly entries: readonly string[];
	/** The project's own settings name them: a folder that is not there is then a mistake. */
	readonly isOfProject: boolean;
}

export function folderSetting(loaded: {
	readonly settings: Pick<Settings, "agentFolders">;
	readonly sources: { readonly agentFolders: SettingSource };
}): FolderSetting {
	return { entries: loaded.settings.agentFolders, isOfProject: loaded.sources.agentFolders !== "yours" };
}

export const NO_MORE_FOLDERS: FolderSetting = { entries: [], isOfProject: false };

/** Where a session works and whose it is. */
export interface FolderSources {
	readonly place: ProjectPlace;
	readonly agentDir: string;
	readonly home: string;
}

interface AdditionalFolder {
	readonly folder: string;
	readonly origin: FileOrigin;
}

export interface AdditionalFolders {
	/** The one that takes precedence last. */
	readonly folders: readonly AdditionalFolder[];
	readonly troubles: readonly Diagnostic[];
}

/** The directories of a project from the root of its git repository down to where the session works; that one alone in no repository. */
export function projectDirectories(cwd: string): readonly string[] {
	const above = [cwd];
	for (let at = cwd; !existsSync(join(at, ".git")); at = dirname(at)) {
		if (at === dirname(at)) return [cwd];
		above.unshift(dirname(at));
	}
	return above;
}

/**
 * The folders that the setting's entries mean. One that is relative is looked for like `.pi/agents`, from the session's directory
 * up to the root of its repository. What lies in the project is the project's however it is written, and left out where the
 * project is not trusted.
 */
export function additionalFolders(setting: FolderSetting, sources: FolderSources): AdditionalFolders {
	const found = setting.entries.map((entry) => foldersOf(entry, setting, sources));
	return {
		folders: found.flatMap(({ folders }) => [...folders].reverse()).reverse(),
		troubles: found.flatMap(({ troubles }) => troubles),
	};
}

function foldersOf(entry: string, { isOfProject }: FolderSetting, sources: FolderSources): AdditionalFolders {
	const { isRelative, isProject, folders } = meantBy(entry, sources);
	if (isProject && !sources.place.isTrusted) return NOTHING;
	const there = folders.filter(isThere);
	if (there.length === 0 && isRelative && !isOfProject) return NOTHING; // other projects may have it
	if (there.length === 0) return refused(folders.at(-1) ?? entry, "warning", "there is no such folder");
	const wrong = there.map((folder) => ({ folder, message: whyNot(folder, sources) }));
	const worst = wrong.findLast(({ message }) => message !== undefined);
	if (worst?.message !== undefined) return refused(worst.folder, "error", worst.message);
	return { folders: there.map((folder) => ({ folder, origin: isProject ? "project" : "personal" })), troubles: [] };
}

/** The paths that an entry stands for, there or not, the nearest last. */
function meantBy(entry: string, { place, home }: FolderSources) {
	const directories = projectDirectories(place.cwd);
	const [root = place.cwd] = directories;
	if (!isAbsolute(entry) && !entry.startsWith("~/")) {
		const bases = entry.split(/[\\/]/).includes("..") ? [place.cwd] : directories;
		return { isRelative: true, isProject: true, folders: bases.map((base) => resolve(base, entry)) };
	}
	const folder = resolve(entry.startsWith("~/") ? join(home, entry.slice(2)) : entry);
	const isProject = isWithin(folder, root) && !isWithin(home, root);
	return { isRelative: false, isProject, folders: [folder] };
}

/** What the disk does not let us look at is there: reading it will tell what is wrong. */
function isThere(folder: string): boolean {
	try {
		return statSync(folder, { throwIfNoEntry: false }) !== undefined;
	} catch {
		return true;
	}
}

const NOTHING: AdditionalFolders = { folders: [], troubles: [] };

function refused(folder: string, severity: Diagnostic["severity"], message: string): AdditionalFolders {
	return { folders: [], troubles: [{ severity, file: folder, message: `${message} (setting \`agentFolders\`)` }] };
}

/** Every markdown file in such a folder and below it would be an agent. */
function whyNot(folder: string, { place, agentDir, home }: FolderSources): string | undefined {
	const held = [
		{ what: "the project", path: place.cwd },
		{ what: "your home directory", path: home },
		{ what: "pi's agent directory", path: agentDir },
	].find(({ path }) => isWithin(path, folder));
	if (held) return `it contains ${held.what}; expected a folder with nothing but agent files. It was not read`;
	const inner = /^agents?$/i.test(basename(folder))
		? undefined
		: ["agents", "agent"].find((name) => isFolder(folder, name));
	return (
		inner && `the agent files are in ${inner} below it; expected "…/${basename(folder)}/${inner}". It was not read`
	);
}

function isFolder(folder: string, name: string): boolean {
	try {
		return statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() ?? false;
	} catch {
		return false; // nobody could read agents there
	}
}

function isWithin(path: string, folder: string): boolean {
	const way = relative(folder, path);
	return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/** A folder of agent files that other programs read and pi-crew does not. */
export interface UnreadFolder {
	readonly folder: string;
	/** What makes the setting name it. */
	readonly entry: string;
}

const KNOWN_IN_PROJECTS: readonly string[] = [
	".claude/agents",
	".agents/agents",
	".codex/agents",
	".cursor/agents",
	".opencode/agent",
	".opencode/agents",
];

const KNOWN_AT_HOME: readonly string[] = [
	"~/.claude/agents",
	"~/.agents/agents",
	"~/.codex/agents",
	"~/.cursor/agents",
	"~/.config/opencode/agent",
	"~/.config/opencode/agents",
];

/** Those that hold agent files and that the setting does not name. Those of a project only where it is trusted. */
export function unreadFolders({ entries }: FolderSetting, { place, home }: FolderSources): readonly UnreadFolder[] {
	const pathOf = (entry: string) => join(home, entry.slice(2));
	const isRead = new Set(entries.map((entry) => entry.replace(/^\.\//, "").replace(/\/+$/, "")));
	const atHome = KNOWN_AT_HOME.map((entry) => ({ entry, folder: pathOf(entry) }));
	const directories = place.isTrusted ? projectDirectories(place.cwd) : [];
	const inProject = directories
		.filter((directory) => directory !== home)
		.flatMap((directory) => KNOWN_IN_PROJECTS.map((entry) => ({ entry, folder: join(directory, entry) })));
	return [...inProject, ...atHome].filter(
		({ entry, folder }) => !isRead.has(entry) && !isRead.has(folder) && holdsAgents(folder),
	);
}

function holdsAgents(folder: string): boolean {
	try {
		if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false;
		return readdirSync(folder).some((name) => !name.startsWith(".") && /\.(?:md|toml)$/i.test(name));
	} catch {
		return false; // not ours to read, and nothing that anybody asked for
	}
}
