import { plainLine } from "../../platform/plain-text.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import { shorten } from "../../platform/shorten.ts";
import type { EventRouter, RouterEvent } from "../../service/subagents-service.ts";
import type { Clock } from "./clock.ts";
import type { AutomationDefinition, TriggerDefinition, TriggerOptions } from "./definition.ts";
import {
	type AutomationState,
	type Counts,
	type LastOutcome,
	type LogEntry,
	logged,
	type PendingFire,
	type TriggerState,
} from "./state-file.ts";
import { type FireEvent, filledInstruction } from "./template.ts";
import { type ArmedTrigger, armTrigger, type Origin, type WatchPort } from "./triggers.ts";

/** - `running`: its triggers are armed. - `backoff`: it waits until it may try again. - `failed`: it has given up. */
export type AutomationStatus = "stopped" | "starting" | "running" | "backoff" | "stopping" | "failed";

/** How a run ended. `stopped`: by a person or a program, which is no failure. */
export interface RunEnd {
	readonly kind: "completed" | "failed" | "stopped";
	/** The subagent's own status. */
	readonly status: string;
	readonly text: string;
	readonly error?: string;
	readonly durationMs: number;
}

/** Starts the runs. */
export interface Runner {
	/** @returns the subagent's id. @throws Error when it cannot be started; what was spent is nothing then */
	start(definition: AutomationDefinition, prompt: string, cause: number | undefined): string;
	/** Never rejects. */
	ended(subagentId: string): Promise<RunEnd>;
	abort(subagentId: string): void;
	/** Whether this process has it still. */
	isKnown(subagentId: string): boolean;
}

export interface AutomationParts {
	readonly clock: Clock;
	readonly runner: Runner;
	readonly events: EventRouter;
	readonly watcher: WatchPort;
	readonly state: AutomationState;
	/** The state was changed. */
	save(): void;
	/** Resolves when the state is on the disk. */
	saved(): Promise<void>;
	/** To the person. */
	tell(text: string, tone: "info" | "warning"): void;
	/** Its status may look different now. */
	changed(): void;
	newId(): string;
	/** From 0 up to 1. */
	random(): number;
	/** Whose runs may have changed a file just now, of all automations. */
	writers(): readonly { readonly id: string; readonly cause: number | undefined }[];
}

export type FireOutcome =
	| { readonly ok: true; readonly fireId: string; readonly state: "started" | "queued" }
	/** `reason`: a sentence. */
	| { readonly ok: false; readonly reason: string };

/** A frozen copy of what is to be seen of an automation. */
export interface AutomationSnapshot {
	readonly id: string;
	readonly name: string;
	readonly agent: string;
	readonly status: AutomationStatus;
	/** A sentence, where the status needs one. */
	readonly reason?: string;
	/** When time fires it next, in milliseconds since 1970. */
	readonly nextFire?: number;
	/** In backoff: when it tries again. */
	readonly retryAt?: number;
	readonly isPaused: boolean;
	/** Ids of the subagents that run for it. */
	readonly active: readonly string[];
	readonly queued: number;
	/** Failures in a row. */
	readonly restarts: number;
	readonly counts: Readonly<Counts>;
	readonly lastTriggered?: number;
	readonly last?: LastOutcome;
	readonly triggers: readonly TriggerDefinition["type"][];
}

/** More are dropped, and counted. */
export const LONGEST_QUEUE = 100;
/** As many at a time, whatever `overlap` says. */
const MOST_LIVE = 32;
const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 10 * 60_000;
/** Without a failure for so long the failures in a row count from 0 again. */
export const HEALTHY_MS = 10 * 60_000;
/** A change is seen a little after it was made. */
const WRITE_ECHO_MS = 1_500;
const LONGEST_KEPT_TEXT = 4_000;
const MOST_OWN = 1_000;

