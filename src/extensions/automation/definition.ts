import { nearestWord, shownValue } from "../../platform/describe.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import { atCronTimes } from "./schedule.ts";

/** What happens to a trigger that fires while all runs of the pool are busy. */
export type Overlap = "skip" | "queue" | "replace" | "parallel";
/** What happens to times that passed while nobody could act. */
export type Misfire = "skip" | "latest";
/** Of which runs the person is notified. */
export type Notify = "never" | "failure" | "always";

/** What every trigger has. */
export interface TriggerOptions {
	readonly overlap: Overlap;
	readonly misfire: Misfire;
	/** Events within so many milliseconds count as one. 0: each counts. */
	readonly debounceMs: number;
	/** How often it fires at all, over all sessions of the project. */
	readonly maxRuns?: number;
	/** When it stops firing, in milliseconds since 1970. */
	readonly expires?: number;
	/** Events that its automation's own runs led to do not fire it. */
	readonly ignoreOwn: boolean;
}

export type TriggerDefinition = TriggerOptions &
	(
		| { readonly type: "timer"; readonly intervalMs: number; readonly immediate: boolean }
		| { readonly type: "cron"; readonly schedule: string; readonly timezone?: string }
		| { readonly type: "file"; readonly paths: readonly string[] }
		| { readonly type: "session_event"; readonly eventNames: readonly string[]; readonly sources?: readonly string[] }
		| { readonly type: "manual" }
	);

export type TriggerOf<T extends TriggerDefinition["type"]> = Extract<TriggerDefinition, { readonly type: T }>;

/** An automation as its file or a program describes it, checked. */
export interface AutomationDefinition {
	readonly name: string;
	readonly description?: string;
	/** The agent type of its runs; whether there is one is seen when it runs. */
	readonly agent: string;
	readonly instruction: string;
	readonly triggers: readonly TriggerDefinition[];
	readonly poolSize: number;
	readonly restartOnFailure: boolean;
	readonly maxRestarts: number;
	readonly onCompleteEmit?: string;
	readonly onErrorEmit?: string;
	readonly limits: Readonly<Record<string, number>>;
	readonly notify: Notify;
	readonly enabled: boolean;
}

/** What was wrong with a key; `key` is the one at the top, so that its line can be found. */
export interface KeyProblem {
	readonly key: string | undefined;
	readonly message: string;
}

export interface ReadDefinition {
	/** Absent when there is a problem: what runs unattended is not run by half of what was written. */
	readonly definition?: AutomationDefinition;
	readonly problems: readonly KeyProblem[];
}

const LONGEST_NAME = 64;
const LONGEST_EVENT_NAME = 200;
const MOST_TRIGGERS = 32;
const MOST_PATTERNS = 100;
const LARGEST_POOL = 32;
const LONGEST_INTERVAL_SECONDS = 366 * 24 * 3600;
const SHORTEST_INTERVAL_SECONDS = 0.05;
/** An unattended run has one in any case. */
const DEFAULT_TURNS = 50;
/** As an editor saves a file: written, then renamed, then written again. */
const FILE_DEBOUNCE_MS = 300;
const DEFAULT_INSTRUCTION = "Handle this event: {event_summary}";

/**
 * Reads what describes an automation. Keys may be written `pool_size`, `poolSize` or `pool-size`; Amplifier's `bundle`,
 * `instruction_template` and `{type, config: {...}}` are understood too.
 *
 * @param raw a mapping of keys
 * @param name when `raw` has none
 */
export function readDefinition(raw: unknown, name?: string): ReadDefinition {
	const problems: KeyProblem[] = [];
	const fields = new Fields(raw, "", (key, message) => problems.push({ key, message }));
	const common = readCommon(fields);
	const definition: AutomationDefinition = {
		name: fields.take("name", nameIn, NAME_EXPECTED, name),
		agent: fields.alias("agent", "bundle").take("agent", textIn, "the name of an agent type"),
		...fields.optional("description", textIn, "a text"),
		instruction: fields
			.alias("instruction", "instruction_template")
			.take("instruction", textIn, "a text that says what to do", DEFAULT_INSTRUCTION),
		triggers: readTriggers(fields, common),
		poolSize: fields.take("pool_size", countIn(1, LARGEST_POOL), `an integer from 1 to ${LARGEST_POOL}`, 1),
		restartOnFailure: fields.take("restart_on_failure", flagIn, "true or false", true),
		maxRestarts: fields.take("max_restarts", countIn(0, 100), "an integer from 0 to 100", 3),
		...fields.optional("on_complete_emit", eventNameIn, EVENT_NAME_EXPECTED, "onCompleteEmit"),
		...fields.optional("on_error_emit", eventNameIn, EVENT_NAME_EXPECTED, "onErrorEmit"),
		limits: readLimits(fields),
		notify: fields.take("notify", wordIn(["never", "failure", "always"]), "never, failure or always", "failure"),
		enabled: fields.take("enabled", flagIn, "true or false", true),
	};
	fields.finish();
	return problems.length > 0 ? { problems } : { definition, problems };
}

