import { Cron } from "croner";
import { reasonOf } from "../../platform/reason-of.ts";

/** Points in time that follow a rule. */
export interface Schedule {
	/** The first one later than `after`, in milliseconds since 1970; nothing where there is none. */
	next(after: number): number | undefined;
}

/** Every so many milliseconds, counted from `anchor`: however late a timer is, the next one is not. */
export function everyInterval(intervalMs: number, anchor: number): Schedule {
	return {
		next: (after) => anchor + (Math.floor(Math.max(0, after - anchor) / intervalMs) + 1) * intervalMs,
	};
}

/**
 * The times of a cron expression of five or six fields (with seconds), or a nickname such as `@daily`.
 *
 * @param timezone an IANA name, the system's own when absent
 * @throws Error that says what is wrong with the expression or the zone
 */
export function atCronTimes(expression: string, timezone?: string): Schedule {
	const fields = expression.trim().split(/\s+/);
	const isNickname = fields.length === 1 && /^@[a-z]+$/i.test(fields[0] ?? "");
	if (!isNickname && fields.length !== 5 && fields.length !== 6)
		throw new Error(`expected 5 fields (minute first) or 6 (second first), got ${fields.length}`);
	if (timezone !== undefined) checkZone(timezone);
	const cron = new Cron(expression.trim(), { paused: true, ...(timezone !== undefined && { timezone }) });
	const next = (after: number) => cron.nextRun(new Date(after))?.getTime();
	if (next(0) === undefined) throw new Error("it names no time at all");
	return { next };
}

function checkZone(timezone: string): void {
	try {
		new Intl.DateTimeFormat("en", { timeZone: timezone });
	} catch (error) {
		throw new Error(`${reasonOf(error)}; expected a time zone such as Europe/Berlin`);
	}
}

/** What is due by now of what came after the last look. */
export interface Due {
	/** The time that is due now, or a moment ago. */
	readonly onTime: number | undefined;
	/** How many times passed before it without anybody to act: pi was not running, or the computer slept. */
	readonly missed: number;
	/** The latest of these; `undefined` when there are none. */
	readonly latestMissed: number | undefined;
}

/** What is at most so late counts as on time. */
const GRACE_MS = 60_000;
/** More are not counted: each takes a look into the calendar. */
export const MOST_MISSED = 1_000;

/** @param after the last time that was dealt with */
export function dueBetween(schedule: Schedule, after: number, now: number): Due {
	const onTime = latestBetween(schedule, Math.max(after, now - GRACE_MS), now);
	const end = onTime === undefined ? now : onTime - 1;
	let missed = 0;
	let latestMissed: number | undefined;
	for (let at = schedule.next(after); at !== undefined && at <= end && missed < MOST_MISSED; at = schedule.next(at)) {
		missed++;
		latestMissed = at;
	}
	return { onTime, missed, latestMissed: missed === MOST_MISSED ? end : latestMissed };
}

function latestBetween(schedule: Schedule, after: number, now: number): number | undefined {
	let latest: number | undefined;
	for (let at = schedule.next(after); at !== undefined && at <= now; at = schedule.next(at)) latest = at;
	return latest;
}
