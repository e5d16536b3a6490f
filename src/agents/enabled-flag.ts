import { isDeepStrictEqual } from "node:util";
import { CST, Parser } from "yaml";
import { parseBoundedYaml } from "../platform/bounded-yaml.ts";
import { type FrontMatter, readFrontMatter } from "../platform/front-matter.ts";
import type { FileOrigin } from "./agent-file.ts";
import { readFlag } from "./agent-file-values.ts";
import type { AgentFileWriter, AgentPlace, AgentWrite } from "./agent-file-writer.ts";

const OFF = "enabled: false";
const FENCES = /^(\uFEFF?---[ \t]*(?:\r\n?|\n))((?:[\s\S]*?(?:\r\n?|\n))??)(---[ \t]*(?:\r\n?|\n|$)[\s\S]*)$/;

/** @returns the text with `enabled: false` in its front matter and all else as it was; nothing where that is not possible */
export function disabledText(text: string): string | undefined {
	const { open, keys, rest, lineEnd } = partsOf(text);
	const flag = flagIn(keys);
	if (flag === "unclear") return undefined;
	if (flag && isOff(flag.source)) return text;
	let changed: string;
	if (flag) changed = open + withFlag(keys, flag, "false") + rest;
	else if (open !== "") changed = `${open}${OFF}${lineEnd}${keys}${rest}`;
	else changed = text.replace(/^\uFEFF?/, (mark) => `${mark}---${lineEnd}${OFF}${lineEnd}---${lineEnd}`);
	return isSameButSwitched("off", text, changed) ? changed : undefined;
}

/** `nothing`: the file holds nothing else. `unclear`: it is not disabled, or in no form that can be changed here. */
export type Enabled = { readonly kind: "text"; readonly text: string } | { readonly kind: "nothing" | "unclear" };

/** Takes a line that says only `enabled: false` out again; elsewhere the flag becomes `true`. */
export function enabledText(text: string): Enabled {
	const { open, keys, rest } = partsOf(text);
	const flag = flagIn(keys);
	if (!flag || flag === "unclear") return { kind: "unclear" };
	const changed = switchedOn({ open, keys, rest }, flag);
	if (!isSameButSwitched("on", text, changed)) return { kind: "unclear" };
	return changed.trim() === "" ? { kind: "nothing" } : { kind: "text", text: changed };
}

/** A text and its front matter, cut apart. */
interface Parts {
	/** The opening fence with its line end; `""` where there is no front matter. */
	readonly open: string;
	readonly keys: string;
	/** From the closing fence on. */
	readonly rest: string;
	readonly lineEnd: string;
}

function partsOf(text: string): Parts {
	const [, open = "", keys = "", rest = text] = FENCES.exec(text) ?? [];
	return { open, keys, rest, lineEnd: /\r\n?|\n/.exec(text)?.[0] ?? "\n" };
}

function switchedOn({ open, keys, rest }: Omit<Parts, "lineEnd">, flag: Flag): string {
	const [line = ""] = /^[^\r\n]*(?:\r\n?|\n|$)/.exec(keys.slice(flag.lineStart)) ?? [];
	if (line.trim() !== OFF) return open + withFlag(keys, flag, "true") + rest;
	const left = keys.slice(0, flag.lineStart) + keys.slice(flag.lineStart + line.length);
	if (left !== "") return open + left + rest;
	const body = rest.replace(/^---[ \t]*(?:\r\n?|\n|$)/, "");
	if (/^\uFEFF?---[ \t]*(?:[\r\n]|$)/.test(body)) return open + rest; // without its fences it would be read as front matter itself
	return (open.startsWith("\uFEFF") ? "\uFEFF" : "") + body;
}

interface Flag {
	/** As it is written, without quotes. */
	readonly source: string;
	readonly start: number;
	readonly end: number;
	readonly lineStart: number;
}

/** The value of `enabled` in YAML; `unclear` where the keys are no plain lines. */
function flagIn(keys: string): Flag | "unclear" | undefined {
	const lines = keys.replace(/\r(?!\n)/g, "\n"); // as long as it was, so that places stay what they are
	if ("kind" in parseBoundedYaml(lines)) return "unclear";
	const [document] = [...new Parser().parse(lines)].filter((token) => token.type === "document");
	if (!document?.value) return undefined;
	if (document.value.type !== "block-map") return "unclear";
	const [pair, another] = document.value.items.filter(
		({ key }) => CST.isScalar(key) && unquoted(key.source) === "enabled",
	);
	if (!pair) return undefined;
	return another ? "unclear" : placeOf(pair, lines);
}

function placeOf({ key, value }: CST.CollectionItem, lines: string): Flag | "unclear" {
	if (!CST.isScalar(key) || !CST.isScalar(value) || !/^\S+$/.test(value.source)) return "unclear";
	const lineStart = key.offset === 0 ? 0 : lines.lastIndexOf("\n", key.offset - 1) + 1;
	const end = value.offset + value.source.length;
	return { source: unquoted(value.source), start: value.offset, end, lineStart };
}

function unquoted(source: string): string {
	return source.replaceAll(/^["']|["']$/g, "");
}

function withFlag(keys: string, { start, end }: Flag, value: "true" | "false"): string {
	return keys.slice(0, start) + value + keys.slice(end);
}

function isOff(source: string): boolean {
	const flag = readFlag(source);
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

type Writer = Pick<AgentFileWriter, "read" | "create" | "change" | "remove">;

/** What stands in the way of an agent that needs no file of its own. */
const OFF_FILE = "---\nenabled: false\n---\n";

/** A built-in agent is taken away by a file of its name that says nothing else. */
export function disableBuiltIn(writer: Writer, origin: FileOrigin, name: string): Promise<AgentWrite> {
	return writer.create({ origin, name, text: OFF_FILE });
}

export function disableFile(writer: Writer, place: AgentPlace): Promise<AgentWrite> {
	return switched(writer, place, async (text) => {
		const off = disabledText(text);
		return off === undefined ? byHand(place.file, "Put `enabled: false` there") : writer.change(place, text, off);
	});
}

/** A file that says nothing else is removed, so that what is below it is in force again. */
export function enableFile(writer: Writer, place: AgentPlace): Promise<AgentWrite> {
	return switched(writer, place, async (text) => {
		const on = enabledText(text);
		if (on.kind === "nothing") return writer.remove(place, text);
		return on.kind === "text" ? writer.change(place, text, on.text) : byHand(place.file, "Take `enabled` out there");
	});
}

async function switched(
	writer: Writer,
	place: AgentPlace,
	change: (text: string) => Promise<AgentWrite>,
): Promise<AgentWrite> {
	const now = writer.read(place.file);
	if (now.kind === "gone") return { kind: "changed", file: place.file, text: undefined };
	return now.kind === "refused" ? now : change(now.text);
}

function byHand(file: string, how: string): AgentWrite {
	const reason = `${file}: its front matter is written in a way that cannot be changed from here. ${how} in the editor.`;
	return { kind: "refused", reason };
}
