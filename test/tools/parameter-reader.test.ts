import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { parameterReader } from "../../src/tools/parameter-reader.ts";

const schema = Type.Object({
	name: Type.String(),
	count: Type.Optional(Type.Integer()),
	loud: Type.Optional(Type.Boolean()),
});
const read = parameterReader("Nothing was done.", schema, {
	name: "a string",
	count: "a whole number",
	loud: "true or false",
});

describe("reading parameters", () => {
	it("takes what fits as it is", () => {
		expect(read({ name: "a", count: 5, loud: true })).toStrictEqual({ name: "a", count: 5, loud: true });
	});

	it("takes a number and a yes or no written as text for what it says", () => {
		expect(read({ name: "5", count: " -5 ", loud: "False" })).toStrictEqual({ name: "5", count: -5, loud: false });
	});

	it.each([undefined, null])("takes %s for not given", (value) => {
		expect(read({ name: "a", count: value, loud: value })).toStrictEqual({ name: "a" });
	});

	it("leaves alone what nobody knows, and does not touch what it was given", () => {
		const raw = Object.freeze({ name: "a", loud: "true", extra: "5" });
		expect(read(raw)).toStrictEqual({ name: "a", loud: true, extra: "5" });
		expect(raw.loud).toBe("true");
	});

	it("is not deceived by keys that every object has", () => {
		const raw = JSON.parse('{"name": "a", "constructor": "true", "__proto__": {"count": "many"}}');
		const given = read(raw);
		expect([given.name, given.count, Object.keys(given)]).toEqual([
			"a",
			undefined,
			["name", "constructor", "__proto__"],
		]);
	});

	it("names every parameter that is wrong, in the order of the list, what came and what is accepted", () => {
		expect(() => read({ loud: 1, count: 1.5 })).toThrow(
			"Nothing was done. `name` is missing; expected a string. `count` is 1.5; expected a whole number. `loud` is 1; expected true or false.",
		);
	});

	it.each([undefined, null, "text", 5, true, []])("takes %j for a call without parameters", (raw) => {
		expect(() => read(raw)).toThrow("Nothing was done. `name` is missing; expected a string.");
	});

	it("tells a programmer whose list names a parameter too many", () => {
		const mistaken = parameterReader("Nothing was done.", Type.Object({ a: Type.String() }), {
			a: "a string",
			b: "one too many",
		} as { a: string });
		expect(() => mistaken({ a: 5, b: 1 })).toThrow(
			"no parameter b in the schema: the list of what is accepted names one too many",
		);
	});
});
