import { Script } from "node:vm";
import { Compile } from "typebox/compile";
import { shownValue } from "./describe.ts";
import { shorten } from "./shorten.ts";

/** In characters, written as compact JSON. */
const LONGEST_SCHEMA = 50_000;
/** Objects and arrays within each other. */
const DEEPEST_SCHEMA = 40;
const MOST_SUBSCHEMAS = 1_000;
const LONGEST_PATTERN = 200;
/** How long one check of a value may take. A regular expression can take for ever. */
const CHECK_TIMEOUT_MS = 500;

/** Says where a schema cannot be used and what was expected there. */
export interface SchemaProblem {
	readonly kind: "unusable";
	readonly reason: string;
}

export type ValueCheck =
	| { readonly kind: "valid" }
	/** One sentence an error, with the place in the value; typebox names the first eight. */
	| { readonly kind: "invalid"; readonly errors: readonly string[] };

/** A JSON Schema (2020-12) from a stranger: a model, a file, another extension. Checking a value ends within half a second. */
export class JsonSchema {
	private readonly check: (value: unknown) => ValueCheck;

	private constructor(
		/** A frozen copy, plain JSON; without `$schema` and the root's `$id`. */
		readonly json: Readonly<Record<string, unknown>>,
	) {
		this.check = withinTime(Compile(json as object));
	}

	/**
	 * @param schema its root must be an object schema (`type: "object"`): at most 50,000 characters, 40 levels and 1,000
	 * subschemas, with references into itself only, and patterns of at most 200 characters that cannot backtrack without end
	 */
	static read(schema: unknown): JsonSchema | SchemaProblem {
		try {
			const json = copyOf(schema);
			new SchemaReader(json).read();
			return new JsonSchema(json);
		} catch (error) {
			const reason = error instanceof Unusable ? error.message : "it cannot be read"; // a getter that throws
			return { kind: "unusable", reason };
		}
	}

	/** Must not throw. */
	validate(value: unknown): ValueCheck {
		return this.check(value);
	}
}

class Unusable extends Error {}

function copyOf(schema: unknown): Record<string, unknown> {
	if (!isObject(schema)) throw new Unusable(`expected a JSON Schema object, got ${described(schema)}`);
	const text = jsonOf(schema);
	if (text.length > LONGEST_SCHEMA)
		throw new Unusable(`it has ${text.length} characters; expected at most ${LONGEST_SCHEMA}`);
	const { $schema: _dialect, $id: _name, ...json } = JSON.parse(text) as Record<string, unknown>;
	if (json.type !== "object")
		throw new Unusable(
			`"type" of its root must be "object", got ${described(json.type)}; wrap other values in an object`,
		);
	return deepFrozen(json);
}

function jsonOf(schema: object): string {
	if (depthOf(schema, DEEPEST_SCHEMA + 1) > DEEPEST_SCHEMA)
		throw new Unusable(`it is nested more than ${DEEPEST_SCHEMA} levels deep`);
	try {
		return JSON.stringify(schema);
	} catch {
		throw new Unusable("it cannot be written as JSON");
	}
}

/** @throws Unusable when there is more in it than any schema of the greatest length has */
function depthOf(value: unknown, most: number, left = { nodes: LONGEST_SCHEMA }): number {
	if (most === 0 || typeof value !== "object" || value === null) return 0;
	if (left.nodes-- === 0) throw new Unusable(`it has more than ${LONGEST_SCHEMA} parts`);
	let deepest = 0;
	for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item, most - 1, left));
	return 1 + deepest;
}

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];
const NUMBERS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const COUNTS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains"];

interface Keyword {
	readonly expected: string;
	readonly fits: (value: unknown) => boolean;
}

/** Keywords that mean nothing, or everything, when their value has another form. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
	...Object.fromEntries(
		NUMBERS.map((key): [string, Keyword] => [key, { expected: "a number", fits: Number.isFinite }]),
	),
	...Object.fromEntries(COUNTS.map((key): [string, Keyword] => [key, { expected: "an integer >= 0", fits: isCount }])),
	type: { expected: `one of ${TYPES.join(", ")}`, fits: isType },
	required: { expected: "a list of names", fits: isListOfTexts },
	enum: { expected: "a list of values", fits: (value) => Array.isArray(value) && value.length > 0 },
};
const SCHEMA_LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"];
const SCHEMA_MAPS = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const SCHEMAS = ["items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"].concat([
	"additionalItems",
	"unevaluatedItems",
	"unevaluatedProperties",
]);
const REFUSED = ["$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor"];

/** Goes through a schema once. @throws Unusable at the first place that cannot be used */
class SchemaReader {
	private count = 0;

