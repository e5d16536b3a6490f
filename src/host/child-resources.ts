import { existsSync, realpathSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import * as host from "@mariozechner/pi-coding-agent";
import type { ParentSnapshot } from "../planning/parent-snapshot.ts";
import { debug } from "../platform/debug.ts";

/** What every child of one parent is given, found once: the parent's extension files and skills, its settings read-only. */
export interface ChildResources {
	readonly agentDir: string;
	readonly extensionPaths: readonly string[];
	readonly skills: readonly host.Skill[];
	/** Skills that an extension of the child contributes are left out, too. */
	readonly hasNoSkills?: true;
	readonly settings: host.SettingsManager;
}

export interface ChildResourceSources {
	readonly agentDir: string;
	readonly commandLine: CommandLine;
	/** The file pi loaded us from; children are spared loading it and what comes with it. */
	readonly ownEntry: string;
}

/** Finds a parent's resources at the first run and again only when the parent has loaded something else since. */
export class ChildResourceFinder {
	private found: { key: string; resources: Promise<ChildResources> } | undefined;

	constructor(private readonly sources: ChildResourceSources) {}

	find(parent: ParentSnapshot): Promise<ChildResources> {
		const key = JSON.stringify([parent.cwd, parent.loaded.extensionFiles, parent.loaded.skillFiles]);
		if (this.found?.key !== key) this.found = { key, resources: this.read(parent) };
		return this.found.resources;
	}

	private async read(parent: ParentSnapshot): Promise<ChildResources> {
		const { agentDir } = this.sources;
		const own = host.SettingsManager.create(parent.cwd, agentDir, ...trust(parent));
		const { skills } = host.loadSkills({
			cwd: parent.cwd,
			agentDir,
			skillPaths: [...parent.loaded.skillFiles],
			includeDefaults: false,
		});
		const extensionPaths = await this.extensionPaths(parent, own);
		return { agentDir, extensionPaths, skills, settings: frozenCopy(own, parent) };
	}

	/**
	 * Named on the command line, discovered by the host, and seen in the parent: each adds what the others cannot see.
	 * A package that is not installed is skipped here, for a spawn must not run a package manager.
	 */
	private async extensionPaths(parent: ParentSnapshot, settings: host.SettingsManager): Promise<string[]> {
		const { agentDir, commandLine, ownEntry } = this.sources;
		const packages = new host.DefaultPackageManager({ cwd: parent.cwd, agentDir, settingsManager: settings });
		const named = commandLine.extensions.length
			? enabledPaths(await packages.resolveExtensionSources([...commandLine.extensions], { temporary: true }))
			: [];
		const discovered = commandLine.noExtensions ? [] : enabledPaths(await packages.resolve(async () => "skip"));
		debug("extensions for children: named %o, discovered %o, seen %o", named, discovered, parent.loaded.extensionFiles);
		return distinctFiles([...named, ...discovered, ...parent.loaded.extensionFiles], dirname(ownEntry));
	}
}

function enabledPaths(resolved: host.ResolvedPaths): string[] {
	return resolved.extensions.filter((resource) => resource.enabled).map((resource) => resource.path);
}

/** One file may be reached through links; loading it twice would register its tools twice. */
function distinctFiles(paths: readonly string[], ownFolder: string): string[] {
	const own = realPath(ownFolder) + sep;
	const seen = new Set<string>();
	return paths.filter((path) => {
		const real = realPath(path);
		if (seen.has(real) || real.startsWith(own) || !existsSync(path)) return false;
		seen.add(real);
		return true;
	});
}

function realPath(path: string): string {
	return existsSync(path) ? realpathSync(path) : path;
}

/**
 * The person's settings as they are now, without the lists of resources (those are resolved already). What an extension
 * in a child changes stays in memory: the host would write a child's model into the person's defaults.
 */
function frozenCopy(own: host.SettingsManager, parent: ParentSnapshot): host.SettingsManager {
	const text = {
		global: JSON.stringify(withoutResources(own.getGlobalSettings())),
		project: JSON.stringify(withoutResources(own.getProjectSettings())),
	};
	const storage: SettingsStorage = { withLock: (scope, read) => void read(text[scope]) };
	return host.SettingsManager.fromStorage(storage, ...trust(parent));
}

type SettingsStorage = Parameters<typeof host.SettingsManager.fromStorage>[0];

function withoutResources(settings: ReturnType<host.SettingsManager["getGlobalSettings"]>): object {
	const { packages, extensions, skills, prompts, themes, ...rest } = settings;
	return rest;
}

/** The newer host takes a last argument that the older one's types do not have. */
function trust(parent: ParentSnapshot): [] {
	return [{ projectTrusted: parent.projectTrusted }] as unknown as [];
}

/** What the person who started pi said about extensions; the host keeps it to itself, so it is read off the arguments. */
export interface CommandLine {
	/** Files and folders by absolute path; package sources as given. */
	readonly extensions: readonly string[];
	/** `-ne`: nothing is discovered, only named extensions load. */
	readonly noExtensions: boolean;
}

/**
 * @param args the arguments after the script's name
 * @param cwd the process's directory: the host resolves named files against it, wherever the session's own is
 */
export function readCommandLine(args: readonly string[], cwd: string): CommandLine {
	const named = args.filter((_, index) => ["-e", "--extension"].includes(args[index - 1] ?? ""));
	const extensions = named.map((name) => (existsSync(resolve(cwd, name)) ? resolve(cwd, name) : name));
	return { extensions, noExtensions: args.some((argument) => argument === "-ne" || argument === "--no-extensions") };
}