interface Fire {
	readonly pending: PendingFire;
	readonly options: Pick<TriggerOptions, "overlap">;
	cause: number | undefined;
	startedAt: number | undefined;
	/** It makes way for another, or its automation was stopped. */
	isGivenUp: boolean;
}

const MANUAL: Pick<TriggerOptions, "overlap"> = { overlap: "queue" };

/** One automation: its triggers, its pool of runs, and what becomes of them. */
export class Automation {
	private currentStatus: AutomationStatus = "stopped";
	private reason: string | undefined;
	private armed: ArmedTrigger[] = [];
	private queue: Fire[] = [];
	private readonly live = new Set<Fire>();
	private restarts = 0;
	private quietSince = 0;
	private retryAt: number | undefined;
	private cancelBackoff = () => {};
	/** What shows that an event was led to by this automation: its own events and its subagents. */
	private readonly ownSeqs = new Set<number>();
	private readonly ownSubagents = new Set<string>();
	private lastWrite: { readonly at: number; readonly cause: number | undefined } | undefined;
	private ignoredSinceTold = 0;

	constructor(
		readonly id: string,
		readonly definition: AutomationDefinition,
		private readonly parts: AutomationParts,
	) {}

	get status(): AutomationStatus {
		return this.currentStatus;
	}

	snapshot(): AutomationSnapshot {
		const { state } = this.parts;
		const next = this.nextFire();
		const triggered = Object.values(state.triggers).map(({ lastFired = 0 }) => lastFired);
		const lastTriggered = Math.max(0, ...triggered);
		return Object.freeze({
			id: this.id,
			name: this.definition.name,
			agent: this.definition.agent,
			status: this.currentStatus,
			...(this.reason !== undefined && { reason: this.reason }),
			...(next !== undefined && { nextFire: next }),
			...(this.retryAt !== undefined && { retryAt: this.retryAt }),
			isPaused: state.isPaused,
			active: Object.freeze([...this.live].flatMap(({ pending }) => pending.subagentId ?? [])),
			queued: this.queue.length,
			restarts: this.restarts,
			counts: Object.freeze({ ...state.counts }),
			...(lastTriggered > 0 && { lastTriggered }),
			...(state.last && { last: Object.freeze({ ...state.last }) }),
			triggers: Object.freeze(this.definition.triggers.map(({ type }) => type)),
		});
	}

	log(): readonly LogEntry[] {
		return this.parts.state.log;
	}

	/** Arms its triggers, and runs what had fired when the process before this one died. */
	start() {
		if (this.currentStatus !== "stopped" && this.currentStatus !== "failed") return;
		if (this.parts.state.isPaused) return this.become("stopped", "It is paused.");
		this.become("starting");
		this.restarts = 0;
		this.quietSince = this.parts.clock.now();
		this.become("running");
		this.forgetOldTriggers();
		this.takeUpPending();
		this.arm();
		this.pump();
	}

	/** At once nothing fires any more; resolves when its runs have ended. */
	async stop(reason = "It was stopped."): Promise<void> {
		if (this.currentStatus === "stopped") return;
		this.become("stopping");
		this.disarm();
		this.drop(this.queue.splice(0), "it was stopped");
		const running = [...this.live].map((fire) => this.giveUp(fire));
		await Promise.all(running);
		this.become("stopped", reason);
	}

	/** The session ends or another instance takes over: its runs are left to whoever comes next. */
	leave(): void {
		this.disarm();
		this.currentStatus = "stopped";
		this.queue.length = 0;
		this.live.clear();
	}

	async pause(): Promise<void> {
		this.parts.state.isPaused = true;
		this.note("paused");
		await this.stop("It is paused.");
		this.reason = "It is paused.";
		this.parts.changed();
	}

	/** Times that passed while it was paused were not missed. */
	resume(): void {
		const { state, clock } = this.parts;
		state.isPaused = false;
		for (const trigger of Object.values(state.triggers)) trigger.after = clock.now();
		this.note("resumed");
		this.start();
	}

