import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FolderSetting, type FolderSources, unreadFolders } from "../agents/additional-folders.ts";
import { debug } from "../platform/debug.ts";

/** In the agent directory: a line for each folder of which the person has been told. */
const MEMORY = "subagents-hints.txt";

/**
 * Names the folders of agent files that other programs read and pi-crew does not, and how to have them read. Each folder is named
 * once ever: it is noted on disk first, and where that fails nothing is said, for it would be said at every start.
 *
 * @returns `""` where there is nothing to say. Never throws
 */
export function unreadFoldersHint(setting: FolderSetting, sources: FolderSources): string {
	const memory = join(sources.agentDir, MEMORY);
	try {
		const unread = unreadFolders(setting, sources);
		if (unread.length === 0) return "";
		const told = new Set(linesOf(memory));
		const fresh = unread.filter(({ folder }) => !told.has(folder));
		if (fresh.length === 0) return "";
		appendFileSync(memory, fresh.map(({ folder }) => `${folder}\n`).join("")); // several pis may do so at once
		const entries = [...new Set([...setting.entries, ...fresh.map(({ entry }) => entry)])];
		return hint(fresh.map(({ folder }) => folder).join(", "), entries, join(sources.agentDir, "subagents.json"));
	} catch (error) {
		debug("the hint about agent folders was left out: %O", error);
		return "";
	}
}

function linesOf(file: string): readonly string[] {
	try {
		return readFileSync(file, "utf8").split("\n");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
		throw error;
	}
}

function hint(folders: string, entries: readonly string[], file: string): string {
	const json = `"agentFolders": ${JSON.stringify(entries)}`;
	return `pi-crew does not read these folders of agent files: ${folders}. To use them in this project, enter /agents set agentFolders ${entries.join(", ")}; to use them in every project, write ${json} into ${file}. This hint is not shown again.`;
}