/** Those that can stand at the top, for all triggers, and at a trigger, which goes before. */
interface CommonOptions {
	readonly overlap: Overlap | undefined;
	readonly misfire: Misfire | undefined;
	readonly debounceMs: number | undefined;
	readonly maxRuns: number | undefined;
	readonly expires: number | undefined;
	readonly ignoreOwn: boolean | undefined;
}

function readCommon(fields: Fields): CommonOptions {
	return {
		overlap: fields.get("overlap", wordIn(["skip", "queue", "replace", "parallel"]), OVERLAP_EXPECTED),
		misfire: fields.get("misfire", wordIn(["skip", "latest"]), "skip or latest"),
		debounceMs: fields.get("debounce_ms", numberIn(0, 3_600_000), "a number of milliseconds from 0 to 3,600,000"),
		maxRuns: fields.get("max_runs", countIn(1, Number.MAX_SAFE_INTEGER), "an integer >= 1"),
		expires: fields.get("expires", dateIn, "a date such as 2027-01-31 or 2027-01-31T18:00:00Z"),
		ignoreOwn: fields.get("ignore_own", flagIn, "true or false"),
	};
}

const OVERLAP_EXPECTED = "skip, queue, replace or parallel";

function readTriggers(fields: Fields, common: CommonOptions): readonly TriggerDefinition[] {
	const raw = fields.get("triggers", (value) => value, "");
	if (raw === undefined || raw === null) return [];
	const list = Array.isArray(raw) ? raw : [raw];
	if (list.length > MOST_TRIGGERS) fields.problem("triggers", `has ${list.length} triggers; at most ${MOST_TRIGGERS}`);
	return list.slice(0, MOST_TRIGGERS).flatMap((one, index) => {
		const trigger = readTrigger(fields.inner(flattened(one), `triggers[${index}]`), common);
		return trigger ? [trigger] : [];
	});
}

/** `{type, config: {...}}` as Amplifier writes it. */
function flattened(raw: unknown): unknown {
	if (!isMapping(raw) || !isMapping(raw.config)) return raw;
	const { config, ...rest } = raw;
	return { ...rest, ...(config as object) };
}

const TYPES = ["timer", "cron", "file", "session_event", "manual"] as const;
const TYPE_ALIASES: Readonly<Record<string, (typeof TYPES)[number]>> = { file_change: "file", event: "session_event" };

function readTrigger(fields: Fields, common: CommonOptions): TriggerDefinition | undefined {
	const type = fields.take("type", typeIn, `one of ${TYPES.join(", ")}`, "manual");
	const own = readCommon(fields);
	const isTimed = type === "timer" || type === "cron";
	const options: TriggerOptions = {
		overlap: own.overlap ?? common.overlap ?? (isTimed ? "skip" : "queue"),
		misfire: own.misfire ?? common.misfire ?? "skip",
		debounceMs: own.debounceMs ?? common.debounceMs ?? (type === "file" ? FILE_DEBOUNCE_MS : 0),
		ignoreOwn: own.ignoreOwn ?? common.ignoreOwn ?? true,
		...given("maxRuns", own.maxRuns ?? common.maxRuns),
		...given("expires", own.expires ?? common.expires),
	};
	const trigger = { ...options, ...ownOptions(type, fields) } as TriggerDefinition;
	fields.finish();
	return trigger;
}

