import { shorten } from "../platform/shorten.ts";

/** One turn's tool calls with what they brought. */
export interface ToolRound {
	readonly calls: readonly ToolCallDone[];
	/** When it ended, epoch milliseconds. */
	readonly at: number;
}

export interface ToolCallDone {
	readonly name: string;
	readonly args: unknown;
	readonly result: string;
	readonly isError: boolean;
}

/**
 * What a detector says after a round. `show`, `steer` and `stop` come once each while the repetition lasts; `evidence` says what
 * was repeated, how often, and with which result.
 */
export type LoopVerdict =
	| { readonly kind: "none" }
	| { readonly kind: "show" | "steer" | "stop"; readonly evidence: string; readonly repetitions: number };

/** Parts of the number of repetitions that stops. */
const STEER_PART = 5 / 8;
const SHOW_PART = 3 / 8;
/** A, A-B and A-B-C. */
const PERIODS = [1, 2, 3];
/** Two looks at something that somebody else changes are polling when they are so far apart. */
const POLL_MS = 5000;

interface Round {
	/** The calls alone. */
	readonly calls: string;
	/** With their results but for times, numbers and other noise. */
	readonly key: string;
	readonly exact: string;
	readonly numbers: readonly number[];
	readonly polls: "waits" | "asks" | "no";
	readonly at: number;
}

/** The tail of the rounds that repeats with one period. */
interface Streak {
	rounds: number;
	isExact: boolean;
	/** By place in the period: the direction in which each number has moved in every step so far; 0 once it has not. */
	readonly directions: Map<number, number[]>;
	steps: number;
	told: number;
}

/**
 * Notices a run that makes the same calls with the same results again and again, in a row or in turns of two or three. What
 * changes between them resets it; times, ids and other noise in a result do not count as change, numbers that move steadily in one
 * direction (a percentage, a counter) do. Waiting for something (`sleep 30; gh run view`, `tail -f`) and looking at a state every
 * few seconds are not loops, however often.
 */
export class LoopDetector {
	private readonly recent: Round[] = [];
	private readonly streaks = new Map(PERIODS.map((period) => [period, newStreak()]));
	private count = 0;

	/** @param stopAfter repetitions that are too many, at least 4 */
	constructor(private readonly stopAfter: number) {}

	ended({ calls, at }: ToolRound): LoopVerdict {
		if (calls.length === 0) return this.reset();
		const round = readRound(calls, at);
		let verdict: LoopVerdict = { kind: "none" };
		for (const [period, streak] of this.streaks) {
			const before = this.recent.at(-period);
			if (before && before.key === round.key && !isPolling(before, round)) this.extend(streak, period, before, round);
			else this.streaks.set(period, newStreak());
			const said = this.judge(this.streaks.get(period) ?? streak, period, calls);
			if (SEVERITY[said.kind] > SEVERITY[verdict.kind]) verdict = said;
		}
		this.recent.push(round);
		if (this.recent.length > Math.max(...PERIODS)) this.recent.shift();
		this.count++;
		return verdict;
	}

	/** Its last rounds were enough of the same to be shown. */
	get isRepeating(): boolean {
		return [...this.streaks.values()].some(({ told }) => told > 0);
	}

	private reset(): LoopVerdict {
		this.recent.length = 0;
		for (const period of PERIODS) this.streaks.set(period, newStreak());
		return { kind: "none" };
	}

	private extend(streak: Streak, period: number, before: Round, round: Round): void {
		streak.rounds = streak.rounds === 0 ? period + 1 : streak.rounds + 1;
		streak.steps++;
		streak.isExact &&= before.exact === round.exact;
		const place = this.count % period;
		const signs = round.numbers.map((value, index) => Math.sign(value - (before.numbers[index] ?? value)));
		const known = streak.directions.get(place);
		streak.directions.set(place, known ? known.map((sign, index) => (sign === signs[index] ? sign : 0)) : signs);
	}

	private judge(streak: Streak, period: number, calls: readonly ToolCallDone[]): LoopVerdict {
		const repetitions = Math.floor(streak.rounds / period);
		const makesProgress = [...streak.directions.values()].some((signs) => signs.some((sign) => sign !== 0));
		if (makesProgress || isSameRound(this.recent, period)) return { kind: "none" };
		const level = this.level(repetitions);
		if (SEVERITY[level] <= streak.told || level === "none") return { kind: "none" };
		streak.told = SEVERITY[level];
		return { kind: level, repetitions, evidence: evidenceOf({ streak, period, repetitions, calls }) };
	}

	private level(repetitions: number): LoopVerdict["kind"] {
		if (repetitions >= this.stopAfter) return "stop";
		if (repetitions >= Math.ceil(this.stopAfter * STEER_PART)) return "steer";
		return repetitions >= Math.ceil(this.stopAfter * SHOW_PART) ? "show" : "none";
	}
}

const SEVERITY: Record<LoopVerdict["kind"], number> = { none: 0, show: 1, steer: 2, stop: 3 };

function newStreak(): Streak {
	return { rounds: 0, isExact: true, directions: new Map(), steps: 0, told: 0 };
}

