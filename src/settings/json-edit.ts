import { applyEdits, modify, type Node, type ParseError, parse, parseTree, printParseErrorCode } from "jsonc-parser";
import type { SettingKey } from "../domain/settings.ts";
import { shownValue } from "../platform/describe.ts";
import { isNestedTooDeep } from "../platform/json-depth.ts";

/** Where something stands in a text, both from 1. */
export interface TextPlace {
	readonly line: number;
	readonly column: number;
}

/** What the text of a settings file says. */
export type SettingsText =
	| { readonly kind: "object"; readonly values: object }
	| { readonly kind: "unusable"; readonly message: string; readonly place: TextPlace | undefined };

const STRICT = { disallowComments: true, allowTrailingComma: false };
const MOST_REPEATS = 100; // the text is read again for each
const BYTE_ORDER_MARK = "\uFEFF"; // some editors begin a file with it; no JSON, but no mistake of the person's either

export function readSettingsText(text: string): SettingsText {
	const json = withoutMark(text);
	try {
		const values: unknown = JSON.parse(json);
		if (typeof values === "object" && values !== null && !Array.isArray(values)) return { kind: "object", values };
		const message = `expected an object of settings, found ${shownValue(values)}`;
		return { kind: "unusable", message, place: undefined };
	} catch (error) {
		return { kind: "unusable", ...syntaxProblem(json, error as SyntaxError) };
	}
}

/** Where a key stands, the last time if it is there more than once: that one holds. */
export function placeOfSetting(text: string, key: string): TextPlace | undefined {
	const json = withoutMark(text);
	const member = whereFlat(json, () => membersOf(json, key).at(-1));
	return member && placeAt(json, member.offset);
}

/**
 * The text with one key changed, or taken out for `undefined`: everything else stays as it was written, numbers that
 * JavaScript cannot hold and keys that occur twice included.
 *
 * @param text JSON that holds an object
 * @returns nothing when the text is nested deeper, or repeats the key more often, than can be followed
 */
export function withSetting(text: string, key: SettingKey, value: unknown): string | undefined {
	return whereFlat(text, () => {
		const formattingOptions = formattingOf(text);
		const change = (json: string, to: unknown) => applyEdits(json, modify(json, [key], to, { formattingOptions }));
		let json = withoutMark(text);
		const surplus = membersOf(json, key).length - (value === undefined ? 0 : 1);
		if (surplus > MOST_REPEATS) return undefined;
		for (let left = surplus; left > 0; left--) json = change(json, undefined);
		if (value !== undefined) json = change(json, value);
		const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
		return mark + (json.endsWith("\n") ? json : json + formattingOptions.eol);
	});
}

function withoutMark(text: string): string {
	return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** Node's own words differ from version to version and seldom name the place. */
function syntaxProblem(json: string, error: SyntaxError): { message: string; place: TextPlace | undefined } {
	const problems: ParseError[] = [];
	whereFlat(json, () => parse(json, problems, STRICT));
	const [first] = problems;
	if (!first) return { message: `not valid JSON: ${error.message}`, place: undefined };
	const words = printParseErrorCode(first.error).replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`);
	return { message: `not valid JSON: ${words.toLowerCase()}`, place: placeAt(json, first.offset) };
}

function membersOf(json: string, key: string): Node[] {
	const root = parseTree(json);
	return (root?.children ?? []).filter(({ children }) => children?.[0]?.value === key);
}

function placeAt(json: string, offset: number): TextPlace {
	const before = json.slice(0, offset).split(/\r\n|\r|\n/);
	return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

function formattingOf(text: string) {
	const [, indentation = "\t"] = /^([ \t]+)"/m.exec(text) ?? [];
	const insertSpaces = indentation.startsWith(" ");
	return { insertSpaces, tabSize: insertSpaces ? indentation.length : 1, eol: text.includes("\r\n") ? "\r\n" : "\n" };
}

/** The parser calls itself for each level of nesting. @returns nothing where there are more than it can be trusted with */
function whereFlat<T>(json: string, work: () => T): T | undefined {
	return isNestedTooDeep(json) ? undefined : work();
}
