/**
 * The limits there are. `usd`: US dollars; `tokens`: input, output and cache writes; `minutes`: time in which a subagent runs;
 * `spawns`: subagents that are started.
 */
export type LimitName = "usd" | "tokens" | "minutes" | "turns" | "tool_calls" | "spawns";

/** Limits by name: numbers above 0. One that is absent is not in force. */
export type LimitValues = { readonly [Name in LimitName]?: number };

/** How much of each limit has been used. */
export type Spent = { readonly [Name in LimitName]: number };

export const NOTHING_SPENT: Spent = Object.freeze({
	usd: 0,
	tokens: 0,
	minutes: 0,
	turns: 0,
	tool_calls: 0,
	spawns: 0,
});

/** Every limit there is. */
export const LIMIT_NAMES = Object.keys(NOTHING_SPENT) as readonly LimitName[];

/** A limit that ended a run. */
export interface LimitHit {
	readonly limit: LimitName;
	/** `run`: the subagent's own; `session`: that of all subagents together; else the id of the subagent above it whose limit it is. */
	readonly of: string;
	readonly value: number;
	/** What was used of it when the run had ended. */
	readonly spent: number;
}

/** What one run has used so far. Each run begins at zero, a resumed one as well. Tokens as in `totalTokens`, cost in USD. */
export interface RunUsage {
	readonly turns: number;
	readonly toolUses: number;
	readonly tokens: number;
	readonly cost: number;
	readonly durationMs: number;
}

const MS_PER_MINUTE = 60_000;

export function spentBy({ turns, toolUses, tokens, cost, durationMs }: RunUsage): Spent {
	return { usd: cost, tokens, minutes: durationMs / MS_PER_MINUTE, turns, tool_calls: toolUses, spawns: 0 };
}

/** Of several limits on the same, the tightest. */
export function tightest(...limits: readonly LimitValues[]): LimitValues {
	const entries = LIMIT_NAMES.flatMap((name) => {
		const values = limits.map((values) => values[name]).filter((value) => value !== undefined);
		return values.length === 0 ? [] : [[name, Math.min(...values)] as const];
	});
	return Object.freeze(Object.fromEntries(entries));
}

const COUNTED: ReadonlySet<LimitName> = new Set<LimitName>(["tokens", "turns", "tool_calls", "spawns"]);

export const LIMITS_ACCEPTED =
	"a map of usd, tokens, minutes, turns, tool_calls or spawns to numbers above 0, whole ones but for usd and minutes";

/** Other spellings of a limit's name: `toolCalls`, `tool-calls`, `USD`. */
const FOLDED_NAMES: ReadonlyMap<string, LimitName> = new Map(LIMIT_NAMES.map((name) => [foldedName(name), name]));

function foldedName(name: string): string {
	return name.toLowerCase().replaceAll(/[-_\s]/g, "");
}

/** @returns the limit that goes by this name, in any letter case and with words joined in any way */
export function limitNamed(name: string): LimitName | undefined {
	return FOLDED_NAMES.get(foldedName(name));
}

export type LimitsReading =
	| { readonly kind: "limits"; readonly limits: LimitValues }
	/** `problem`: what is wrong with it, as `usd is 0` or `it is 5`. */
	| { readonly kind: "bad"; readonly problem: string };

/** Reads limits of unknown origin. A value that cannot be a limit, 0 included, is never read as "no limit". Never throws. */
export function readLimits(raw: unknown): LimitsReading {
	if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return badLimits(`it is ${shownLimit(raw)}`);
	const limits: { [Name in LimitName]?: number } = {};
	for (const key of Object.keys(raw)) {
		const value = (raw as Readonly<Record<string, unknown>>)[key];
		const name = limitNamed(key);
		if (name === undefined) return badLimits(`there is no limit "${key.slice(0, LONGEST_SHOWN)}"`);
		if (value === undefined) continue;
		if (limits[name] !== undefined) return badLimits(`${name} is there twice`);
		if (!isLimit(name, value)) return badLimits(`${name} is ${shownLimit(value)}`);
		limits[name] = value;
	}
	return { kind: "limits", limits: Object.freeze(limits) };
}

export function isLimit(name: LimitName, value: unknown): value is number {
	if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) return false;
	return !COUNTED.has(name) || Number.isSafeInteger(value);
}

const LONGEST_SHOWN = 40;

function shownLimit(value: unknown): string {
	if (typeof value === "string") return `"${value.slice(0, LONGEST_SHOWN)}"`;
	if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "a map";
	return String(value);
}

function badLimits(problem: string): LimitsReading {
	return { kind: "bad", problem };
}

