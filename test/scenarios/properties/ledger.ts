import type { EventBus } from "@mariozechner/pi-coding-agent";
import type { Trace } from "./trace.ts";

/** One run as the facts tell it. `serial` is in the prompt that asked for it, so that each run can be known by it. */
export interface Run {
	readonly serial: number;
	readonly id: string;
	readonly isBackground: boolean;
	phase: "registered" | "running" | "settled";
	status: string;
	/** It was resumed before the parent had its result: the new run's outcome takes its place. */
	superseded: boolean;
	timesNotified: number;
	wasRead: boolean;
	timesReturned: number;
}

/** What the ledger has to ask others. */
export interface LedgerParts {
	readonly trace: Trace;
	/** The run that the resume of this subagent asked for. */
	readonly resumeOf: (id: string) => { serial: number; isBackground: boolean } | undefined;
	/** Called before the run counts as running. */
	readonly onStarted: (run: Run) => void;
	/** A run was registered: the settings were read just now. */
	readonly onRegistered: (run: Run) => void;
	readonly onSettled: (run: Run, result: unknown) => void;
}

/** Keeps book of every run from the facts on the parent's bus, and of whether those come in the order they must. */
export class Ledger {
	readonly runs: Run[] = [];
	readonly steers: string[] = [];

	constructor(
		bus: EventBus,
		private readonly parts: LedgerParts,
	) {
		this.listen(bus, "created", (fact) => this.created(fact));
		this.listen(bus, "resumed", (fact) => this.resumed(fact));
		this.listen(bus, "started", (fact) => this.started(fact));
		this.listen(bus, "completed", (fact) => this.settled(fact, ["completed", "steered"]));
		this.listen(bus, "failed", (fact) => this.settled(fact, ["error", "stopped", "aborted"]));
		this.listen(bus, "steered", (fact) => void this.steers.push(fact.message as string));
	}

	/** The ids of all subagents, newest first. */
	ids(): string[] {
		return [...new Set(this.runs.map((run) => run.id))].reverse();
	}

	latest(id: string): Run | undefined {
		return this.runs.findLast((run) => run.id === id);
	}

	first(id: string): Run | undefined {
		return this.runs.find((run) => run.id === id);
	}

	bySerial(serial: number): Run | undefined {
		return this.runs.find((run) => run.serial === serial);
	}

	live(): Run[] {
		return this.runs.filter((run) => run.phase !== "settled");
	}

	/** Background runs that hold a slot. */
	admitted(): Run[] {
		return this.runs.filter((run) => run.phase === "running" && run.isBackground);
	}

	/** Background runs whose result the parent must still be brought; what the user stopped himself wakes nobody. */
	due(): Run[] {
		const ended = this.runs.filter((run) => run.isBackground && run.phase === "settled" && run.status !== "stopped");
		return ended.filter((run) => !run.superseded && !isDelivered(run));
	}

	private listen(bus: EventBus, name: string, hear: (fact: Fact) => void): void {
		bus.on(`subagents:${name}`, (payload) => {
			const fact = payload as Fact;
			this.parts.trace.note(`fact ${name} ${fact.description ?? fact.id} ${fact.status ?? ""}`.trimEnd());
			const frozen = Object.isFrozen(fact) && (fact.tokens === undefined || Object.isFrozen(fact.tokens));
			if (!frozen) this.parts.trace.violated(`the fact ${name} is not frozen`);
			hear(fact);
		});
	}

	private created({ id, description, isBackground }: Fact): void {
		if (this.latest(id)) this.parts.trace.violated(`${description} was created a second time`);
		this.register(id, { serial: Number(/\d+/.exec(description)?.[0]), isBackground: isBackground === true });
	}

	private resumed({ id, description }: Fact): void {
		const { trace, resumeOf } = this.parts;
		const before = this.latest(id);
		const asked = resumeOf(id);
		if (before?.phase !== "settled") trace.violated(`${description} was resumed while ${before?.phase ?? "unknown"}`);
		if (!asked) trace.violated(`${description} was resumed and nobody asked for it`);
		if (before) before.superseded = before.isBackground && !isDelivered(before);
		this.register(id, asked ?? { serial: Number.NaN, isBackground: true });
	}

	private register(id: string, { serial, isBackground }: { serial: number; isBackground: boolean }): void {
		const told = { superseded: false, timesNotified: 0, wasRead: false, timesReturned: 0 };
		const run: Run = { serial, id, isBackground, phase: "registered", status: "", ...told };
		this.runs.push(run);
		this.parts.onRegistered(run);
	}

	private started({ id, description }: Fact): void {
		const run = this.latest(id);
		if (run?.phase !== "registered") this.parts.trace.violated(`${description} was started while ${run?.phase}`);
		if (!run) return;
		run.phase = "running";
		this.parts.onStarted(run);
	}

	private settled({ id, description, status, result }: Fact, expected: readonly string[]): void {
		const { trace } = this.parts;
		const run = this.latest(id);
		const may = run?.phase === "running" || (run?.phase === "registered" && status === "stopped");
		if (!may) trace.violated(`${description} settled as ${status} while ${run?.phase}`);
		if (!expected.includes(`${status}`)) trace.violated(`${description} settled as ${status} on the wrong channel`);
		if (!run) return;
		run.phase = "settled";
		run.status = `${status}`;
		this.parts.onSettled(run, result);
	}
}

function isDelivered(run: Run): boolean {
	return run.timesNotified > 0 || run.wasRead;
}

type Fact = Readonly<Record<string, unknown>> & { readonly id: string; readonly description: string };
