import { afterEach, describe, expect, it } from "vitest";
import { notifiedIds } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { callTool, isChild, say } from "../support/script.ts";
import { type HostOptions, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { codeOf, theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

const SCHEMA = {
	type: "object",
	required: ["files"],
	properties: { files: { type: "array", items: { type: "string" } } },
	additionalProperties: false,
};
const TREE = {
	type: "object",
	required: ["root"],
	properties: { root: { $ref: "#/$defs/node" } },
	$defs: {
		node: {
			type: "object",
			required: ["name"],
			properties: { name: { type: "string" }, kids: { type: "array", items: { $ref: "#/$defs/node" } } },
		},
	},
};

/** A child that submits these values one after the other, each when it is called again; then it says that it is done. */
function submitting(...values: readonly unknown[]): Script {
	let next = 0;
	return () => (next < values.length ? callTool("submit_result", { value: values[next++] }) : say("Done."));
}

async function start(child: Script, options: Partial<HostOptions> = {}): Promise<void> {
	const script: Script = (call) => {
		if (isChild(call)) return child(call);
		if (call.text.startsWith("{")) return callTool("subagent", JSON.parse(call.text));
		if (call.text === "background") return callTool("subagent", { ...TASK, run_in_background: true });
		return say("noted");
	};
	host = await startHost({ script, ...options });
}

const TASK = {
	prompt: "List the files.",
	description: "list",
	subagent_type: "general-purpose",
	output_schema: SCHEMA,
};
const call = async (changes: object = {}) => (await host.prompt(JSON.stringify({ ...TASK, ...changes })))[0];
const childCalls = () => host.calls.filter(isChild);

describe("a subagent that is asked for data", () => {
	it("has the schema in its prompt, submits a value, and ends with that", async () => {
		await start(submitting({ files: ["a.ts"] }));
		const result = await call();
		expect(result?.isError).toBe(false);
		expect(result?.text).toMatch(/^completed · .*\n\n\{"files":\["a\.ts"\]\}$/s);
		expect(result?.details).toMatchObject({
			status: "completed",
			structured: { status: "valid", value: { files: ["a.ts"] }, attempts: 1, errors: [], repaired: false },
		});
		expect(childCalls()).toHaveLength(1);
		expect(childCalls()[0]?.systemPrompt).toContain(JSON.stringify(SCHEMA));
		expect(childCalls()[0]?.toolNames).toContain("submit_result");
	});

	it("corrects a value that is not valid, which the record says", async () => {
		await start(submitting({ file: "a.ts" }, { files: ["a.ts"] }));
		const result = await call();
		expect(result?.details).toMatchObject({ structured: { status: "valid", attempts: 2, repaired: true } });
		expect(childCalls()[1]?.texts.join("\n")).toContain('lacks "files" (present: "file")');
	});

	it("fails after two corrections, and says what was wrong with the last value", async () => {
		await start(submitting({}, { files: "a" }, { files: [1] }, { files: [] }));
		const result = await call();
		expect(result?.isError).toBe(true);
		expect(result?.details).toMatchObject({ status: "error", structured: { status: "invalid", attempts: 3 } });
		expect(result?.text).toContain(
			"3 values, none of them valid for the schema. Of the last one: /files/0 must be string",
		);
		expect(childCalls()).toHaveLength(3);
	});

	it("is reminded once when it answers in words, and fails with those words if it does so again", async () => {
		await start(() => say("There are two files."));
		const result = await call();
		expect(result?.details).toMatchObject({
			status: "error",
			structured: { status: "missing", attempts: 0 },
			result: "There are two files.",
		});
		expect(result?.text).toContain("never called `submit_result`");
		expect(result?.text).toContain("There are two files.");
		expect(childCalls()).toHaveLength(2);
		expect(childCalls()[1]?.text).toContain("You have not submitted your result");
	});

	it("may answer the reminder with the value", async () => {
		await start((asked) =>
			asked.text.startsWith("You have not") ? callTool("submit_result", { value: { files: [] } }) : say("Hm."),
		);
		expect((await call())?.details).toMatchObject({ status: "completed", structured: { status: "valid" } });
	});

	it("submits what is recursive", async () => {
		const value = { root: { name: "a", kids: [{ name: "b", kids: [] }] } };
		await start(submitting({ root: { kids: [{}] } }, value));
		expect((await call({ output_schema: TREE }))?.details).toMatchObject({ structured: { value, repaired: true } });
	});

	it.each<[string, unknown, RegExp]>([
		["is no object", { type: "array" }, /"type" of its root must be "object", got "array"/],
		[
			"refers to another place",
			{ type: "object", properties: { a: { $ref: "https://x.test/y" } } },
			/#\/properties\/a\/\$ref/,
		],
		["has a pattern without end", { type: "object", properties: { a: { pattern: "(a+)+$" } } }, /can take for ever/],
		["is a text", "anything", /`output_schema` is "anything"; expected a JSON Schema/],
	])("is not started with a schema that %s", async (_what, schema, reason) => {
		await start(submitting());
		const result = await call({ output_schema: schema });
		expect(result?.isError).toBe(true);
		expect(result?.text).toMatch(reason);
		expect(childCalls()).toEqual([]);
	});

	it("accepts the schema as JSON text", async () => {
		await start(submitting({ files: [] }));
		expect((await call({ output_schema: JSON.stringify(SCHEMA) }))?.details).toMatchObject({ status: "completed" });
	});

	it("hands over a large value in parts, and whole to programs, also after a reload", async () => {
		const value = { files: Array.from({ length: 30_000 }, (_, index) => `file-${index}`) };
		await start(submitting(value));
		const result = await call();
		const { id = "" } = (result?.details ?? {}) as { id?: string };
		expect(result?.text.length).toBeLessThan(51_000);
		expect(result?.text).toContain(`get_subagent_result with agent_id ${id}`);
		expect(theService().getRecord(id)?.structured?.value).toEqual(value);
		await host.reload();
		expect(theService().getRecord(id)?.structured?.value).toEqual(value);
	});
});

describe("a value", () => {
	it("is the notification's result of a background run", async () => {
		await start(submitting({ files: ["b.ts"] }));
		await host.prompt("background");
		await until("the parent to be notified", () => notifiedIds(host).length === 1);
		expect(host.notifications()[0]).toContain("<result>{&quot;files&quot;:[&quot;b.ts&quot;]}</result>");
	});

	it("belongs to its run: a resume submits another one, or fails", async () => {
		let values: unknown[] = [{ files: ["first"] }];
		await start(() => (values.length > 0 ? callTool("submit_result", { value: values.shift() }) : say("I am done.")));
		const service = theService();
		const first = await service.run("general-purpose", "List.", { outputSchema: SCHEMA });
		values = [{ files: ["second"] }];
		const second = await service.resume(first.id, "Again.");
		const third = await service.resume(first.id, "And again.");
		expect([first, second, third].map(({ structured }) => structured)).toMatchObject([
			{ value: { files: ["first"] } },
			{ value: { files: ["second"] } },
			{ status: "missing" },
		]);
		expect(third.structured).not.toHaveProperty("value");
		expect(third.status).toBe("error");
	});

	it("is asked for by an agent file, which decides over the call", async () => {
		const file = `---\ndescription: Lists files\noutput_schema: {type: object, required: [files], properties: {files: {type: array}}}\n---\nList.`;
		await start(submitting({ files: [1] }), { files: { ".pi/agents/lister.md": file } });
		const result = await call({ subagent_type: "lister" });
		expect(result?.details).toMatchObject({ structured: { value: { files: [1] } } });
		expect(result?.text).toContain("the agent file of lister decides `output_schema`");
	});

	it("is not asked for by a file with a schema that cannot be used: the type is refused with its line", async () => {
		const file = "---\ndescription: Lists files\noutput_schema: {type: array}\n---\nList.";
		await start(submitting(), { files: { ".pi/agents/lister.md": file } });
		const result = await call({ subagent_type: "lister" });
		expect(result?.isError).toBe(true);
		expect(result?.text).toMatch(/lister\.md:3\b.*"type" of its root must be "object"/s);
	});

	it("is asked for by the service, which refuses a schema that cannot be used", async () => {
		await start(submitting({ files: [] }));
		const { run, spawn } = theService();
		expect(await codeOf(() => spawn("Explore", "x", { outputSchema: { type: "string" } }))).toBe("bad-output-schema");
		const record = await run("Explore", "x", { outputSchema: SCHEMA });
		expect(record).toMatchObject({ status: "completed", result: '{"files":[]}', structured: { value: { files: [] } } });
	});

	it("stays with a run that is stopped after it was submitted", async () => {
		await start(submitting({ files: [] }));
		const { run } = theService();
		const record = await run("Explore", "x", { outputSchema: SCHEMA, maxTurns: 1 });
		expect(record).toMatchObject({ structured: { status: "valid" } });
	});
});

it("is not offered where no data was asked for", async () => {
	await start(() => say("Text."));
	const result = await call({ output_schema: undefined });
	expect(result?.details).not.toHaveProperty("structured");
	expect(childCalls()[0]?.toolNames).not.toContain("submit_result");
});