	constructor(private readonly root: Record<string, unknown>) {}

	read(): void {
		this.schema(this.root, "#");
	}

	private schema(schema: unknown, at: string): void {
		if (typeof schema === "boolean") return;
		if (!isObject(schema)) fail(at, "a schema", schema);
		this.count++;
		if (this.count > MOST_SUBSCHEMAS) throw new Unusable(`it has more than ${MOST_SUBSCHEMAS} subschemas`);
		this.words(schema, at);
		this.reference(schema, at);
		for (const key of SCHEMAS.filter((key) => key in schema)) this.subschema(schema[key], `${at}/${key}`);
		for (const key of SCHEMA_LISTS.filter((key) => key in schema)) this.list(schema[key], `${at}/${key}`);
		for (const key of SCHEMA_MAPS.filter((key) => key in schema)) this.map(schema[key], `${at}/${key}`);
	}

	/** Drafts before 2020-12 have a list of schemas in `items`. */
	private subschema(schema: unknown, at: string): void {
		if (Array.isArray(schema) && at.endsWith("/items")) this.list(schema, at);
		else this.schema(schema, at);
	}

	private list(list: unknown, at: string): void {
		if (!Array.isArray(list) || list.length === 0) fail(at, "a list of schemas", list);
		for (const [index, item] of list.entries()) this.schema(item, `${at}/${index}`);
	}

	private map(map: unknown, at: string): void {
		if (!isObject(map)) fail(at, "an object of schemas", map);
		for (const [name, item] of Object.entries(map)) {
			if (at.endsWith("/patternProperties")) checkPattern(name, `${at}/${shorten(name, 40)}`);
			this.schema(item, `${at}/${shorten(name, 40)}`);
		}
	}

	private words(schema: Record<string, unknown>, at: string): void {
		for (const [key, { expected, fits }] of Object.entries(KEYWORDS)) {
			if (Object.hasOwn(schema, key) && !fits(schema[key])) fail(`${at}/${key}`, expected, schema[key]);
		}
		if ("pattern" in schema) checkPattern(schema.pattern, `${at}/pattern`);
		const refused = REFUSED.find((key) => key in schema);
		if (refused) throw new Unusable(`${refused} at ${at} is not supported; expected "$ref" into "#/$defs/…"`);
	}

	private reference(schema: Record<string, unknown>, at: string): void {
		if (!("$ref" in schema)) return;
		const seen = new Set<unknown>([schema]);
		let next: unknown = schema;
		while (isObject(next) && "$ref" in next) {
			next = this.target(next.$ref, at);
			if (seen.has(next)) throw new Unusable(`"$ref" at ${at} refers to itself without end`);
			seen.add(next);
		}
	}

	private target(reference: unknown, at: string): unknown {
		if (typeof reference !== "string" || !/^#(\/|$)/.test(reference))
			fail(`${at}/$ref`, 'a reference into this schema such as "#/$defs/name"; others are not followed', reference);
		let found: unknown = this.root;
		for (const step of reference.split("/").slice(1)) {
			const key = decoded(step);
			if (typeof found !== "object" || found === null || !Object.hasOwn(found, key))
				fail(`${at}/$ref`, "a reference to a place that exists", reference);
			found = (found as Record<string, unknown>)[key];
		}
		if (typeof found !== "boolean" && !isObject(found)) fail(`${at}/$ref`, "a reference to a schema", reference);
		return found;
	}
}

function decoded(step: string): string {
	try {
		return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
	} catch {
		return step;
	}
}

/** What repeats something that repeats already can take exponential time, and so can what refers back. */
const ENDLESS = /\([^()]*[*+}][^()]*\)\s*(?:[*+]|\{\d+,\d*\})|\\[1-9]|\\k</;

