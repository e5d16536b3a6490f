import { Type } from "typebox";
import { Value } from "typebox/value";
import type { SettingKey, Settings } from "../domain/settings.ts";
import { nearestWord, shownValue } from "../platform/describe.ts";

/** Not `~user/…`, and no variables of a shell: nobody would replace them. */
const FOLDER = "^(?!\\s)(?!~(?!/))(?!.*[$%\\u0000-\\u001f]).*\\S$";

/** Each key of `subagents.json` with its range and what it means. */
export const SettingsSchema = Type.Object({
	maxConcurrent: Type.Integer({ minimum: 1, maximum: 1024, description: "background runs at the same time" }),
	defaultMaxTurns: Type.Integer({
		minimum: 0,
		maximum: 10_000,
		description: "turns a run may take when neither file nor call says; 0 means unlimited",
	}),
	graceTurns: Type.Integer({
		minimum: 1,
		maximum: 1000,
		description: "turns a run gets to wrap up after its limit, before it is cut off",
	}),
	onInterrupt: Type.Union([Type.Literal("stop-foreground"), Type.Literal("stop-all")], {
		description: "whether interrupting the parent's turn stops background runs too",
	}),
	fallbackAgent: Type.Union([Type.Literal("general-purpose"), Type.Literal("none")], {
		description: "what runs when a call names an unknown agent type; none refuses the call",
	}),
	modelFallback: Type.Union([Type.Literal("parent"), Type.Literal("refuse")], {
		description: "what happens when no model that an agent file names is available",
	}),
	resumeInterrupted: Type.Union([Type.Literal("ask"), Type.Literal("never"), Type.Literal("auto")], {
		description: "what happens at start with subagents that ran when pi was killed; without a UI it is never",
	}),
	keepTranscriptsDays: Type.Integer({
		minimum: 0,
		maximum: 36_500,
		description: "days after which transcripts of settled subagents are removed at start; 0 keeps them for ever",
	}),
	keepTranscriptsMiB: Type.Integer({
		minimum: 0,
		maximum: 1_048_576,
		description: "mebibytes of transcripts beyond which the oldest are removed at start; 0 means no limit",
	}),
	notificationResultChars: Type.Integer({
		minimum: 0,
		maximum: 50_000,
		description: "characters of a result in the notification of one run; several runs share three times as many",
	}),
	widget: Type.Union([Type.Literal("background"), Type.Literal("all"), Type.Literal("off")], {
		description: "which live subagents the widget above the editor shows",
	}),
	admission: Type.Union([Type.Literal("on"), Type.Literal("off")], {
		description: "whether subagents wait for their provider together; off leaves rate limits to pi's own retries",
	}),
	onLoop: Type.Union([Type.Literal("stop"), Type.Literal("steer"), Type.Literal("show"), Type.Literal("off")], {
		description: "the most that is done about a subagent that repeats itself without getting anywhere",
	}),
	loopStopAfter: Type.Integer({
		minimum: 4,
		maximum: 1000,
		description: "repetitions after which it is stopped; it is steered after 5 of 8 of them, and shown after 3 of 8",
	}),
	onStall: Type.Union([Type.Literal("show"), Type.Literal("stop"), Type.Literal("off")], {
		description: "what is done about a subagent that is silent for too long; stop waits twice as long",
	}),
	stallSeconds: Type.Integer({
		minimum: 10,
		maximum: 86_400,
		description: "seconds without a sign of life that are too long; known waits do not count",
	}),
	models: Type.Array(Type.String({ minLength: 1 }), {
		description: "patterns of the models subagents may use, with * for anything; an empty list allows all",
	}),
	agentFolders: Type.Array(Type.String({ pattern: FOLDER }), {
		description: "more folders of agent files, below pi's own; relative ones belong to the project",
	}),
});

export const DEFAULT_SETTINGS: Settings = Object.freeze({
	maxConcurrent: 4,
	defaultMaxTurns: 0,
	graceTurns: 5,
	onInterrupt: "stop-foreground",
	fallbackAgent: "general-purpose",
	modelFallback: "parent",
	resumeInterrupted: "ask",
	keepTranscriptsDays: 30,
	keepTranscriptsMiB: 512,
	notificationResultChars: 4000,
	widget: "background",
	admission: "on",
	onLoop: "stop",
	loopStopAfter: 8,
	onStall: "show",
	stallSeconds: 300,
	models: Object.freeze([]),
	agentFolders: Object.freeze([]),
});

export const SETTING_KEYS = Object.freeze(Object.keys(DEFAULT_SETTINGS)) as readonly SettingKey[];

/** Not fooled by what every object has, such as `toString`. */
export function isSettingKey(key: string): key is SettingKey {
	return Object.hasOwn(DEFAULT_SETTINGS, key);
}

/** What a key accepts, in words. */
export function acceptedValues(key: SettingKey): string {
	const { items, minimum, maximum } = boundsOf(key);
	if (items) return LISTS[key] ?? "a list of texts";
	const choices = settingChoices(key);
	return choices.length > 0 ? choices.map((choice) => `"${choice}"`).join(" or ") : `an integer ${minimum}..${maximum}`;
}

const LISTS: Partial<Record<SettingKey, string>> = {
	models: 'a list of patterns such as "anthropic/*" or "*haiku*"',
	agentFolders: 'a list of folders such as ".claude/agents" or "~/.claude/agents"',
};

/** The words a key accepts; none for numbers and lists. */
export function settingChoices(key: SettingKey): readonly string[] {
	return boundsOf(key).anyOf?.map((choice) => choice.const) ?? [];
}

export function isListSetting(key: SettingKey): boolean {
	return boundsOf(key).items !== undefined;
}

/** What a key means, in words. */
export function settingMeaning(key: SettingKey): string {
	return boundsOf(key).description ?? "";
}

/** @returns what is wrong with a value, and what would be accepted; nothing when it can be used */
export function problemWithSetting(key: SettingKey, value: unknown): string | undefined {
	if (Value.Check(SettingsSchema.properties[key], value)) return undefined;
	return `${key} is ${shownValue(value)}; expected ${acceptedValues(key)}`;
}

export function unknownSetting(key: string): string {
	const nearest = nearestWord(key, SETTING_KEYS);
	const hint = nearest ? `did you mean "${nearest}"? Known are` : "known are";
	return `unknown setting ${shownValue(key)}; ${hint} ${SETTING_KEYS.join(", ")}`;
}

function boundsOf(key: SettingKey): Bounds {
	return SettingsSchema.properties[key] as Bounds;
}

interface Bounds {
	readonly description?: string;
	readonly minimum?: number;
	readonly maximum?: number;
	readonly anyOf?: readonly { readonly const: string }[];
	readonly items?: object;
}