	/**
	 * By a person or a program. One that has failed tries again with it.
	 *
	 * @param firedBy the subagent that did it, if it was one
	 */
	fireByHand(data: unknown, source: "manual-trigger" | "manual-api", firedBy?: string): FireOutcome {
		if (this.parts.state.isPaused) return { ok: false, reason: `${this.id} is paused; resume it first.` };
		if (this.currentStatus === "failed") this.start();
		if (this.currentStatus === "backoff") this.endBackoff();
		if (this.currentStatus !== "running") return { ok: false, reason: `${this.id} is ${this.currentStatus}.` };
		const event: FireEvent = {
			type: "manual",
			summary: `Manual trigger: ${summaryOf(data)}`,
			data: data ?? null,
			source,
		};
		const index = this.definition.triggers.findIndex(({ type }) => type === "manual");
		const trigger = this.definition.triggers[index];
		if (firedBy !== undefined && this.ownSubagents.has(firedBy) && (trigger?.ignoreOwn ?? true)) {
			this.ignored(event);
			return { ok: false, reason: `${this.id} did not run: its own run fired it.` };
		}
		return this.fire(event, "manual", trigger ?? MANUAL);
	}

	/** Its runs that may have changed a file just now. */
	writers(): readonly { readonly id: string; readonly cause: number | undefined }[] {
		const { id, lastWrite } = this;
		const isEcho = lastWrite && this.parts.clock.now() - lastWrite.at < WRITE_ECHO_MS;
		return [...this.live, ...(isEcho ? [lastWrite] : [])].map(({ cause }) => ({ id, cause }));
	}

	private nextFire(): number | undefined {
		const times = this.armed.flatMap((trigger) => trigger.nextFire() ?? []);
		return times.length > 0 ? Math.min(...times) : undefined;
	}

	private arm(): void {
		for (const [index, definition] of this.definition.triggers.entries()) {
			if (this.currentStatus !== "running" && this.currentStatus !== "backoff") return; // by what another one has fired
			this.armOne(definition, this.keyOf(definition, index));
		}
	}

	private armOne(definition: TriggerDefinition, key: string): void {
		const state = this.triggerState(key);
		const isOver = () => this.isOver(definition, state);
		if (isOver()) return;
		let trigger: ArmedTrigger | undefined;
		const end = () => {
			trigger?.disarm();
			this.armed = this.armed.filter((one) => one !== trigger);
		};
		trigger = armTrigger(definition, {
			...this.parts,
			state,
			save: () => this.parts.save(),
			fire: (event, cause) => {
				if (!isOver()) this.fire(event, key, definition, cause);
				if (isOver()) end();
			},
			missed: (count, isMany) => this.missed(count, isMany, definition),
			ignored: (event) => this.ignored(event),
			dropped: (count) => this.dropped(count, `${count} events came faster than they could be read`),
			trouble: (message) => {
				this.note(message);
				this.parts.tell(`Automation ${this.id}: ${message}`, "warning");
			},
			originOf: (event) => this.originOf(event),
			originOfChange: () => this.originOfChange(),
		});
		if (isOver()) trigger.disarm();
		else this.armed.push(trigger);
	}

	/** A trigger that was changed is another one, and begins anew. */
	private forgetOldTriggers(): void {
		const { triggers } = this.parts.state;
		const keys = this.definition.triggers.map((definition, index) => this.keyOf(definition, index));
		for (const key of Object.keys(triggers)) if (key !== "manual" && !keys.includes(key)) delete triggers[key];
	}

	private disarm(): void {
		this.cancelBackoff();
		this.retryAt = undefined;
		for (const trigger of this.armed.splice(0)) trigger.disarm();
	}

	private keyOf(definition: TriggerDefinition, index: number): string {
		return definition.type === "manual" ? "manual" : `${index}:${JSON.stringify(definition)}`;
	}