function ownOptions(type: TriggerDefinition["type"], fields: Fields): object {
	switch (type) {
		case "timer":
			return { type, ...readTimer(fields) };
		case "cron":
			return { type, ...readCron(fields) };
		case "file":
			return { type, paths: fields.take("paths", listIn(MOST_PATTERNS), PATHS_EXPECTED) };
		case "session_event":
			return {
				type,
				eventNames: fields.take("event_names", listIn(MOST_PATTERNS), "a list of names; exact, `prefix:*` or `*`", [
					"*",
				]),
				...fields.optional("source_sessions", sourcesIn, "a list of sources", "sources"),
			};
		case "manual":
			return { type };
		default:
			return type satisfies never;
	}
}

const PATHS_EXPECTED = 'a list of globs such as ["src/**/*.ts"]';

function readTimer(fields: Fields) {
	const expected = `a number of seconds from ${SHORTEST_INTERVAL_SECONDS} to ${LONGEST_INTERVAL_SECONDS}`;
	const seconds = numberIn(SHORTEST_INTERVAL_SECONDS, LONGEST_INTERVAL_SECONDS);
	return {
		intervalMs: Math.round(fields.take("interval_seconds", seconds, expected, 60) * 1000),
		immediate: fields.take("immediate", flagIn, "true or false", false),
	};
}

function readCron(fields: Fields) {
	const timezone = fields.get("timezone", textIn, "a time zone such as Europe/Berlin");
	const schedule = fields.take("schedule", textIn, 'a cron expression such as "0 3 * * 1-5"');
	if (schedule === undefined) return {};
	try {
		atCronTimes(schedule, timezone);
	} catch (error) {
		fields.problem("schedule", `${shownValue(schedule)} cannot be used: ${reasonOf(error)}`);
	}
	return { schedule, ...given("timezone", timezone) };
}

const LIMITS = ["turns", "usd", "tokens", "minutes", "tool_calls", "spawns"];
/** Those that the service can keep. A limit that nobody keeps would be none, so an automation with another one does not run. */
const KEPT = ["turns"];
const WHOLE = ["turns", "tokens", "tool_calls", "spawns"];

function readLimits(fields: Fields): Readonly<Record<string, number>> {
	const raw = fields.get("limits", (value) => (isMapping(value) ? value : undefined), LIMITS_EXPECTED);
	if (!raw) return { turns: DEFAULT_TURNS };
	const inner = fields.inner(raw, "limits");
	const limits: Record<string, number> = {};
	for (const name of LIMITS) {
		const isWhole = WHOLE.includes(name);
		const expected = isWhole ? "an integer >= 1" : "a number greater than 0";
		const read = isWhole ? countIn(1, Number.MAX_SAFE_INTEGER) : numberIn(Number.MIN_VALUE, Number.MAX_VALUE);
		const value = inner.get(name, read, expected);
		if (value !== undefined) limits[name] = value;
		if (value !== undefined && !KEPT.includes(name))
			inner.problem(name, `cannot be kept by this version; expected ${KEPT.join(", ")}`);
	}
	inner.finish();
	return { turns: DEFAULT_TURNS, ...limits };
}

const LIMITS_EXPECTED = `a mapping of ${LIMITS.join(", ")}`;

type Read<T> = (raw: unknown) => T | undefined;

/** The keys of one mapping, each read once. Reports what cannot be used and, in the end, what nobody asked for. */
class Fields {
	private readonly values: Map<string, unknown>;
	private readonly asked = new Set<string>();

	constructor(
		raw: unknown,
		private readonly place: string,
		private readonly report: (key: string | undefined, message: string) => void,
	) {
		if (!isMapping(raw))
			report(place || undefined, `${place || "it"} must be a mapping of keys (got ${shownValue(raw)})`);
		this.values = new Map(Object.entries(isMapping(raw) ? raw : {}).map(([key, value]) => [canonical(key), value]));
	}

	/** The value under another name too. */
	alias(key: string, other: string): this {
		if (!this.values.has(key) && this.values.has(other)) this.values.set(key, this.values.get(other));
		this.asked.add(other);
		return this;
	}

	/** A value that need not be there. */
	get<T>(key: string, read: Read<T>, expected: string): T | undefined {
		this.asked.add(key);
		const raw = this.values.get(key);
		if (raw === undefined || raw === null) return undefined;
		const value = read(raw);
		if (value === undefined) this.problem(key, `must be ${expected} (got ${shownValue(raw)})`);
		return value;
	}

	/** A value that has to be there, unless there is a default. After a problem it is not what its type says. */
	take<T>(key: string, read: Read<T>, expected: string, fallback?: T): T {
		const raw = this.values.get(key);
		if ((raw === undefined || raw === null) && fallback === undefined)
			this.problem(key, `is missing; expected ${expected}`);
		return this.get(key, read, expected) ?? (fallback as T);
	}

