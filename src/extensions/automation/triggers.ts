import type { EventRouter, RouterEvent } from "../../service/subagents-service.ts";
import type { Clock } from "./clock.ts";
import type { TriggerDefinition, TriggerOf } from "./definition.ts";
import { atCronTimes, dueBetween, everyInterval, MOST_MISSED, type Schedule } from "./schedule.ts";
import type { TriggerState } from "./state-file.ts";
import type { FireEvent } from "./template.ts";

export interface FileChange {
	/** From the project's directory on, with `/` between its parts. */
	readonly path: string;
	readonly change: "created" | "modified" | "deleted";
}

/** Watches files; a test has one of its own. */
export interface WatchPort {
	/**
	 * @param changed for each file that matches and that git does not ignore
	 * @param trouble what cannot be watched, and why
	 * @returns ends it at once
	 */
	watch(
		globs: readonly string[],
		changed: (change: FileChange) => void,
		trouble: (message: string) => void,
	): () => void;
}

/** What led to an event, for the guard against loops. */
export interface Origin {
	/** The `seq` of the event of the router that led to it. */
	readonly cause?: number;
	/** A run of the automation itself led to it. */
	readonly isOwn: boolean;
}

/** What a trigger needs of the automation that it fires. */
export interface TriggerHost {
	readonly clock: Clock;
	readonly events: Pick<EventRouter, "subscribe">;
	readonly watcher: WatchPort;
	readonly state: TriggerState;
	/** The state was changed. */
	save(): void;
	fire(event: FireEvent, cause?: number): void;
	/** Times passed while nobody could act. */
	missed(count: number, isMany: boolean): void;
	/** An event of its own doing. */
	ignored(event: FireEvent): void;
	dropped(count: number): void;
	trouble(message: string): void;
	originOf(event: RouterEvent): Origin;
	/** Of a change that is seen now. */
	originOfChange(): Origin;
}

/** A trigger that is armed. */
export interface ArmedTrigger {
	/** At once: nothing fires any more. */
	disarm(): void;
	/** In milliseconds since 1970; nothing where it is not time that fires it. */
	nextFire(): number | undefined;
}

export function armTrigger(definition: TriggerDefinition, host: TriggerHost): ArmedTrigger {
	switch (definition.type) {
		case "timer":
			return armTimer(definition, host);
		case "cron":
			return armCron(definition, host);
		case "file":
			return armFile(definition, host);
		case "session_event":
			return armSessionEvent(definition, host);
		case "manual":
			return { disarm: () => undefined, nextFire: () => undefined };
		default:
			return definition satisfies never;
	}
}

function armTimer(definition: TriggerOf<"timer">, host: TriggerHost): ArmedTrigger {
	const { state, clock } = host;
	const interval_seconds = definition.intervalMs / 1000;
	const event = (): FireEvent => {
		const fire_count = state.fires + 1;
		return {
			type: "timer",
			summary: `Timer tick #${fire_count}`,
			data: { interval_seconds, fire_count },
			source: "timer-trigger",
		};
	};
	const isRecent = state.lastFired !== undefined && clock.now() - state.lastFired < definition.intervalMs;
	if (definition.immediate && !isRecent) {
		if (state.fires === 0) state.anchor = clock.now();
		state.after = clock.now();
		host.fire(event());
	}
	return armSchedule(everyInterval(definition.intervalMs, state.anchor), { definition, host, event });
}

function armCron(definition: TriggerOf<"cron">, host: TriggerHost): ArmedTrigger {
	const { schedule, timezone } = definition;
	const event = (due: number): FireEvent => {
		const at = new Date(due).toISOString();
		const data = { schedule, ...(timezone !== undefined && { timezone }), due: at, fire_count: host.state.fires + 1 };
		return { type: "cron", summary: `Schedule ${schedule} was due at ${at}`, data, source: "cron-trigger" };
	};
	return armSchedule(atCronTimes(schedule, timezone), { definition, host, event });
}

interface Scheduled {
	readonly definition: TriggerDefinition;
	readonly host: TriggerHost;
	readonly event: (due: number) => FireEvent;
}

/**
 * A computer that sleeps stops timers, and a person may set the clock: nothing is trusted to be on time for longer, and the
 * schedule is asked again.
 */
const LONGEST_WAIT_MS = 30_000;