	private triggerState(key: string): TriggerState {
		const { state, clock } = this.parts;
		const known = Object.hasOwn(state.triggers, key) ? state.triggers[key] : undefined;
		const trigger = known ?? { after: clock.now(), anchor: clock.now(), fires: 0 };
		state.triggers[key] = trigger;
		if (!known) this.parts.save();
		return trigger;
	}

	private isOver({ maxRuns, expires }: Pick<TriggerOptions, "maxRuns" | "expires">, state: TriggerState): boolean {
		const isUsedUp = maxRuns !== undefined && state.fires >= maxRuns;
		return isUsedUp || (expires !== undefined && this.parts.clock.now() >= expires);
	}

	private fire(
		event: FireEvent,
		key: string,
		options: Pick<TriggerOptions, "overlap" | "maxRuns" | "expires">,
		cause?: number,
	): FireOutcome {
		const trigger = this.triggerState(key);
		if (this.isOver(options, trigger))
			return { ok: false, reason: `${this.id} has fired as often, or for as long, as it may.` };
		const verdict = this.admit(options.overlap);
		if (verdict !== "run" && verdict !== "queue") {
			this.dropped(1, `"${event.summary}" was dropped: ${verdict}`);
			return { ok: false, reason: `${this.id} did not run: ${verdict}.` };
		}
		const seq = this.announce(event, cause);
		if (seq === 0) return this.looped(event);
		const now = this.parts.clock.now();
		trigger.fires++;
		trigger.lastFired = now;
		const pending: PendingFire = { fireId: this.parts.newId(), trigger: key, event, firedAt: now, attempt: 1 };
		const fire: Fire = { pending, options, cause: seq, startedAt: undefined, isGivenUp: false };
		this.parts.state.pending.push(pending);
		this.count("fired");
		this.note(event.summary);
		if (verdict === "run") this.run(fire);
		else this.queue.push(fire);
		return { ok: true, fireId: pending.fireId, state: verdict === "run" ? "started" : "queued" };
	}

	/** @returns why it is dropped, or what is done with it */
	private admit(overlap: TriggerOptions["overlap"]): string {
		const isBusy = this.live.size >= this.definition.poolSize || this.currentStatus === "backoff";
		if (!isBusy) return "run";
		switch (overlap) {
			case "skip":
				return this.currentStatus === "backoff" ? "it waits after a failure" : "its runs are busy";
			case "queue":
				return this.queue.length < LONGEST_QUEUE ? "queue" : `${LONGEST_QUEUE} events wait already`;
			case "parallel":
				if (this.currentStatus === "backoff") return this.queue.length < LONGEST_QUEUE ? "queue" : "its queue is full";
				return this.live.size < MOST_LIVE ? "run" : `${MOST_LIVE} of its runs are busy`;
			case "replace":
				this.makeWay();
				return "queue";
			default:
				return overlap satisfies never;
		}
	}

	/** For an event that replaces what is there: what waits is dropped, and the oldest run is stopped. */
	private makeWay(): void {
		this.drop(this.queue.splice(0), "a newer event replaced it");
		const [oldest] = [...this.live].filter(({ isGivenUp }) => !isGivenUp);
		if (oldest) void this.giveUp(oldest);
	}

	private giveUp(fire: Fire): Promise<unknown> {
		fire.isGivenUp = true;
		const { subagentId } = fire.pending;
		if (subagentId === undefined) return Promise.resolve(); // it is about to start and then sees it
		const { runner } = this.parts;
		const ended = runner.ended(subagentId);
		runner.abort(subagentId);
		return ended;
	}

	private drop(fires: readonly Fire[], why: string): void {
		if (fires.length === 0) return;
		const ids = new Set(fires.map(({ pending }) => pending.fireId));
		const { state } = this.parts;
		state.pending = state.pending.filter(({ fireId }) => !ids.has(fireId));
		this.dropped(fires.length, `${fires.length} waiting dropped: ${why}`);
	}

