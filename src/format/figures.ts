/** `850ms`, `2.3s`, `4m 07s`, `1h 02m`: short enough for one status line among others. */
export function formatDuration(milliseconds: number): string {
	if (milliseconds < 999.5) return `${Math.max(0, Math.round(milliseconds))}ms`;
	const seconds = milliseconds / 1000;
	if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
	const minutes = Math.floor(Math.round(seconds) / 60);
	if (minutes < 60) return `${minutes}m ${padded(Math.round(seconds) % 60)}s`;
	return `${Math.floor(minutes / 60)}h ${padded(minutes % 60)}m`;
}

/** `950`, `1.2k`, `34k`, `1.5M`. */
export function formatTokens(count: number): string {
	if (count < 1000) return `${count}`;
	if (count < 9950) return `${(count / 1000).toFixed(1)}k`;
	if (count < 999_500) return `${Math.round(count / 1000)}k`;
	return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `0s`, `41s`, `4m 07s`, `1h 02m`: what still grows, so it changes once a second at most. */
export function formatElapsed(milliseconds: number): string {
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	return seconds < 60 ? `${seconds}s` : formatDuration(seconds * 1000);
}

/** US dollars: `$0.004`, `$1.250`, `$12.50`. */
export function formatCost(usd: number): string {
	return `$${usd.toFixed(usd < 9.9995 ? 3 : 2)}`;
}

export function formatCount(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The beginning of an id, as screens show it; every command takes it. */
export function shortId(id: string): string {
	return id.slice(0, SHORT_ID);
}

/** Of 36 characters each: in one session no two begin alike. */
const SHORT_ID = 8;

function padded(value: number): string {
	return `${value}`.padStart(2, "0");
}
