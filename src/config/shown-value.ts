import { cutText } from "../domain/shorten.ts";

const SHOWN = 80;

/** A value as JSON has it, or the beginning of that. Never throws, however deep the value is. */
export function shownValue(value: unknown): string {
	return cutText(jsonOf(value), SHOWN).text;
}

function jsonOf(value: unknown): string {
	try {
		return JSON.stringify(value) ?? String(value);
	} catch {
		return outerJson(value); // the stack does not reach to the bottom of it
	}
}

/** By hand, for as deep as is shown. */
function outerJson(value: unknown, depth = 0): string {
	if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
	if (depth > SHOWN) return "…";
	const inner = (part: unknown) => outerJson(part, depth + 1);
	if (Array.isArray(value)) return `[${value.slice(0, SHOWN).map(inner).join()}]`;
	const members = Object.entries(value).slice(0, SHOWN);
	return `{${members.map(([key, part]) => `${JSON.stringify(key)}:${inner(part)}`).join()}}`;
}