	private announce({ type, summary }: FireEvent, cause: number | undefined): number {
		const { seq } = this.parts.events.emit(
			"automation:fired",
			{ automation: this.id, trigger: type, summary },
			{ source: this.source, ...(cause !== undefined && { cause }) },
		);
		if (seq > 0) remember(this.ownSeqs, seq);
		return seq;
	}

	private get source(): string {
		return `automation:${this.id}`;
	}

	private looped(event: FireEvent): FireOutcome {
		this.count("ignored");
		const text = `"${event.summary}" was not run: too many events led to one another, as in a loop`;
		this.note(text);
		this.parts.tell(`Automation ${this.id}: ${text}.`, "warning");
		return { ok: false, reason: `${this.id}: ${text}.` };
	}

	/** Not told each time: an automation that mends files does so with every run. */
	private ignored(event: FireEvent): void {
		this.count("ignored");
		this.note(`ignored, for its own run led to it: ${event.summary}`);
		const isFirst = this.ignoredSinceTold++ === 0;
		if (isFirst && event.type === "session_event")
			this.parts.tell(`Automation ${this.id} ignores "${event.summary}": its own run led to it.`, "warning");
	}

	private missed(count: number, isMany: boolean, { misfire }: TriggerOptions): void {
		this.count("missed", count);
		const times = `${isMany ? "more than " : ""}${count} ${count === 1 ? "time" : "times"}`;
		const then = misfire === "latest" ? "the latest is made up for now" : "none is made up for";
		const text = `missed ${times} while no pi could run it; ${then} (misfire: ${misfire})`;
		this.note(text);
		this.parts.tell(`Automation ${this.id} ${text}.`, "info");
	}

	private takeUpPending(): void {
		const { state, runner } = this.parts;
		for (const pending of [...state.pending]) {
			const fire: Fire = { pending, options: MANUAL, cause: undefined, startedAt: undefined, isGivenUp: false };
			if (pending.subagentId === undefined) {
				const seq = this.announce(pending.event, undefined);
				this.queue.push({ ...fire, cause: seq });
				this.note(`taken up again: ${pending.event.summary}`);
			} else if (runner.isKnown(pending.subagentId)) {
				remember(this.ownSubagents, pending.subagentId);
				this.live.add(fire);
				void this.follow(fire, pending.subagentId);
			} else {
				this.cutOff(pending);
			}
		}
	}

	/** It had begun, and nobody knows how far it came: not done again by itself. */
	private cutOff(pending: PendingFire): void {
		const { state, clock } = this.parts;
		state.pending = state.pending.filter((one) => one !== pending);
		const { subagentId, event, firedAt } = pending;
		const error = "pi ended while it ran";
		state.last = {
			status: "interrupted",
			at: clock.now(),
			durationMs: 0,
			text: "",
			error,
			...(subagentId && { subagentId }),
		};
		this.count("failed");
		this.note(`cut off, for pi ended while it ran: ${event.summary} (${new Date(firedAt).toISOString()})`);
		this.parts.tell(
			`Automation ${this.id}: the run for "${event.summary}" was cut off when pi ended; it is not repeated.`,
			"warning",
		);
	}

	private pump(): void {
		while (this.currentStatus === "running" && this.live.size < this.definition.poolSize) {
			const fire = this.queue.shift();
			if (!fire) break;
			this.run(fire);
		}
		this.parts.changed();
	}

	private run(fire: Fire): void {
		this.live.add(fire);
		fire.startedAt = this.parts.clock.now();
		void this.begin(fire);
		this.parts.changed();
	}

