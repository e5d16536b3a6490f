import type { Waiting } from "./waiting.ts";

/**
 * What a run without a sign of life is doing:
 * - `queued`: its session is being prepared.
 * - `first-event`: the model has not begun to answer its first call.
 * - `model`: the model is silent in the middle of the run.
 * - `tool`: a tool is silent, one without a timeout of its own.
 */
export type SilenceClock = "queued" | "first-event" | "model" | "tool";

export interface Silence {
	readonly clock: SilenceClock;
	/** Milliseconds. */
	readonly since: number;
	/** The tools that are silent, else "". */
	readonly tools: string;
}

interface RunningTool {
	readonly name: string;
	/** Until then the tool keeps the time by itself. */
	readonly patientUntil: number;
}

/** Tools that wait for somebody: their silence is a reason. */
const WAITING_TOOLS = /^(?:subagent|get_subagent_result|ask_parent|wait_for_\w+)$/;
/** Seconds above this are milliseconds. */
const MOST_SECONDS = 86_400;

/**
 * Four clocks of one run, of which one runs at a time. A wait that has a reason (a slot, a rate limit, a child, an answer, a tool
 * with its own timeout) stops them. All times are epoch milliseconds.
 */
export class SilenceClocks {
	private clock: SilenceClock = "queued";
	private last: number;
	private waiting = false;
	private readonly tools = new Map<string, RunningTool>();

	constructor(now: number) {
		this.last = now;
	}

	/** There was a sign of life. */
	alive(now: number): void {
		this.last = now;
	}

	/** The session exists and its model is asked for the first time. */
	prompted(now: number): void {
		this.clock = "first-event";
		this.last = now;
	}

	modelSpoke(now: number): void {
		this.clock = "model";
		this.last = now;
	}

	toolBegan(id: string, name: string, args: unknown, now: number): void {
		this.tools.set(id, { name, patientUntil: patience(name, args, now) });
		this.last = now;
	}

	toolEnded(id: string, now: number): void {
		this.tools.delete(id);
		this.last = now;
	}

	waits(waiting: Waiting | undefined, now: number): void {
		this.waiting = waiting !== undefined;
		this.last = now;
	}

	/** How long it has been silent; nothing while it waits for a known reason. */
	silence(now: number): Silence | undefined {
		if (this.waiting) return undefined;
		const running = [...this.tools.values()];
		if (running.length === 0) return { clock: this.clock, since: Math.max(0, now - this.last), tools: "" };
		const patient = Math.max(...running.map(({ patientUntil }) => patientUntil));
		if (patient > now) return undefined;
		const since = Math.max(0, now - Math.max(this.last, patient));
		return { clock: "tool", since, tools: running.map(({ name }) => name).join(", ") };
	}
}

function patience(name: string, args: unknown, now: number): number {
	if (WAITING_TOOLS.test(name)) return Number.POSITIVE_INFINITY;
	const { timeout } = (args ?? {}) as { timeout?: unknown };
	if (typeof timeout !== "number" || !(timeout > 0)) return 0;
	return now + (timeout > MOST_SECONDS ? timeout : timeout * 1000);
}

/** `silent for 5 min: no answer from the model`. */
export function silenceText({ clock, since, tools }: Silence): string {
	const minutes = Math.floor(since / 60_000);
	const span = minutes > 0 ? `${minutes} min` : `${Math.floor(since / 1000)} s`;
	return `silent for ${span}: ${SILENT[clock]}${tools === "" ? "" : ` ${tools}`}`;
}

const SILENT: Record<SilenceClock, string> = {
	queued: "its session is not ready",
	"first-event": "the model has not begun to answer",
	model: "nothing from the model",
	tool: "no output from",
};