function checkPattern(pattern: unknown, at: string): void {
	if (typeof pattern !== "string") fail(at, "a regular expression as a string", pattern);
	if (pattern.length > LONGEST_PATTERN)
		throw new Unusable(`the pattern at ${at} has ${pattern.length} characters; expected at most ${LONGEST_PATTERN}`);
	try {
		new RegExp(pattern, "u");
	} catch {
		fail(at, "a regular expression", pattern);
	}
	if (ENDLESS.test(pattern.replace(/\\[^1-9k]|\[(?:\\.|[^\]])*\]/g, "x")))
		throw new Unusable(
			`the pattern at ${at} repeats a repetition or refers back, which can take for ever: ${shorten(pattern, 60)}`,
		);
}

function fail(at: string, expected: string, got: unknown): never {
	throw new Unusable(`${at}: expected ${expected}, got ${described(got)}`);
}

/** A regular expression is stopped too: the host's own watch on a script's time interrupts it. */
function withinTime(compiled: ReturnType<typeof Compile>): (value: unknown) => ValueCheck {
	const script = new Script("check()");
	return (value) => {
		let outcome: ValueCheck = { kind: "valid" };
		const check = () => {
			if (!compiled.Check(value)) outcome = { kind: "invalid", errors: sentences(value, compiled.Errors(value)) };
		};
		try {
			script.runInNewContext({ check }, { timeout: CHECK_TIMEOUT_MS });
			return outcome;
		} catch (error) {
			const isLate = (error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
			const why = isLate ? `within ${CHECK_TIMEOUT_MS} ms` : "because it is nested too deeply";
			return { kind: "invalid", errors: [`the value could not be checked ${why}`] };
		}
	};
}

interface FoundError {
	readonly keyword: string;
	readonly instancePath: string;
	readonly params: object;
	readonly message: string;
}

function sentences(value: unknown, errors: readonly FoundError[]): string[] {
	const said = errors.filter(({ keyword }) => keyword !== "boolean").map((error) => sentence(value, error));
	return [...new Set(said.length > 0 ? said : ["the value does not match"])];
}

function sentence(value: unknown, { keyword, instancePath, params, message }: FoundError): string {
	const at = instancePath === "" ? "the value" : shorten(instancePath, 100);
	const found = valueAt(value, instancePath);
	const {
		requiredProperties = [],
		additionalProperties = [],
		allowedValues,
	} = params as {
		requiredProperties?: readonly string[];
		additionalProperties?: readonly string[];
		allowedValues?: readonly unknown[];
	};
	switch (keyword) {
		case "required":
			return `${at} lacks ${names(requiredProperties)} (present: ${names(Object.keys(found ?? {}))})`;
		case "additionalProperties":
			return `${at} has keys that are not allowed: ${names(additionalProperties)}`;
		case "enum":
			return `${at} must be one of ${shorten(JSON.stringify(allowedValues) ?? "", 200)}, got ${described(found)}`;
		default:
			return `${at} ${message}, got ${described(found)}`;
	}
}

function valueAt(value: unknown, path: string): object | undefined {
	let found: unknown = value;
	for (const step of path.split("/").slice(1)) {
		if (typeof found !== "object" || found === null) return undefined;
		found = (found as Record<string, unknown>)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
	}
	return found as object | undefined;
}

function names(keys: readonly string[]): string {
	return keys.length === 0 ? "none" : shorten(keys.map((key) => JSON.stringify(key)).join(", "), 300);
}

function described(value: unknown): string {
	if (value === undefined) return "nothing";
	if (Array.isArray(value)) return "a list";
	return isObject(value) ? "an object" : shorten(shownValue(value), 60);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isType(type: unknown): boolean {
	const types = Array.isArray(type) ? type : [type];
	return types.length > 0 && types.every((name) => TYPES.includes(name as string));
}

function isListOfTexts(value: unknown): boolean {
	return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isCount(value: unknown): boolean {
	return Number.isInteger(value) && (value as number) >= 0;
}

function deepFrozen<T>(value: T): T {
	if (typeof value !== "object" || value === null) return value;
	for (const item of Object.values(value)) deepFrozen(item);
	return Object.freeze(value);
}
