/** What agent files of other programs name, and what people write: those of Claude Code, of opencode's themes, of CSS. */
const NAMED: Readonly<Record<string, string>> = {
	red: "#ef4444",
	orange: "#f97316",
	yellow: "#eab308",
	green: "#22c55e",
	cyan: "#06b6d4",
	blue: "#3b82f6",
	purple: "#a855f7",
	pink: "#ec4899",
	magenta: "#d946ef",
	violet: "#8b5cf6",
	indigo: "#6366f1",
	teal: "#14b8a6",
	lime: "#84cc16",
	amber: "#f59e0b",
	gold: "#d4a017",
	brown: "#a16207",
	gray: "#9ca3af",
	grey: "#9ca3af",
	white: "#f3f4f6",
	black: "#4b5563",
	primary: "#3b82f6",
	secondary: "#a855f7",
	accent: "#06b6d4",
	success: "#22c55e",
	warning: "#eab308",
	error: "#ef4444",
	info: "#06b6d4",
};

/** In the order in which a person would try them. */
export const COLOR_EXAMPLES = "red, orange, yellow, green, cyan, blue, purple, pink";

/** Red, green and blue, 0..255 each. */
export type Rgb = readonly [number, number, number];

/** @param text a name in any letter case, `#rgb` or `#rrggbb`. @returns nothing where it is none of these */
export function colorNamed(text: string): Rgb | undefined {
	const word = text.trim().toLowerCase();
	const hex = Object.hasOwn(NAMED, word) ? NAMED[word] : word;
	const [, short, long] = /^#(?:([\da-f]{3})|([\da-f]{6}))$/.exec(hex ?? "") ?? [];
	const digits = long ?? short?.replace(/./g, "$&$&");
	if (digits === undefined) return undefined;
	const part = (at: number) => Number.parseInt(digits.slice(at, at + 2), 16);
	return [part(0), part(2), part(4)];
}
