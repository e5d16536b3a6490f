import type { AgentEvent } from "@mariozechner/pi-agent-core";
import type { AssistantMessage, Usage } from "@mariozechner/pi-ai";
import type { RunUsage } from "../domain/run-limits.ts";
import type { CountedUsage, RunTokens } from "../domain/stored-run.ts";
import type { LifetimeUsage } from "../domain/subagent-record.ts";
import { shorten } from "../platform/shorten.ts";

/** The figures of a subagent at one moment. */
export interface UsageFigures {
	readonly turns: number;
	readonly toolUses: number;
	readonly lifetimeUsage: LifetimeUsage;
	readonly cacheRead: number;
	readonly cost: number;
	readonly compactionCount: number;
}

/** The figures of one run. */
export interface RunFigures extends Pick<RunUsage, "turns" | "toolUses" | "cost"> {
	readonly tokens: RunTokens;
}

/** What is counted of each run. */
interface RunCounts {
	turns: number;
	toolUses: number;
	input: number;
	output: number;
	cacheWrite: number;
	cacheRead: number;
	cost: number;
	compactionCount: number;
}

const NOTHING: Readonly<RunCounts> = Object.freeze({
	...{ turns: 0, toolUses: 0, input: 0, output: 0, cacheWrite: 0, cacheRead: 0, cost: 0, compactionCount: 0 },
});

/**
 * Counts what a subagent does from the events of its session, over all its runs and in the present one. Whoever draws the
 * figures pulls them; the host's own statistics forget compacted turns and walk the whole transcript at each call.
 */
export class UsageTracker {
	/** In the runs before the present one. */
	private before: Readonly<RunCounts>;
	private run: RunCounts = { ...NOTHING };
	private uncounted = NO_USAGE;
	/** Tokens in the context at the last reply; unknown until then and after a compaction. */
	private contextTokens: number | undefined;
	private phase: "starting" | "thinking" | "writing" = "starting";
	/** Shown until the first reply. */
	private startNote = "";
	/** What it waits for, in words, where the host pauses it. */
	private pause: string | undefined;
	private readonly runningTools = new Map<string, { readonly name: string; readonly args: unknown }>();

	/** @param before what was counted in a process before this one */
	constructor(before?: UsageFigures) {
		this.before = before ? countsIn(before) : NOTHING;
	}

	/** Another run begins: its figures begin at zero, those of the subagent's whole life stay. */
	runBegins(): void {
		this.before = this.sums();
		this.run = { ...NOTHING };
	}

	/** @returns whether anything changed that is worth showing; called for every streamed token, so it must stay cheap */
	observe(event: AgentEvent): boolean {
		switch (event.type) {
			case "turn_start":
				this.phase = "thinking";
				this.pause = undefined;
				return true;
			case "message_update":
				return this.writing(event.assistantMessageEvent.type);
			case "message_end":
				if (event.message.role === "assistant") {
					this.startNote = "";
					this.count(event.message);
				}
				return true;
			case "tool_execution_start":
				this.run.toolUses++;
				this.runningTools.set(event.toolCallId, { name: event.toolName, args: event.args });
				return true;
			case "tool_execution_end":
				this.runningTools.delete(event.toolCallId);
				return true;
			case "agent_end":
				this.runningTools.clear();
				return true;
			default:
				return false;
		}
	}

	noteStart(note: string): void {
		this.startNote = note;
	}

	/** @param what it waits for, in words; absent when that is over */
	paused(what: string | undefined): void {
		this.pause = what;
	}

	compacted(): void {
		this.run.compactionCount++;
		this.contextTokens = undefined;
	}

	/** @param contextWindow of its model, in tokens; 0 where nobody knows */
	contextPercent(contextWindow: number): number | undefined {
		if (this.contextTokens === undefined || contextWindow <= 0) return undefined;
		return Math.round((this.contextTokens / contextWindow) * 100);
	}

	/** Over all runs. */
	figures(): UsageFigures {
		const { turns, toolUses, input, output, cacheWrite, cacheRead, cost, compactionCount } = this.sums();
		return {
			turns,
			toolUses,
			lifetimeUsage: Object.freeze({ input, output, cacheWrite }),
			cacheRead,
			cost,
			compactionCount,
		};
	}

	/** In the present run, or the last one. */
	runFigures(): RunFigures {
		const { turns, toolUses, cost, input, output, cacheWrite, compactionCount } = this.run;
		return { turns, toolUses, tokens: { input, output, cacheWrite, compactionCount }, cost };
	}

