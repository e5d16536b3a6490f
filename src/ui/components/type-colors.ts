import type { Theme } from "@mariozechner/pi-coding-agent";
import { colorNamed, type Rgb } from "../../domain/agent-color.ts";
import type { AgentDefinition } from "../../domain/agent-definition.ts";

/** By type in lower case. One for all drawings of this copy of us: a drawing knows a type by its name alone. */
const colors = new Map<string, Rgb>();

/** The types there are now: from here on each is drawn in the color of its file. */
export function showTypesInColors(definitions: readonly Pick<AgentDefinition, "name" | "color">[]): void {
	colors.clear();
	for (const { name, color } of definitions) {
		const rgb = color === undefined ? undefined : colorNamed(color);
		if (rgb) colors.set(name.toLowerCase(), rgb);
	}
}

type Paint = (text: string) => string;

/** @returns nothing for a type without a color of its own */
export function typePaint(type: string, theme: Theme): Paint | undefined {
	const rgb = colors.get(type.toLowerCase());
	return rgb && colorPaint(rgb, theme);
}

/** For a piece of a line that begins with a status's glyph, which keeps the status's color. */
export function namePaint(
	type: string,
	theme: Theme,
	status: { readonly glyph: string; readonly paint: Paint },
): Paint {
	const paint = typePaint(type, theme);
	if (!paint) return status.paint;
	const { length } = status.glyph;
	return (text) => status.paint(text.slice(0, length)) + paint(text.slice(length));
}

/** Ends with the terminal's own color for text, as the theme's colors do: a background stays. */
export function colorPaint(rgb: Rgb, theme: Partial<Pick<Theme, "getColorMode">>): Paint {
	const code = theme.getColorMode?.() === "256color" ? `5;${inCube(rgb)}` : `2;${rgb.join(";")}`;
	return (text) => (text === "" ? "" : `\x1b[38;${code}m${text}\x1b[39m`);
}

/** Of the 216 colors that every terminal of 256 has. */
function inCube(rgb: Rgb): number {
	const [red, green, blue] = rgb.map((part) => Math.round((part / 255) * 5));
	return 16 + 36 * (red ?? 0) + 6 * (green ?? 0) + (blue ?? 0);
}
