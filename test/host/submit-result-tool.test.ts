import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import { Submission } from "../../src/host/submit-result-tool.ts";
import { JsonSchema } from "../../src/platform/json-schema.ts";

const SCHEMA = {
	type: "object",
	required: ["files"],
	properties: { files: { type: "array", items: { type: "string" } } },
};

/** A submission, and the call of its tool as the host makes it. */
function submission() {
	const schema = JsonSchema.read(SCHEMA);
	if (!(schema instanceof JsonSchema)) throw new Error(schema.reason);
	const made = new Submission(schema);
	const tool = made.tool();
	const submit = async (args: unknown) => {
		const prepared = tool.prepareArguments?.(args) ?? (args as { value: unknown });
		const result = tool.execute("call", prepared, undefined, undefined, {} as ExtensionContext);
		const { content, terminate } = (await result) as { content: { text: string }[]; terminate: boolean };
		return { text: content[0]?.text, terminate };
	};
	return { made, submit };
}

describe("the submission of a result", () => {
	it("is missing as long as nothing was submitted", () => {
		expect(submission().made.outcome).toEqual({ status: "missing", attempts: 0, errors: [], repaired: false });
	});

	it.each<[string, unknown]>([
		["as the tool's parameter", { value: { files: ["a"] } }],
		["as JSON text", { value: '{"files": ["a"]}' }],
		["with its fields in place of the parameter", { files: ["a"] }],
	])("accepts a valid value %s, and ends the run", async (_how, args) => {
		const { made, submit } = submission();
		expect(await submit(args)).toEqual({ text: "Accepted.", terminate: true });
		expect(made.outcome).toEqual({
			status: "valid",
			value: { files: ["a"] },
			attempts: 1,
			errors: [],
			repaired: false,
		});
	});

	it("names what is wrong, and marks a corrected value as repaired", async () => {
		const { made, submit } = submission();
		await expect(submit({ value: { file: "a" } })).rejects.toThrow(
			'The value is not valid:\n- the value lacks "files" (present: "file")\nCorrect it and call submit_result again (2 left).',
		);
		expect(made.outcome).toMatchObject({
			status: "invalid",
			attempts: 1,
			errors: [expect.stringContaining('"files"')],
		});
		await submit({ value: { files: [] } });
		expect(made.outcome).toEqual({ status: "valid", value: { files: [] }, attempts: 2, errors: [], repaired: true });
	});

	it("ends the run after two corrections, and takes no further value", async () => {
		const { made, submit } = submission();
		for (const value of [1, "text"]) await expect(submit({ value })).rejects.toThrow("is not valid");
		expect(await submit({ value: [] })).toEqual({
			text: "The value is not valid:\n- the value must be object, got a list\nNo further value is accepted.",
			terminate: true,
		});
		expect(await submit({ value: { files: [] } })).toMatchObject({ terminate: true });
		expect(made.outcome).toMatchObject({ status: "invalid", attempts: 3 });
	});

	it("keeps the first valid value", async () => {
		const { made, submit } = submission();
		await submit({ value: { files: ["a"] } });
		expect(await submit({ value: { files: ["b"] } })).toMatchObject({ terminate: true });
		expect(made.outcome).toMatchObject({ value: { files: ["a"] }, attempts: 1 });
	});
});
