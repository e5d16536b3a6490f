import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar } from "yaml";
import { readFlag } from "./agent-file-values.ts";
import { parseBoundedYaml } from "./bounded-yaml.ts";
import { type FrontMatter, readFrontMatter } from "./front-matter.ts";

/** A text with its front matter apart, just as it stands. */
interface Parts {
	/** The opening fence with its line end; `""` when there is no front matter. */
	readonly open: string;
	readonly keys: string;
	/** From the closing fence on. */
	readonly rest: string;
	readonly lineEnd: string;
}

const OFF = "enabled: false";
const FENCES = /^(\uFEFF?---[ \t]*(?:\r\n?|\n))((?:[\s\S]*?(?:\r\n?|\n))??)(---[ \t]*(?:\r\n?|\n|$)[\s\S]*)$/;

/** A remark behind the value says what was there before, where the line alone does not tell. */
const REMARK = /^ # was: (\S+)/;
const EMPTY_KEYS = "empty";
const BLANK_FILE = "blank";

/** @returns the text with the agent taken away and all else as it was; nothing when that cannot be done */
export function disabledText(text: string): string | undefined {
	const parts = partsOf(text);
	const { open, keys, rest, lineEnd } = parts;
	const value = enabledValue(keys);
	let changed: string;
	if (value === "elsewhere") return undefined;
	if (value && isOff(value.text)) return text;
	if (value) changed = open + replaced(keys, value, `false # was: ${value.text}`) + rest;
	else if (open === "") changed = withFences(text, parts);
	else changed = `${open}${OFF}${keys === "" ? ` # was: ${EMPTY_KEYS}` : ""}${lineEnd}${keys}${rest}`;
	return isSameButSwitched("off", text, changed) ? changed : undefined;
}

/** `nothing`: the file held nothing else. `unclear`: it cannot be done here. */
export type Enabled = { readonly kind: "text"; readonly text: string } | { readonly kind: "nothing" | "unclear" };

/** Undoes just that. */
export function enabledText(text: string): Enabled {
	const parts = partsOf(text);
	const value = enabledValue(parts.keys);
	if (!value || value === "elsewhere") return { kind: "unclear" };
	const was = REMARK.exec(parts.keys.slice(value.end));
	const changed = withoutOff(parts, value, was);
	if (!isSameButSwitched("on", text, changed)) return { kind: "unclear" };
	if (changed.trim() === "" && was?.[1] !== BLANK_FILE) return { kind: "nothing" };
	return { kind: "text", text: changed };
}

function partsOf(text: string): Parts {
	const [, open = "", keys = "", rest = text] = FENCES.exec(text) ?? [];
	return { open, keys, rest, lineEnd: /\r\n?|\n/.exec(text)?.[0] ?? "\n" };
}

function withFences(text: string, { lineEnd }: Parts): string {
	const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
	const body = text.slice(mark.length);
	const remark = body.trim() === "" ? ` # was: ${BLANK_FILE}` : "";
	return `${mark}---${lineEnd}${OFF}${remark}${lineEnd}---${lineEnd}${body}`;
}

function withoutOff({ open, keys, rest }: Parts, value: Value, remark: RegExpExecArray | null): string {
	const [line = ""] = /^[^\r\n]*(?:\r\n?|\n|$)/.exec(keys.slice(value.lineStart)) ?? [];
	const was = remark?.[1];
	const isOurLine = line.trim() === OFF || was === EMPTY_KEYS || was === BLANK_FILE;
	if (!isOurLine) {
		const end = value.end + (remark?.[0].length ?? 0);
		return open + replaced(keys, { start: value.start, end }, was ?? "true") + rest;
	}
	const left = keys.slice(0, value.lineStart) + keys.slice(value.lineStart + line.length);
	if (left !== "" || was === EMPTY_KEYS) return open + left + rest;
	return (open.startsWith("\uFEFF") ? "\uFEFF" : "") + rest.replace(/^---[ \t]*(?:\r\n?|\n|$)/, "");
}

interface Value {
	readonly text: string;
	readonly start: number;
	readonly end: number;
	readonly lineStart: number;
}

/** Where the key's value stands; `elsewhere`: not in a line of its own, or in no form that could be put back. */
function enabledValue(keys: string): Value | "elsewhere" | undefined {
	const lines = keys.replace(/\r(?!\n)/g, "\n"); // as long as it was, so that places stay what they are
	const document = parseBoundedYaml(lines); // its errors were told long ago
	if ("kind" in document) return "elsewhere";
	const { contents } = document;
	if (!isMap(contents)) return contents === null ? undefined : "elsewhere";
	if (contents.flow) return "elsewhere";
	const pair = contents.items.find(({ key }) => isScalar(key) && key.value === "enabled");
	if (!pair) return undefined;
	const { key, value } = pair;
	if (!isScalar(key) || !isScalar(value) || !key.range || !value.range) return "elsewhere";
	const [start, end] = value.range;
	const text = keys.slice(start, end);
	return /^\S+$/.test(text) ? { text, start, end, lineStart: key.range[0] } : "elsewhere";
}

function replaced(text: string, { start, end }: Pick<Value, "start" | "end">, instead: string): string {
	return text.slice(0, start) + instead + text.slice(end);
}

function isOff(text: string): boolean {
	const flag = readFlag(text.replaceAll(/^["']|["']$/g, ""));
	return flag.kind === "value" && !flag.value;
}

/** Reads both as pi does: nothing but the flag may have changed. */
function isSameButSwitched(to: "on" | "off", before: string, after: string): boolean {
	const [old, now] = [readFrontMatter(before), readFrontMatter(after)];
	if (old.kind !== "read" || now.kind !== "read" || old.body !== now.body) return false;
	const flag = readFlag(now.keys.get("enabled")?.value);
	const isEnabled = flag.kind === "bad" || flag.value;
	return isEnabled === (to === "on") && isDeepStrictEqual(otherValues(old), otherValues(now));
}

function otherValues({ keys }: FrontMatter): unknown[] {
	return [...keys].filter(([key]) => key !== "enabled").map(([key, { value }]) => [key, value]);
}