	/** What its model calls used since this was last asked, to be put into the parent's costs; absent for nothing. */
	takeUncounted(): Usage | undefined {
		const usage = this.uncounted;
		this.uncounted = NO_USAGE;
		return usage.totalTokens > 0 || usage.cost.total > 0 ? usage : undefined;
	}

	/** What of its figures was taken so far. */
	counted(): CountedUsage {
		return minus(this.totals(), { ...this.uncounted, cost: this.uncounted.cost.total });
	}

	/** All its model calls used. */
	totals(): CountedUsage {
		const { input, output, cacheRead, cacheWrite, cost } = this.sums();
		return { input, output, cacheRead, cacheWrite, cost };
	}

	/** What an earlier process took of these figures; the rest is still to be taken. How its cost came about is not known. */
	countedBefore(counted: CountedUsage): void {
		const { cost: total, ...tokens } = minus(this.totals(), counted);
		const totalTokens = tokens.input + tokens.output + tokens.cacheRead + tokens.cacheWrite;
		this.uncounted = { ...tokens, totalTokens, cost: { ...NO_USAGE.cost, total } };
	}

	/** What it is doing right now, in a few words. */
	current(): string {
		if (this.pause !== undefined) return this.pause;
		const tools = [...this.runningTools.values()];
		if (tools.length > 0) return tools.map(({ name, args }) => describeCall(name, args)).join(", ");
		return this.startNote === "" ? this.phase : `${this.phase}, ${this.startNote}`;
	}

	private sums(): Readonly<RunCounts> {
		const { before, run } = this;
		return {
			turns: before.turns + run.turns,
			toolUses: before.toolUses + run.toolUses,
			input: before.input + run.input,
			output: before.output + run.output,
			cacheWrite: before.cacheWrite + run.cacheWrite,
			cacheRead: before.cacheRead + run.cacheRead,
			cost: before.cost + run.cost,
			compactionCount: before.compactionCount + run.compactionCount,
		};
	}

	private writing(part: string): boolean {
		if (part !== "text_start") return false;
		this.phase = "writing";
		return true;
	}

	private count(message: AssistantMessage): void {
		const { run } = this;
		if (message.stopReason !== "error" && message.stopReason !== "aborted") run.turns++; // a retried call is no turn
		const { input, output, cacheRead, cacheWrite, cost } = message.usage;
		run.input += input;
		run.output += output;
		run.cacheRead += cacheRead;
		run.cacheWrite += cacheWrite;
		run.cost += cost.total;
		this.uncounted = sum(this.uncounted, message.usage);
		this.contextTokens = input + output + cacheRead + cacheWrite;
	}
}

function countsIn({ lifetimeUsage, ...counts }: UsageFigures): RunCounts {
	const { turns, toolUses, cacheRead, cost, compactionCount } = counts;
	const { input, output, cacheWrite } = lifetimeUsage;
	return { turns, toolUses, input, output, cacheWrite, cacheRead, cost, compactionCount };
}

const NO_USAGE: Usage = {
	input: 0,
	output: 0,
	cacheRead: 0,
	cacheWrite: 0,
	totalTokens: 0,
	cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
};

function minus(all: CountedUsage, part: CountedUsage): CountedUsage {
	return {
		input: Math.max(0, all.input - part.input),
		output: Math.max(0, all.output - part.output),
		cacheRead: Math.max(0, all.cacheRead - part.cacheRead),
		cacheWrite: Math.max(0, all.cacheWrite - part.cacheWrite),
		cost: Math.max(0, all.cost - part.cost),
	};
}

function sum(one: Usage, other: Usage): Usage {
	return {
		input: one.input + other.input,
		output: one.output + other.output,
		cacheRead: one.cacheRead + other.cacheRead,
		cacheWrite: one.cacheWrite + other.cacheWrite,
		totalTokens: one.totalTokens + other.totalTokens,
		cost: {
			input: one.cost.input + other.cost.input,
			output: one.cost.output + other.cost.output,
			cacheRead: one.cost.cacheRead + other.cost.cacheRead,
			cacheWrite: one.cost.cacheWrite + other.cost.cacheWrite,
			total: one.cost.total + other.cost.total,
		},
	};
}

const SHOWN_ARGUMENT = 60;

/** The tool and the first thing it was given: `bash sleep 60`, `read src/index.ts`. */
function describeCall(tool: string, args: unknown): string {
	const values = typeof args === "object" && args !== null ? Object.values(args) : [];
	const first = values.find((value) => typeof value === "string" && value.trim() !== "") as string | undefined;
	if (!first) return tool;
	return `${tool} ${shorten(first.replace(/\s+/g, " ").trim(), SHOWN_ARGUMENT)}`;
}