/** When the limits of a run are checked. */
export type LimitPoint =
	/** A reply has ended. `wantsAnother`: the subagent does not end by itself here. */
	| { readonly at: "after-turn"; readonly wantsAnother: boolean }
	| { readonly at: "before-model-call" }
	/** The call is not in the figures yet. */
	| { readonly at: "before-tool-call" }
	/** Time has passed. */
	| { readonly at: "clock" };

/**
 * - `wrap-up`: the subagent gets the message and may continue; if it then answers by itself, its run ends as `steered`.
 * - `stop`: the run ends now; `outcomeOfLimit` says how.
 */
export type LimitVerdict =
	| { readonly kind: "continue" }
	| { readonly kind: "wrap-up"; readonly limit: LimitName; readonly message: string }
	| { readonly kind: "stop"; readonly hit: LimitHit };

/** Watches one run. There is one for each limit and run, so it may remember what it said before. */
export interface RunLimit {
	/** Called often, so it must be cheap. Must not throw. Says `wrap-up` once. */
	check(usage: RunUsage, point: LimitPoint): LimitVerdict;
}

const CONTINUE: LimitVerdict = Object.freeze({ kind: "continue" });

/** What a run's limits need from whoever keeps the accounts. */
export interface LimitKeeper {
	/** Whether there is one more model call for a last answer after this limit. */
	mayHandBack(hit: LimitHit): boolean;
	/** Calls the listener whenever time has passed. @returns ends that */
	onClock(listener: () => void): () => void;
}

const NO_KEEPER: LimitKeeper = { mayHandBack: () => false, onClock: () => () => undefined };

/** All limits of one run. */
export class RunLimits {
	private toldToWrapUp = false;

	/** @param usage of the run at the moment */
	constructor(
		private readonly limits: readonly RunLimit[],
		private readonly usage: () => RunUsage,
		private readonly keeper: LimitKeeper = NO_KEEPER,
	) {}

	/** The subagent was told to wrap up. */
	get isWrappingUp(): boolean {
		return this.toldToWrapUp;
	}

	/** @returns the strictest verdict of all limits; of several that say `wrap-up` the first, with the messages of all */
	check(point: LimitPoint): LimitVerdict {
		if (this.limits.length === 0) return CONTINUE;
		const usage = this.usage();
		const verdicts = this.limits.map((limit) => limit.check(usage, point));
		const stop = verdicts.find((verdict) => verdict.kind === "stop");
		if (stop) return stop;
		const wrapUps = verdicts.filter((verdict) => verdict.kind === "wrap-up");
		const [first] = wrapUps;
		if (!first) return CONTINUE;
		this.toldToWrapUp = true;
		return { ...first, message: wrapUps.map(({ message }) => message).join("\n\n") };
	}

	/** @returns what the subagent is asked for a last answer with; absent where it does not get one */
	handBackMessage(hit: LimitHit): string | undefined {
		return this.keeper.mayHandBack(hit) ? handBackMessage(hit) : undefined;
	}

	/** @returns ends it */
	onClock(listener: () => void): () => void {
		return this.keeper.onClock(listener);
	}
}

/** Asks, once in a run, for an answer in words: the text of the last message is the result. */
export const ANSWER_MESSAGE =
	"Your last message had no text, and its text is what you hand back as your result. Answer in words now: give your result, or say what is missing and why.";

const TURNS_REACHED =
	"You have reached your turn limit. Do not call any more tools: wrap up and give your final answer now, with what you have.";

/** Words for an amount: `$0.42`, `12000 tokens`, `2 minutes`. */
export function amountText(limit: LimitName, amount: number): string {
	switch (limit) {
		case "usd":
			return `$${amount.toFixed(amount < LITTLE_MONEY ? 4 : 2).replace(/(\.\d\d)0+$/, "$1")}`;
		case "minutes":
			return `${rounded(amount, 2)} ${amount === 1 ? "minute" : "minutes"}`;
		case "tokens":
		case "turns":
			return `${Math.round(amount)} ${limit}`;
		case "tool_calls":
			return `${Math.round(amount)} tool calls`;
		case "spawns":
			return `${Math.round(amount)} subagents`;
		default:
			return limit satisfies never;
	}
}

const LITTLE_MONEY = 0.1;

function rounded(amount: number, digits: number): number {
	return Number(amount.toFixed(digits));
}

/** `$0.42 of $1.00`, `12000 of 50000 tokens`. */
export function spentOfText(limit: LimitName, spent: number, value: number): string {
	const [used = ""] = amountText(limit, spent).split(" ");
	return `${used} of ${amountText(limit, value)}`;
}