	/** What has fired is on the disk before it runs, so that a crash between the two loses nothing. */
	private async begin(fire: Fire): Promise<void> {
		await this.parts.saved();
		if (!this.live.has(fire)) return; // left meanwhile
		if (fire.isGivenUp) return this.ended(fire, GIVEN_UP);
		const { definition, parts } = this;
		try {
			const subagentId = parts.runner.start(
				definition,
				filledInstruction(definition.instruction, fire.pending.event),
				fire.cause,
			);
			fire.pending.subagentId = subagentId;
			remember(this.ownSubagents, subagentId);
			parts.save();
			parts.changed();
			await this.follow(fire, subagentId);
		} catch (error) {
			this.ended(fire, { kind: "failed", status: "error", text: "", error: reasonOf(error), durationMs: 0 });
		}
	}

	private async follow(fire: Fire, subagentId: string): Promise<void> {
		const end = await this.parts.runner.ended(subagentId);
		this.ended(fire, fire.isGivenUp && end.kind === "failed" ? { ...end, kind: "stopped" } : end);
	}

	private ended(fire: Fire, end: RunEnd) {
		if (!this.live.delete(fire)) return; // this instance has left it to another
		const { state, clock } = this.parts;
		const { subagentId } = fire.pending;
		this.lastWrite = { at: clock.now(), cause: fire.cause };
		state.last = {
			status: end.status,
			at: clock.now(),
			durationMs: end.durationMs,
			text: shorten(end.text, LONGEST_KEPT_TEXT),
			...(subagentId !== undefined && { subagentId }),
			...(end.error !== undefined && { error: end.error }),
		};
		this.note(
			`${end.status}${end.error === undefined ? "" : `: ${end.error}`}${subagentId ? ` (subagent ${subagentId})` : ""}`,
		);
		this.count(end.kind);
		if (end.kind !== "stopped") this.emitEnd(fire, end);
		if (end.kind === "failed") this.failed(fire, end);
		else this.forget(fire);
		if (end.kind !== "stopped") this.notify(end);
		this.pump();
	}

	private forget({ pending }: Fire): void {
		const { state } = this.parts;
		state.pending = state.pending.filter((one) => one !== pending);
		this.parts.save();
	}

	private failed(fire: Fire, { error = "no reason was given" }: RunEnd) {
		const { clock } = this.parts;
		const now = clock.now();
		if ((fire.startedAt ?? now) - this.quietSince >= HEALTHY_MS) this.restarts = 0;
		this.quietSince = now;
		this.restarts++;
		const { maxRestarts, restartOnFailure } = this.definition;
		if (this.currentStatus !== "running" && this.currentStatus !== "backoff") return this.forget(fire);
		if (this.restarts > maxRestarts) {
			this.forget(fire);
			return this.abandon(`It failed ${this.restarts} times in a row, the last time with: ${error}`);
		}
		if (!restartOnFailure) return this.forget(fire);
		delete fire.pending.subagentId;
		fire.pending.attempt++;
		fire.startedAt = undefined;
		this.queue.unshift(fire);
		this.backOff(error);
	}

