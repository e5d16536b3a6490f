import type { Static, TObject, TProperties } from "typebox";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";

/**
 * Reads a model's arguments before the host validates them, because the host's own message would not say what was
 * expected. A number or a boolean written as text (`"5"`, `"true"`) is converted.
 *
 * @param consequence the first sentence of the complaint, for instance "subagent was not started."
 * @param accepted the expected value of each parameter, in words
 * @returns the reader; it throws an Error naming each wrong parameter and its value
 */
export function parameterReader<P extends TProperties>(
	consequence: string,
	schema: TObject<P>,
	accepted: Record<keyof P & string, string>,
): (raw: unknown) => Static<TObject<P>> {
	const names = Object.keys(accepted);
	const required = (schema.required ?? []) as readonly string[];
	const isWrong = (name: string, given: Record<string, unknown>) =>
		name in given ? !Value.Check(propertyOf(schema, name), given[name]) : required.includes(name);
	const compile = () => Compile(schema);
	let compiled: ReturnType<typeof compile> | undefined; // at the first call: no start is to wait for it
	return (raw) => {
		const validator = compiled ?? compile();
		compiled = validator;
		const entries = Object.entries(typeof raw === "object" && raw !== null ? raw : {});
		const given = Object.fromEntries(
			entries
				.filter(([, value]) => value !== undefined && value !== null) // some providers send null for "not given"
				.map(([name, value]) => [name, asMeant(schema.properties[name], value)]),
		);
		if (validator.Check(given)) return given;
		const complaints = names
			.filter((name) => isWrong(name, given))
			.map((name) => `\`${name}\` ${came(given[name])}; expected ${accepted[name]}.`);
		throw new Error(`${consequence} ${complaints.join(" ")}`);
	};
}

function propertyOf(schema: TObject, name: string): TProperties[string] {
	const property = schema.properties[name];
	if (!property) throw new Error(`no parameter ${name} in the schema: the list of what is accepted names one too many`);
	return property;
}

function asMeant(property: unknown, value: unknown): unknown {
	if (typeof value !== "string") return value;
	const { type } = (property ?? {}) as { type?: string };
	const text = value.trim().toLowerCase();
	if (type === "integer" && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
	if (type === "object" && text.startsWith("{")) return parsedJson(value);
	if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
	return value;
}

/** Models write an object as text, too. */
function parsedJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

function came(value: unknown): string {
	return value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
}