/** The same round again and again is a loop of one, and is judged as such. */
function isSameRound(recent: readonly Round[], period: number): boolean {
	if (period === 1) return false;
	const [first, ...others] = recent.slice(-period);
	return first !== undefined && others.every(({ key }) => key === first.key);
}

function isPolling(before: Round, round: Round): boolean {
	return round.polls === "waits" || (round.polls === "asks" && round.at - before.at >= POLL_MS);
}

function readRound(calls: readonly ToolCallDone[], at: number): Round {
	const asked = JSON.stringify(calls.map(({ name, args }) => [name, ordered(args)]));
	const exact = JSON.stringify(calls.map(({ result, isError }) => [isError, bounded(result)]));
	const texts = calls.map(({ result }) => withoutNoise(bounded(result)));
	const numbers = texts.flatMap((text) => [...text.matchAll(NUMBER)].map(([found]) => Number(found)));
	const plain = texts.map((text) => text.replace(NUMBER, "#"));
	const key = JSON.stringify([asked, calls.map(({ isError }) => isError), plain]);
	return { calls: asked, key, exact, numbers, polls: pollingOf(calls), at };
}

/** The same arguments in another order are the same call. */
function ordered(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(ordered);
	if (typeof value !== "object" || value === null) return value;
	const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
	return Object.fromEntries(entries.map(([key, part]) => [key, ordered(part)]));
}

const MOST_COMPARED = 8000;

/** Both ends and the length of a long result: a page of a file differs in these. */
function bounded(text: string): string {
	if (text.length <= MOST_COMPARED) return text;
	return `${text.slice(0, MOST_COMPARED / 2)}…${text.length}…${text.slice(-MOST_COMPARED / 2)}`;
}

const NUMBER = /\d+(?:\.\d+)?/g;
const NOISE: readonly RegExp[] = [
	/\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g,
	/\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AP]M)?\b/gi,
	/\b(?:mon|tue|wed|thu|fri|sat|sun)\b,?\s+(?:[a-z]{3}\s+\d{1,2}|\d{1,2}\s+[a-z]{3})(?:\s+\d{4})?/gi,
	/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
	/\b0x[0-9a-f]+\b/gi,
	/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi,
	/\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/gi,
	/\b(?:pid|process|port|request|req|job|seq|attempt|retry|trace|span|id)\b\W{0,3}[\w-]*\d[\w-]*/gi,
	/(?:\/private)?\/(?:tmp|var\/folders|var\/tmp)\/[^\s:'")]+/g,
	/\b1[5-9]\d{8}(?:\d{3})?\b/g,
];

function withoutNoise(text: string): string {
	return NOISE.reduce((left, pattern) => left.replace(pattern, "~"), text);
}

/** Commands that let time pass by themselves. */
const WAITS =
	/(?:^|[\s;&|(])(?:sleep|wait|inotifywait|entr|watch|timeout)\s|--watch|--wait\b|--follow|-follow|\btail\s+(?:-\w*[fF]|--f)|\brun watch\b|\bwait-on\b/;
/** Commands that look at what somebody else changes. */
const ASKS =
	/\b(?:gh (?:run|pr|workflow) (?:view|list|checks|status)|glab ci|kubectl (?:get|describe|rollout|logs|top)|docker (?:ps|inspect|logs|compose ps)|systemctl (?:status|is-active)|journalctl|squeue|sacct|qstat|ps|pgrep|jobs|lsof|netstat|ss|nc|ping|curl|wget|tail|aws \S+ describe|gcloud \S+.* describe|terraform show|ls -l|stat|test -[ef]|du|df|uptime|nvidia-smi)\b/;
const ASKING_TOOL = /status|poll|wait|output|check|result|progress|watch|monitor|logs?$/i;

function pollingOf(calls: readonly ToolCallDone[]): Round["polls"] {
	const kinds = calls.map(({ name, args }) => {
		const command = commandIn(args);
		if (command !== undefined && WAITS.test(command)) return "waits";
		return (command !== undefined && ASKS.test(command)) || (command === undefined && ASKING_TOOL.test(name))
			? "asks"
			: "no";
	});
	if (kinds.includes("no")) return kinds.includes("waits") ? "waits" : "no";
	return kinds.includes("waits") ? "waits" : "asks";
}

function commandIn(args: unknown): string | undefined {
	const { command, cmd } = (args ?? {}) as { command?: unknown; cmd?: unknown };
	const text = command ?? cmd;
	return typeof text === "string" ? text : undefined;
}

const SHOWN = 160;

function evidenceOf(found: {
	readonly streak: Streak;
	readonly period: number;
	readonly repetitions: number;
	readonly calls: readonly ToolCallDone[];
}): string {
	const { streak, period, repetitions, calls } = found;
	const last = calls.at(-1);
	const asked = calls.map(({ name, args }) => `${name} ${shorten(JSON.stringify(args) ?? "", SHOWN)}`).join(", ");
	const turn = period === 1 ? `${asked} was called` : `${period} calls in turn, the last of them ${asked}, were made`;
	const same = streak.isExact ? "the same result" : "the same result but for times and numbers";
	const result = shorten((last?.result ?? "").replace(/\s+/g, " ").trim(), SHOWN);
	return `${turn} ${repetitions} times in a row with ${same}: "${result}"`;
}
