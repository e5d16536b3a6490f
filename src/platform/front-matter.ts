import { type Document, isMap, isNode, isScalar, LineCounter } from "yaml";
import { MOST_ALIASES, parseBoundedYaml, type YamlBurden } from "./bounded-yaml.ts";
import { reasonOf } from "./reason-of.ts";

/** A markdown file taken apart: its keys with the lines they stand in, and its body. */
export interface FrontMatter {
	readonly kind: "read";
	readonly keys: ReadonlyMap<string, KeyValue>;
	readonly body: string;
	/** The keys were not YAML and were read line by line; where and why. */
	readonly leniently?: Trouble;
}

export interface KeyValue {
	readonly value: unknown;
	readonly line: number;
	/** It is written in lines of its own throughout, not in braces or brackets: simple readers of YAML understand it too. */
	readonly isBlock?: true;
}

/** Why a file cannot be read, and where. */
export interface Trouble {
	readonly kind: "unreadable";
	readonly line: number;
	readonly column?: number;
	readonly message: string;
	/** It was not parsed for its size, and no other reading of it is tried. */
	readonly isTooMuch?: true;
}

const MOST_KEYS_TEXT = 64 * 1024;

/** Never throws. A text without front matter is all body. */
export function readFrontMatter(text: string): FrontMatter | Trouble {
	const plain = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
	if (!/^---[ \t]*(\n|$)/.test(plain)) return { kind: "read", keys: new Map(), body: trimmed(plain) };
	const match = /^---[ \t]*\n(?:([\s\S]*?)\n)??---[ \t]*(?:\n|$)/.exec(plain);
	if (!match)
		return {
			kind: "unreadable",
			line: 1,
			message: "the front matter is not closed; expected a line `---` after it",
		};
	const keysText = match[1] ?? "";
	const body = trimmed(plain.slice(match[0].length));
	if (keysText.length > MOST_KEYS_TEXT) {
		return { kind: "unreadable", line: 1, message: `the front matter is longer than ${MOST_KEYS_TEXT} characters` };
	}
	const keys = readYaml(keysText);
	if (!("kind" in keys)) return { kind: "read", keys, body };
	if (keys.isTooMuch) return keys;
	const lenient = readYaml(quotedValues(keysText));
	if (!("kind" in lenient)) return { kind: "read", keys: lenient, body, leniently: keys };
	return { ...keys, message: `${keys.message}; expected lines \`key: value\`, text with odd signs in quotes` };
}

/** Without blank lines around it; how far its first line is indented is part of what it says. */
function trimmed(body: string): string {
	return body.replace(/^(?:[ \t]*\n)+/, "").trimEnd();
}

function readYaml(text: string): ReadonlyMap<string, KeyValue> | Trouble {
	const lines = new LineCounter();
	try {
		const document = parseBoundedYaml(text, { lineCounter: lines });
		if ("kind" in document) return tooMuch(text, document);
		const [error] = [...document.errors, ...document.warnings]; // of a tag nobody knows: the word would be lost
		if (error) return trouble(lines, error.pos[0], reasonIn(error.message));
		return keyValues(document, lines);
	} catch (error) {
		return trouble(lines, 0, reasonIn(reasonOf(error)));
	}
}

function keyValues(document: Document, lines: LineCounter): ReadonlyMap<string, KeyValue> | Trouble {
	const { contents } = document;
	if (contents === null) return new Map();
	if (!isMap(contents)) return trouble(lines, 0, "the front matter is no list of keys");
	// A Map, because a plain object would take a key `__proto__` for something else.
	const read = new Map<string, KeyValue>();
	for (const { key, value } of contents.items) {
		const name = isScalar(key) ? String(key.value) : String(key);
		const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
		const plain = isNode(value) ? value.toJS(document, { maxAliasCount: MOST_ALIASES }) : value;
		read.set(name, { value: plain, line: placeOf(lines, offset).line, ...(isBlockMap(value) && { isBlock: true }) });
	}
	return read;
}

function isBlockMap(node: unknown): boolean {
	return isMap(node) && !node.flow && node.items.every(({ value }) => isScalar(value) || isBlockMap(value));
}

/**
 * Files of other tools often hold sentences with a colon in a plain value, which is no YAML. Their values are taken as they
 * stand when the strict reading has failed, up to the next key.
 */
function quotedValues(text: string): string {
	return text
		.split(/^(?=[A-Za-z_][\w-]*:(?:[ \t]|$))/m)
		.map(quotedValue)
		.join("");
}

/** Keeps the number of lines, so that the places of the other keys stay true. */
function quotedValue(entry: string): string {
	const [, key, value = ""] = /^([A-Za-z_][\w-]*):[ \t]+(.*)$/s.exec(entry) ?? [];
	const lines = value.split("\n");
	if (key === undefined || !(isPlain(lines[0]?.trim() ?? "") || isMisquoted(value.trim()))) return entry;
	const words = lines.map((line) => line.replace(/(^|\s)#.*$|^\.\.\.$/, "").trim()).filter((line) => line !== "");
	return `${key}: ${JSON.stringify(words.join(" "))}${"\n".repeat(lines.length - 1)}`;
}

/** What begins a value that is more than words: a quote, a list, a tag, a block, a name. Not so `*.ts`, `> see` or `!now`. */
const STRUCTURE = /^(?:["'[{#]|!!|[|>][-+\d]*(?:\s+#|$)|[&*][\w-]+(?:\s|$))/;

function isPlain(value: string): boolean {
	return value !== "" && !STRUCTURE.test(value);
}

/** A sentence that begins with a quotation or a word in brackets, or has the quotes of its value in itself. */
function isMisquoted(value: string): boolean {
	const isQuoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[[^\]]*\])(?:\s+#.*)?$/s.test(value);
	return !isQuoted && /^(?:(["']).*\1|\[[^\]]*\][ \t]+[^\s#])/.test(value);
}

/** The parser that counts the lines has not seen it. */
function tooMuch(text: string, { offset, message }: YamlBurden): Trouble {
	const before = text.slice(0, offset).split("\n");
	const place = { line: before.length + 1, column: (before.at(-1) ?? "").length + 1 };
	return { kind: "unreadable", ...place, message, isTooMuch: true };
}

function trouble(lines: LineCounter, offset: number, message: string): Trouble {
	return { kind: "unreadable", ...placeOf(lines, offset), message };
}

/** In the file, where the front matter begins in the second line. */
function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
	const { line, col } = lines.linePos(offset);
	return { line: Math.max(1, line) + 1, column: Math.max(1, col) };
}

function reasonIn(message: string): string {
	return `not valid YAML: ${message.split("\n")[0]}`;
}