/** Whose limit it is, for people and models. */
function ownerText({ of, limit }: Pick<LimitHit, "of" | "limit">): string {
	if (of === "run") return `its own limit \`${limit}\``;
	if (of === "session") return `the limit \`${limit}\` of all subagents of this session`;
	return `the limit \`${limit}\` of subagent ${of}, which started it`;
}

/** Said when a run was ended by a limit. */
export function limitText(hit: LimitHit, onLimit: "stop" | "pause"): string {
	const how = onLimit === "pause" ? "Paused" : "Stopped";
	return `${how} at ${ownerText(hit)}: ${spentOfText(hit.limit, hit.spent, hit.value)}.`;
}

function handBackMessage({ limit, of, spent, value }: LimitHit): string {
	const whose = of === "run" ? "You" : "You and others that share a limit";
	return `${whose} have used ${spentOfText(limit, spent, value)}, and your work ends here. This is your last message: you have no tools any more. Wrap up and give your final answer now, with what you have, and say what is missing.`;
}

/** Where the accounts of a limit are kept. */
export interface LimitScope {
	readonly of: string;
	/** What is in force at the moment. */
	readonly values: LimitValues;
	readonly spent: Spent;
	/** Kept for the last answers of those that still run. */
	readonly reserved: Pick<Spent, "usd" | "tokens">;
}

/** Ten times ten cents are a little less than a dollar in a computer. */
const ROUNDING = 1 - 1e-9;
/** From this share of a limit on a subagent is asked to wrap up. */
const SOFT_SHARE = 0.8;

/** Watches the amounts of one scope that a run counts in: at 80 % it says so to the subagent, at the limit it stops the run. */
export class ScopeLimit implements RunLimit {
	private readonly told = new Set<LimitName>();

	/** @param names what of the scope is watched here */
	constructor(
		private readonly scope: () => LimitScope,
		private readonly names: readonly LimitName[],
	) {}

	check(_usage: RunUsage, point: LimitPoint): LimitVerdict {
		if (point.at === "after-turn" && !point.wantsAnother) return CONTINUE;
		const scope = this.scope();
		const hit = hitOf(scope, this.names, point);
		if (hit) return { kind: "stop", hit };
		if (point.at !== "after-turn" && point.at !== "clock") return CONTINUE;
		const near = this.names.find((name) => !this.told.has(name) && isNear(scope, name));
		if (near === undefined) return CONTINUE;
		this.told.add(near);
		return { kind: "wrap-up", limit: near, message: wrapUpMessage(near, scope) };
	}
}

/** @param point absent: before anything is done */
export function hitOf(scope: LimitScope, names: readonly LimitName[], point?: LimitPoint): LimitHit | undefined {
	const limit = names.find((name) => {
		const value = scope.values[name];
		if (value === undefined) return false;
		// One that has made all its calls may still answer.
		if (name === "tool_calls" && point !== undefined && point.at !== "before-tool-call") return false;
		return committed(scope, name) >= value * ROUNDING;
	});
	const value = limit && scope.values[limit];
	return limit && value !== undefined ? { limit, of: scope.of, value, spent: scope.spent[limit] } : undefined;
}

function isNear(scope: LimitScope, name: LimitName): boolean {
	const value = scope.values[name];
	return value !== undefined && committed(scope, name) >= SOFT_SHARE * value * ROUNDING;
}

function committed({ spent, reserved }: LimitScope, name: LimitName): number {
	return spent[name] + (name === "usd" || name === "tokens" ? reserved[name] : 0);
}

function wrapUpMessage(limit: LimitName, { of, spent, values }: LimitScope): string {
	const used = spentOfText(limit, spent[limit], values[limit] ?? 0);
	const whose = of === "run" ? "You have used" : "You and others that share a limit have used";
	return `${whose} ${used}. At the limit your work is stopped. Wrap up: finish what you are doing, begin nothing new, and give your final answer soon, with what you have.`;
}

/** At the limit the subagent is asked once to wrap up; after the grace turns the run is stopped. */
export class TurnLimit implements RunLimit {
	private toldAt: number | undefined;

	/** @param limit read at each check; without `turns` there is none */
	constructor(private readonly limit: { readonly turns?: number | undefined; readonly graceTurns: number }) {}

	check({ turns }: RunUsage, point: LimitPoint): LimitVerdict {
		const { turns: limit, graceTurns } = this.limit;
		if (limit === undefined || point.at !== "after-turn" || !point.wantsAnother || turns < limit) return CONTINUE;
		if (this.toldAt !== undefined) {
			const hit: LimitHit = { limit: "turns", of: "run", value: limit, spent: turns };
			return turns >= this.toldAt + graceTurns ? { kind: "stop", hit } : CONTINUE;
		}
		this.toldAt = turns;
		return { kind: "wrap-up", limit: "turns", message: TURNS_REACHED };
	}
}
