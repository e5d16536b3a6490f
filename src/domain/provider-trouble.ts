/**
 * A provider's refusal to serve a call now, read from its error.
 *
 * - `busy`: a rate limit or an overload that passes soon. `waitMs` is how long the provider asks to wait; absent where it does
 *   not say.
 * - `exhausted`: a quota that does not come back within `LONGEST_WAIT_MS`; `waitMs` is absent where nobody says when it does.
 */
export type ProviderTrouble =
	| { readonly kind: "busy"; readonly waitMs?: number }
	| { readonly kind: "exhausted"; readonly waitMs?: number };

/** Beyond this a limit is a quota, which is not waited for: the run fails at once and says when it resets. */
export const LONGEST_WAIT_MS = 5 * 60_000;

/** Statuses with which a provider says that it does not serve us right now. 503 counts where it says how long. */
export const TROUBLE_STATUSES: readonly number[] = [429, 503, 529];

/**
 * Reads a provider's error. Other faults (a broken connection, a bad request, a context that is too long) are no trouble in this
 * sense: if all other calls waited, it would not help them.
 *
 * @param text the error as the host passes it on
 * @param now epoch milliseconds
 * @param headerMs how long the headers of the response said to wait; absent where nobody saw any
 */
export function readTrouble(text: string, now: number, headerMs?: number): ProviderTrouble | undefined {
	const isRefusal = BUSY.test(text) || EXHAUSTED.test(text) || (headerMs !== undefined && UNAVAILABLE.test(text));
	if (!isRefusal || TOO_LARGE.test(text)) return undefined;
	const waitMs = longer(headerMs, statedWait(text, now));
	if (waitMs === undefined) return { kind: EXHAUSTED.test(text) ? "exhausted" : "busy" };
	return { kind: waitMs > LONGEST_WAIT_MS ? "exhausted" : "busy", waitMs };
}

const UNAVAILABLE = /(?<![a-z0-9.])503(?![a-z0-9])/i;

const BUSY =
	/(?<![a-z0-9.])(?:429|529)(?![a-z0-9])|too many requests|rate.?limit|throttl|overloaded|server_busy|at capacity|experiencing high demand|usage.?limit/i;

/** Of these the time decides where there is one: some providers say "quota" of a limit per minute, too. */
const EXHAUSTED =
	/insufficient_quota|exceeded your current quota|quota exceeded|usage.?limit|out of budget|billing|credit balance is too low/i;

/** One request that no waiting makes fit into the limit. */
const TOO_LARGE = /request too large|prompt is too long|context.?(?:window|length) exceeded/i;

function longer(one: number | undefined, other: number | undefined): number | undefined {
	if (one === undefined || other === undefined) return one ?? other;
	return Math.max(one, other);
}

/**
 * The value of a `retry-after` header: seconds, or an HTTP date.
 *
 * @returns milliseconds from now; undefined for what is neither. A time that has passed is 0.
 */
export function retryAfterMs(value: string, now: number): number | undefined {
	const text = value.trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
	if (!/[a-z]/i.test(text)) return undefined; // "-1" would be read as a date
	const at = Date.parse(text);
	return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** The value of a `retry-after-ms` header. */
export function retryAfterMilliseconds(value: string): number | undefined {
	return /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

const NUMBER = String.raw`(\d+(?:\.\d+)?)`;
const SPAN = String.raw`((?:~\s*)?(?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])[\s,]*(?:and\s+)?)+)`;
const IN_WORDS = new RegExp(
	String.raw`(?:try again|retry|resets?|available(?: again)?|wait|retry.?after|retry.?delay|requested)\W{0,6}(?:in|after|for|of|is|at least)?\W{0,6}(?:about\s+|approximately\s+)?${SPAN}`,
	"gi",
);
const IN_SECONDS = new RegExp(
	String.raw`(?:retry.?after(?:.?seconds)?|resets?.?in.?seconds|retry.?after.?s)["']?\s*[:=]\s*["']?${NUMBER}(?![\d.]*\s*[a-z-])`,
	"gi",
);
const IN_MILLISECONDS = new RegExp(String.raw`retry.?after.?ms["']?\s*[:=]\s*["']?${NUMBER}`, "gi");
const AT_TIME =
	/(?:resets?|try again|retry|available)\w*["']?\W{1,6}(?:at|after|on)?\W{0,4}(\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)/gi;
const AT_EPOCH = /(?:resets?.?at["']?\s*[:=]\s*["']?|limit reached\|)(\d{10}(?:\d{3})?)(?!\d)/gi;

/** How long an error's text says to wait, in milliseconds; the longest where it says several. */
function statedWait(text: string, now: number): number | undefined {
	const short = text.slice(0, MOST_TEXT); // some providers send whole pages
	const waits = [
		...all(short, IN_WORDS).map(spanMs),
		...all(short, IN_SECONDS).map((seconds) => Number(seconds) * 1000),
		...all(short, IN_MILLISECONDS).map(Number),
		...all(short, AT_TIME).map((time) => Date.parse(time) - now),
		...all(short, AT_EPOCH).map((epoch) => Number(epoch.padEnd(13, "0")) - now),
	].filter((wait) => Number.isFinite(wait));
	return waits.length === 0 ? undefined : Math.max(0, ...waits);
}

const MOST_TEXT = 4000;

function all(text: string, pattern: RegExp): string[] {
	return [...text.matchAll(pattern)].map(([, found = ""]) => found);
}

const UNITS: readonly (readonly [RegExp, number])[] = [
	[/^(milliseconds?|ms)$/i, 1],
	[/^(seconds?|secs?|s)$/i, 1000],
	[/^(minutes?|mins?|m)$/i, 60_000],
	[/^(hours?|hrs?|h)$/i, 3_600_000],
	[/^(days?|d)$/i, 86_400_000],
];

/** `1h2m3.5s`, `5 hours`, `3 minutes and 20 seconds`. */
function spanMs(span: string): number {
	const parts = [...span.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)];
	return parts.reduce((sum, [, count, unit = ""]) => {
		const [, ms = 0] = UNITS.find(([pattern]) => pattern.test(unit)) ?? [];
		return sum + Number(count) * ms;
	}, 0);
}