	private backOff(error: string): void {
		const { clock, random } = this.parts;
		const delay = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.restarts - 1));
		const jittered = Math.round(delay * (1 + random() / 5)); // so that many that failed together do not return together
		this.cancelBackoff();
		this.retryAt = clock.now() + jittered;
		this.become("backoff", `Attempt ${this.restarts} failed with: ${error}`);
		this.cancelBackoff = clock.after(jittered, () => {
			this.endBackoff();
			this.pump();
		});
	}

	private endBackoff(): void {
		this.cancelBackoff();
		this.retryAt = undefined;
		this.quietSince = this.parts.clock.now();
		this.become("running");
	}

	private abandon(reason: string): void {
		this.disarm();
		this.drop(this.queue.splice(0), "it has failed");
		for (const fire of this.live) void this.giveUp(fire);
		this.become("failed", reason);
		this.note(`given up: ${reason}`);
		if (this.definition.notify !== "never")
			this.parts.tell(`Automation ${this.id} has failed and stopped. ${reason} Fire it to try again.`, "warning");
	}

	private emitEnd({ cause, pending }: Fire, { kind, status, text, error }: RunEnd): void {
		const { definition, parts } = this;
		const data = {
			automation: this.id,
			session_id: pending.subagentId ?? null,
			agent: definition.agent,
			status: kind === "completed" ? "completed" : "error",
			outcome: status,
			output: shorten(text, 20_000),
			trigger: pending.event.type,
			...(error !== undefined && { error }),
		};
		const own = kind === "completed" ? definition.onCompleteEmit : definition.onErrorEmit;
		for (const name of [`automation:${kind}`, ...(own === undefined ? [] : [own])]) {
			const { seq } = parts.events.emit(name, data, { source: this.source, ...(cause !== undefined && { cause }) });
			if (seq > 0) remember(this.ownSeqs, seq);
			else this.note(`${name} was not emitted: too many events led to one another`);
		}
	}

	private notify({ kind, status, text, error = status }: RunEnd) {
		const { notify } = this.definition;
		if (this.currentStatus === "failed" || notify === "never") return; // that it has failed was said already
		if (kind === "failed")
			return this.parts.tell(`Automation ${this.id} failed: ${error}${this.retryText()}`, "warning");
		if (notify === "always")
			this.parts.tell(`Automation ${this.id} completed: ${plainLine(shorten(text, 200))}`, "info");
	}

	private retryText(): string {
		if (this.retryAt === undefined) return "";
		const seconds = Math.max(1, Math.round((this.retryAt - this.parts.clock.now()) / 1000));
		return `. It tries again in ${seconds} s.`;
	}

	private originOf(event: RouterEvent): Origin {
		const isMine = ({ seq, source }: Pick<RouterEvent, "seq" | "source">) =>
			source === this.source || this.ownSeqs.has(seq) || this.ownSubagents.has(source);
		let isOwn = isMine(event);
		for (let at = event.cause; at !== undefined && !isOwn; ) {
			const cause = this.eventOf(at);
			isOwn = this.ownSeqs.has(at) || (cause !== undefined && isMine(cause));
			at = cause?.cause;
		}
		return { cause: event.seq, isOwn };
	}

	private eventOf(seq: number): RouterEvent | undefined {
		return this.parts.events
			.history({ since: seq - 1, limit: Number.MAX_SAFE_INTEGER })
			.find((event) => event.seq === seq);
	}

	/** A change while one of its runs is busy is taken for that run's: nobody else says who writes. */
	private originOfChange(): Origin {
		const writers = this.parts.writers();
		const cause = Math.max(0, ...writers.map((writer) => writer.cause ?? 0));
		return { isOwn: writers.some(({ id }) => id === this.id), ...(cause > 0 && { cause }) };
	}

	private dropped(count: number, text: string): void {
		this.count("dropped", count);
		this.note(text);
	}

	private count(what: keyof Counts, by = 1): void {
		this.parts.state.counts[what] += by;
		this.parts.save();
	}

	private note(text: string): void {
		logged(this.parts.state, this.parts.clock.now(), plainLine(shorten(text, 500)));
		this.parts.save();
	}

	private become(status: AutomationStatus, reason?: string): void {
		this.currentStatus = status;
		this.reason = reason;
		this.parts.changed();
	}
}

const GIVEN_UP: RunEnd = { kind: "stopped", status: "stopped", text: "", durationMs: 0 };

/** The oldest go when there are many. */
function remember<T>(known: Set<T>, value: T): void {
	known.add(value);
	if (known.size <= MOST_OWN) return;
	const [oldest] = known;
	if (oldest !== undefined) known.delete(oldest);
}

function summaryOf(data: unknown): string {
	if (data === undefined || data === null) return "no data";
	return shorten(typeof data === "string" ? data : (JSON.stringify(data) ?? String(data)), 200);
}