	optional<T>(key: string, read: Read<T>, expected: string, as = key): { readonly [name: string]: T } {
		const value = this.get(key, read, expected);
		return value === undefined ? {} : { [as]: value };
	}

	inner(raw: unknown, place: string): Fields {
		return new Fields(raw, place, (_key, message) => this.report(place.replace(/\[.*/, ""), message));
	}

	problem(key: string, message: string): void {
		this.asked.add(key);
		this.report(key, `${this.place === "" ? key : `${this.place}.${key}`} ${message}`);
	}

	finish(): void {
		const known = [...this.asked];
		for (const key of this.values.keys()) {
			if (this.asked.has(key)) continue;
			const nearest = nearestWord(key, known);
			this.problem(
				key,
				`is not known; ${nearest ? `did you mean ${nearest}?` : `expected one of ${known.join(", ")}`}`,
			);
		}
	}
}

function canonical(key: string): string {
	return key
		.trim()
		.replace(/-/g, "_")
		.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function given<K extends string, T>(key: K, value: T | undefined): { readonly [name in K]?: T } {
	return (value === undefined ? {} : { [key]: value }) as { readonly [name in K]?: T };
}

function isMapping(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textIn(raw: unknown): string | undefined {
	if (typeof raw === "number") return String(raw);
	return typeof raw === "string" && raw.trim() !== "" ? raw.trim() : undefined;
}

const NAME_EXPECTED = `a name of letters, digits, "-", "_" and ".", at most ${LONGEST_NAME} characters`;

/** It is a file's name and a word after `/agents automations`. */
export function nameIn(raw: unknown): string | undefined {
	const name = textIn(raw);
	return name !== undefined && name.length <= LONGEST_NAME && /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name)
		? name
		: undefined;
}

const EVENT_NAME_EXPECTED = `an event's name of at most ${LONGEST_EVENT_NAME} characters without *`;

function eventNameIn(raw: unknown): string | undefined {
	const name = textIn(raw);
	return name !== undefined && name.length <= LONGEST_EVENT_NAME && !name.includes("*") ? name : undefined;
}

function flagIn(raw: unknown): boolean | undefined {
	if (typeof raw === "boolean") return raw;
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : "";
	if (["true", "yes", "on"].includes(word)) return true;
	return ["false", "no", "off"].includes(word) ? false : undefined;
}

function numberIn(least: number, most: number): Read<number> {
	return (raw) => {
		const value = typeof raw === "string" && /^\d+(\.\d+)?$/.test(raw.trim()) ? Number(raw) : raw;
		return typeof value === "number" && value >= least && value <= most ? value : undefined;
	};
}

function countIn(least: number, most: number): Read<number> {
	return (raw) => {
		const value = numberIn(least, most)(raw);
		return Number.isSafeInteger(value) ? value : undefined;
	};
}

function wordIn<const T extends string>(words: readonly T[]): Read<T> {
	return (raw) => words.find((word) => typeof raw === "string" && raw.trim().toLowerCase() === word);
}

function typeIn(raw: unknown): (typeof TYPES)[number] | undefined {
	const word = typeof raw === "string" ? raw.trim().toLowerCase() : "";
	return wordIn(TYPES)(word) ?? (Object.hasOwn(TYPE_ALIASES, word) ? TYPE_ALIASES[word] : undefined);
}

function dateIn(raw: unknown): number | undefined {
	const time = raw instanceof Date ? raw.getTime() : typeof raw === "string" ? Date.parse(raw) : raw;
	return typeof time === "number" && Number.isFinite(time) ? time : undefined;
}

function listIn(most: number): Read<readonly string[]> {
	return (raw) => {
		const list = Array.isArray(raw) ? raw : typeof raw === "string" ? raw.split(",").map((part) => part.trim()) : [];
		const isUsable = list.length > 0 && list.length <= most && list.every((one) => textIn(one) !== undefined);
		return isUsable ? list.map(String) : undefined;
	};
}

/** An empty list means that nothing matches. */
function sourcesIn(raw: unknown): readonly string[] | undefined {
	return Array.isArray(raw) && raw.length === 0 ? [] : listIn(MOST_PATTERNS)(raw);
}