function armSchedule(schedule: Schedule, { definition, host, event }: Scheduled): ArmedTrigger {
	const { clock, state } = host;
	let cancel = () => {};
	let isArmed = true;
	const look = () => {
		if (!isArmed) return;
		const now = clock.now();
		const { onTime, missed, latestMissed } = dueBetween(schedule, state.after, now);
		if (onTime !== undefined || missed > 0) {
			state.after = now;
			host.save();
		}
		if (missed > 0) host.missed(missed, missed >= MOST_MISSED);
		if (onTime !== undefined) host.fire(event(onTime));
		else if (latestMissed !== undefined && definition.misfire === "latest") host.fire(event(latestMissed));
		if (!isArmed) return; // by what it has fired
		const next = schedule.next(state.after);
		if (next === undefined) return;
		cancel = clock.after(Math.min(LONGEST_WAIT_MS, Math.max(1, next - clock.now())), look);
	};
	look();
	return {
		disarm: () => {
			isArmed = false;
			cancel();
		},
		nextFire: () => schedule.next(Math.max(state.after, clock.now())),
	};
}

/** Where files change without a pause, an event comes after so many times the debounce all the same. */
const LONGEST_DEBOUNCE = 10;
const SHOWN_FILES = 5;
const MOST_FILES = 500;

/** Collects changes until it is quiet; all of them are one event. */
function armFile(definition: TriggerOf<"file">, host: TriggerHost): ArmedTrigger {
	let changes = new Map<string, FileChange>();
	let cause: number | undefined;
	let more = 0;
	let since = 0;
	let cancel = () => {};
	const flush = () => {
		const event = fileEvent([...changes.values()], more);
		const ledBy = cause;
		[changes, cause, more] = [new Map(), undefined, 0];
		host.fire(event, ledBy);
	};
	const changed = (change: FileChange) => {
		const origin = host.originOfChange();
		if (origin.isOwn && definition.ignoreOwn) return host.ignored(fileEvent([change], 0));
		if (changes.has(change.path) || changes.size < MOST_FILES) changes.set(change.path, change);
		else more++;
		cause = origin.cause ?? cause;
		const now = host.clock.now();
		if (changes.size === 1 && more === 0) since = now;
		const left = since + LONGEST_DEBOUNCE * definition.debounceMs - now;
		cancel();
		cancel = host.clock.after(Math.max(0, Math.min(definition.debounceMs, left)), flush);
	};
	const unwatch = host.watcher.watch(definition.paths, changed, host.trouble);
	return {
		disarm: () => {
			cancel();
			unwatch();
		},
		nextFire: () => undefined,
	};
}

function fileEvent(files: readonly FileChange[], more: number): FireEvent {
	const [first] = files;
	const { path = "", change = "modified" } = first ?? {};
	const count = files.length + more;
	const names = files.slice(0, SHOWN_FILES).map((file) => file.path);
	const summary =
		count === 1
			? `File ${change}: ${path}`
			: `${count} files changed: ${names.join(", ")}${count > names.length ? ", …" : ""}`;
	const data = { file_path: path, change_type: change, files, ...(more > 0 && { more }) };
	return { type: "file", summary, data, source: path };
}

const EVENT_BUFFER = 1_000;

function armSessionEvent(definition: TriggerOf<"session_event">, host: TriggerHost): ArmedTrigger {
	const { eventNames: names, sources, debounceMs } = definition;
	const subscription = host.events.subscribe({ names, buffer: EVENT_BUFFER, ...(sources && { sources }) });
	let isArmed = true;
	let cancel = () => {};
	let lost = 0;
	const heard = (event: RouterEvent) => {
		const { dropped } = subscription.stats();
		if (dropped > lost) host.dropped(dropped - lost);
		lost = dropped;
		const { cause, isOwn } = host.originOf(event);
		const fired = sessionEvent(event);
		if (isOwn && definition.ignoreOwn) return host.ignored(fired);
		if (debounceMs === 0) return host.fire(fired, cause);
		cancel();
		cancel = host.clock.after(debounceMs, () => host.fire(fired, cause));
	};
	const listen = async () => {
		for await (const event of subscription) {
			if (!isArmed) return;
			heard(event);
		}
	};
	listen().catch((error) => host.trouble(`cannot listen to events any more: ${error}`));
	return {
		disarm: () => {
			isArmed = false;
			cancel();
			subscription.close();
		},
		nextFire: () => undefined,
	};
}

function sessionEvent({ name, source, data }: RouterEvent): FireEvent {
	return { type: "session_event", summary: `Session event '${name}' from ${source || "unknown"}`, data, source };
}
