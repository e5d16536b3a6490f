import { cutText } from "../../platform/shorten.ts";
import { type LayeredSettings, loadLayeredSettings } from "../../settings/layered-settings.ts";

export interface WorktreeSettings {
	/** Agent types that work in a worktree, in any letter case. */
	readonly worktreeAgents: readonly string[];
	/** Carry the parent's uncommitted changes over into the worktree. */
	readonly includeUncommitted: boolean;
}

/** An agent type with the keys of its file. */
export interface ConfiguredType {
	readonly name: string;
	readonly keys: Readonly<Record<string, unknown>>;
}

const SETTINGS_FILE = "subagents-worktrees.json";

/** Never throws. Reports a value that cannot be used to `warn`; the layer below or the default then applies. */
export function loadWorktreeSettings(
	{ agentDir, cwd, projectTrusted }: Pick<LayeredSettings<WorktreeSettings>, "agentDir" | "cwd" | "projectTrusted">,
	warn: (message: string) => void,
): WorktreeSettings {
	const layers = loadLayeredSettings<WorktreeSettings>({
		agentDir,
		cwd,
		filename: SETTINGS_FILE,
		sanitize: (raw, file) => usableKeys(raw, (message) => warn(`${file}: ${message}`)),
		warnLabel: "worktrees",
		warn,
		...(projectTrusted !== undefined && { projectTrusted }),
	});
	return { worktreeAgents: [], includeUncommitted: false, ...layers };
}

/** @returns where it says that the type works in a worktree; `undefined` when it does not */
export function whereConfigured({ name, keys }: ConfiguredType, settings: WorktreeSettings): string | undefined {
	if (isIsolated(keys)) return "`isolation: worktree` in its agent file";
	const listed = settings.worktreeAgents.some((agent) => agent.toLowerCase() === name.toLowerCase());
	return listed ? `\`worktreeAgents\` in ${SETTINGS_FILE}` : undefined;
}

function isIsolated({ isolation }: ConfiguredType["keys"]): boolean {
	return typeof isolation === "string" && isolation.trim().toLowerCase() === "worktree";
}

const ACCEPTED = {
	worktreeAgents: { text: 'a list of agent types such as ["worker"]', accepts: isListOfNames },
	includeUncommitted: { text: "true or false", accepts: (value: unknown) => typeof value === "boolean" },
} as const;

function usableKeys(raw: unknown, problem: (message: string) => void): Partial<WorktreeSettings> {
	if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
		problem(`expected an object of settings, found ${shown(raw)}`);
		return {};
	}
	return Object.fromEntries(Object.entries(raw).filter(([key, value]) => isUsable(key, value, problem)));
}

function isUsable(key: string, value: unknown, problem: (message: string) => void): boolean {
	if (!Object.hasOwn(ACCEPTED, key)) {
		problem(
			`unknown setting "${cutText(key, SHOWN).text}" is ${shown(value)}; known are ${Object.keys(ACCEPTED).join(", ")}`,
		);
		return false;
	}
	const { text, accepts } = ACCEPTED[key as keyof typeof ACCEPTED];
	if (accepts(value)) return true;
	problem(`${key} is ${shown(value)}; expected ${text}`);
	return false;
}

function isListOfNames(value: unknown): boolean {
	return Array.isArray(value) && value.every((name) => typeof name === "string" && name.trim() !== "");
}

const SHOWN = 80;

function shown(value: unknown): string {
	return cutText(JSON.stringify(value) ?? String(value), SHOWN).text;
}
