import { describe, expect, it } from "vitest";
import { JsonSchema } from "../../src/platform/json-schema.ts";

function schema(json: unknown): JsonSchema {
	const read = JsonSchema.read(json);
	if (read instanceof JsonSchema) return read;
	throw new Error(read.reason);
}

function problem(json: unknown): string {
	const read = JsonSchema.read(json);
	return read instanceof JsonSchema ? "" : read.reason;
}

function errors(json: unknown, value: unknown): readonly string[] {
	const checked = schema(json).validate(value);
	return checked.kind === "valid" ? [] : checked.errors;
}

const REPORT = {
	$schema: "https://json-schema.org/draft/2020-12/schema",
	$id: "https://example.org/report",
	type: "object",
	required: ["verdict", "findings"],
	additionalProperties: false,
	properties: {
		verdict: { enum: ["pass", "fail"] },
		findings: { type: "array", items: { $ref: "#/$defs/finding" } },
	},
	$defs: {
		finding: {
			type: "object",
			required: ["line"],
			properties: {
				line: { type: "integer", minimum: 1 },
				causes: { type: "array", items: { $ref: "#/$defs/finding" } },
			},
		},
	},
};

/** An object schema so many levels deep. */
function nested(levels: number): object {
	let json: object = { type: "object" };
	for (let level = 1; level < levels; level++) json = { type: "object", properties: { a: json } };
	return json;
}

describe("a JSON Schema", () => {
	it("accepts a value that matches, also one that is recursive", () => {
		expect(errors(REPORT, { verdict: "fail", findings: [{ line: 3, causes: [{ line: 1 }] }] })).toEqual([]);
	});

	it("names the missing and the present keys", () => {
		expect(errors(REPORT, { verdict: "pass", finding: [] })).toEqual([
			'the value lacks "findings" (present: "verdict", "finding")',
			'the value has keys that are not allowed: "finding"',
		]);
	});

	it("names the place, what was expected there and what it got", () => {
		const found = errors(REPORT, { verdict: "maybe", findings: [{ line: 0 }, { line: "3" }] });
		expect(found).toContain('/verdict must be one of ["pass","fail"], got "maybe"');
		expect(found).toContain("/findings/0/line must be >= 1, got 0");
		expect(found).toContain('/findings/1/line must be integer, got "3"');
	});

	it("names the first errors of many", () => {
		const findings = Array.from({ length: 50 }, () => ({ line: "x" }));
		expect(errors(REPORT, { verdict: "pass", findings }).length).toBeLessThanOrEqual(8);
	});

	it("is a frozen copy of what it was read from", () => {
		const source = structuredClone(REPORT);
		const read = schema(source);
		source.required.push("surprise");
		expect(read.json.required).toEqual(["verdict", "findings"]);
		expect(Object.isFrozen(read.json.properties)).toBe(true);
	});

	it.each<[string, unknown, RegExp]>([
		["no object", "object", /expected a JSON Schema object, got "object"/],
		["a list", [], /expected a JSON Schema object, got a list/],
		["no type at its root", { properties: {} }, /"type" of its root must be "object", got nothing/],
		["another type at its root", { type: "array" }, /must be "object", got "array"; wrap/],
		[
			"an unknown type",
			{ type: "object", properties: { a: { type: "strng" } } },
			/#\/properties\/a\/type: expected one of/,
		],
		[
			"a schema that is a number",
			{ type: "object", properties: { a: 5 } },
			/#\/properties\/a: expected a schema, got 5/,
		],
		["`required` that is no list", { type: "object", required: "a" }, /#\/required: expected a list of names, got "a"/],
		["an empty enum", { type: "object", properties: { a: { enum: [] } } }, /#\/properties\/a\/enum: expected a list/],
		[
			"a bound that is a text",
			{ type: "object", properties: { a: { minimum: "1" } } },
			/minimum: expected a number, got "1"/,
		],
		[
			"a remote reference",
			{ type: "object", properties: { a: { $ref: "https://evil.test/x" } } },
			/reference into this schema/,
		],
		[
			"a file reference",
			{ type: "object", properties: { a: { $ref: "other.json#/a" } } },
			/reference into this schema/,
		],
		["a reference to nothing", { type: "object", properties: { a: { $ref: "#/$defs/a" } } }, /a place that exists/],
		[
			"a reference to itself",
			{ type: "object", properties: { a: { $ref: "#/properties/a" } } },
			/refers to itself without end/,
		],
		[
			"a base of its own",
			{ type: "object", properties: { a: { $id: "https://evil.test" } } },
			/\$id at #\/properties\/a is not supported/,
		],
		[
			"a pattern that is none",
			{ type: "object", properties: { a: { pattern: "(" } } },
			/expected a regular expression, got "\("/,
		],
		["a pattern without end", { type: "object", properties: { a: { pattern: "^(a+)+$" } } }, /can take for ever/],
		["such a pattern as a name", { type: "object", patternProperties: { "(.*x)*": true } }, /can take for ever/],
		["a pattern that refers back", { type: "object", properties: { a: { pattern: "(a)\\1" } } }, /refers back/],
		[
			"a long pattern",
			{ type: "object", properties: { a: { pattern: "a".repeat(201) } } },
			/has 201 characters; expected at most 200/,
		],
		["41 levels", nested(22), /nested more than 40 levels deep/],
		["100,000 levels", nested(100_000), /nested more than 40 levels deep/],
		["too many characters", { type: "object", description: "x".repeat(50_001) }, /characters; expected at most 50000/],
		[
			"too many subschemas",
			{
				type: "object",
				properties: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`k${index}`, true])),
				anyOf: Array.from({ length: 1001 }, () => ({})),
			},
			/more than 1000 subschemas/,
		],
	])("refuses %s", (_what, json, reason) => {
		expect(problem(json)).toMatch(reason);
	});

	it("refuses one that holds itself", () => {
		const json: Record<string, unknown> = { type: "object" };
		json.properties = { a: json };
		expect(problem(json)).toMatch(/nested more than 40 levels deep/);
	});

	it("stops a check that would take for ever, and calls the value invalid", () => {
		const json = { type: "object", properties: { a: { pattern: "^(a|aa|a?)*$" } } };
		expect(errors(json, { a: `${"a".repeat(60)}b` })).toEqual(["the value could not be checked within 500 ms"]);
	});

	it("calls a value invalid that is nested too deeply to be checked", () => {
		let finding: object = { line: 1 };
		for (let level = 0; level < 100_000; level++) finding = { line: 1, causes: [finding] };
		expect(errors(REPORT, { verdict: "fail", findings: [finding] })).toHaveLength(1);
	});

	it("checks a value of 300 kB", () => {
		const findings = Array.from({ length: 20_000 }, (_, index) => ({ line: index + 1 }));
		expect(errors(REPORT, { verdict: "pass", findings })).toEqual([]);
	});
});
