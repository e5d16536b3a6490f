import type { KeybindingsManager, Theme } from "@mariozechner/pi-coding-agent";
import { type Keybinding, type KeyId, visibleWidth } from "@mariozechner/pi-tui";
import { Line } from "../components/line.ts";

/** A key and what it does, for the help line. */
export interface Hint {
	readonly key: string;
	readonly does: string;
	/** How the screen is left: what is shown where there is no room for all. */
	readonly isWayOut?: boolean;
}

const BETWEEN = "  ";

/** What a person has bound, by its first key; nothing where no key is left for it. */
export function boundHint(keys: KeybindingsManager, binding: Keybinding, does: string): Hint[] {
	const [key] = keys.getKeys(binding);
	return key === undefined ? [] : [{ key: keyName(key), does }];
}

/** The way out of a screen. */
export function wayOutHint(keys: KeybindingsManager, does: string): Hint[] {
	return boundHint(keys, "tui.select.cancel", does).map((hint) => ({ ...hint, isWayOut: true }));
}

/** Both directions in one hint; arrows as the host draws them, unless a person has others. */
export function moveHint(keys: KeybindingsManager, does: string): Hint[] {
	const [up] = keys.getKeys("tui.select.up");
	const [down] = keys.getKeys("tui.select.down");
	if (up === "up" && down === "down") return [{ key: "↑↓", does }];
	const named = [up, down].flatMap((key) => (key === undefined ? [] : [keyName(key)]));
	return named.length > 0 ? [{ key: named.join("/"), does }] : [];
}

/** A key as a person types it: `X` for `shift+x`. */
export function keyName(key: KeyId): string {
	return /^shift\+[a-z]$/.test(key) ? key.slice(-1).toUpperCase() : key;
}

/** The hints in as many lines as they need, none broken in the middle unless it alone is wider than the width. */
export function hintLines(hints: readonly Hint[], width: number, theme: Theme): string[] {
	return laidOut(hints, width).flatMap((row) => drawn(row, theme).render(width));
}

/** As many of these lines as there is room for; the way out is among them. */
export function hintLinesIn(rows: number, hints: readonly Hint[], width: number, theme: Theme): string[] {
	const isLost = laidOut(hints, width)
		.slice(rows)
		.some((row) => row.some(({ isWayOut }) => isWayOut));
	const wayOutFirst = [...hints].sort((one, other) => Number(other.isWayOut ?? false) - Number(one.isWayOut ?? false));
	return hintLines(isLost ? wayOutFirst : hints, width, theme).slice(0, rows);
}

function laidOut(hints: readonly Hint[], width: number): readonly Hint[][] {
	const rows: Hint[][] = [];
	let room = 0;
	for (const hint of hints) {
		const needed = visibleWidth(`${hint.key} ${hint.does}`);
		if (rows.length === 0 || needed + BETWEEN.length > room) {
			rows.push([]);
			room = width + BETWEEN.length;
		}
		rows.at(-1)?.push(hint);
		room -= needed + BETWEEN.length;
	}
	return rows;
}

function drawn(row: readonly Hint[], theme: Theme): Line {
	const pieces = row.flatMap(({ key, does }, index) => [
		{ text: `${index > 0 ? BETWEEN : ""}${key}`, paint: (text: string) => theme.fg("dim", text) },
		{ text: ` ${does}`, paint: (text: string) => theme.fg("muted", text) },
	]);
	return new Line(pieces);
}
