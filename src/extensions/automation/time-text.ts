const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `in 3 h`, `5 min ago`, `now`. */
export function fromNow(at: number, now: number): string {
	const distance = Math.abs(at - now);
	if (distance < 1000) return "now";
	return at > now ? `in ${spanText(distance)}` : `${spanText(distance)} ago`;
}

function spanText(ms: number): string {
	if (ms < MINUTE) return `${Math.round(ms / 1000)} s`;
	if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
	if (ms < 2 * DAY) return `${Math.round(ms / HOUR)} h`;
	return `${Math.round(ms / DAY)} days`;
}

/** `2026-11-28 03:00`, in the zone of this computer. */
export function clockTime(at: number): string {
	const date = new Date(at);
	const two = (value: number) => `${value}`.padStart(2, "0");
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
