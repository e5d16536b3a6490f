import { afterEach, describe, expect, it } from "vitest";
import { hostCli } from "../support/host-cli.ts";
import { callTool, isChild, say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

const MODELS: HostOptions["models"] = [
	{ id: "sonnet-5", name: "Sonnet 5", reasoning: true },
	{ id: "haiku-4-5", name: "Haiku 4.5", reasoning: true },
	{ id: "haiku-5-preview", name: "Haiku 5 Preview", reasoning: true },
	{ id: "mini-2", name: "Mini 2", reasoning: true },
];

/** The parent runs on `sonnet-5`. */
async function start(settings: object, agents: Record<string, string> = {}, extensions: Record<string, string> = {}) {
	const files = Object.entries(agents).map(([name, keys]) => [`.pi/agents/${name}.md`, `---\n${keys}\n---\nWork.`]);
	host = await startHost({
		models: MODELS,
		extensions,
		files: { ".pi/subagents.json": JSON.stringify(settings), ...Object.fromEntries(files) },
		script: (call) =>
			!isChild(call) && call.text.startsWith("{") ? callTool("subagent", JSON.parse(call.text)) : say("done"),
	});
}

async function run(subagent_type: string, args: object = {}) {
	const [result] = await host.prompt(JSON.stringify({ prompt: "x", description: "d", subagent_type, ...args }));
	return result;
}

const models = () => host.calls.filter(isChild).map((call) => call.model);
const refused = (message: string) => ({ isError: true, text: `subagent was not started. ${message}` });

describe("a model as people write it", () => {
	/** What the tool told while it ran, in order. */
	function updates(): string[] {
		const told: string[] = [];
		host.session.subscribe((event) => {
			if (event.type !== "tool_execution_update") return;
			const { content } = event.partialResult as { content: { text?: string }[] };
			told.push(content.map(({ text = "" }) => text).join(""));
		});
		return told;
	}
	const child = () => host.calls.filter(isChild).at(-1);

	it.each([
		["a call's level", "general-purpose", { model: "haiku:low" }, "haiku-4-5", "low"],
		["a call's provider/id with a level", "general-purpose", { model: "faux/haiku-4-5:high" }, "haiku-4-5", "high"],
		[
			"a call's own level before that of its model",
			"general-purpose",
			{ model: "haiku:low", thinking: "high" },
			"haiku-4-5",
			"high",
		],
		["a file's level before the call's", "cheap", { thinking: "high" }, "haiku-4-5", "low"],
		["the file's key before the level of its model", "both", {}, "haiku-4-5", "medium"],
		["inherit with a level", "same", {}, "sonnet-5", "high"],
		["a call's inherit before a built-in's preference", "Explore", { model: "inherit" }, "sonnet-5", undefined],
	])("runs on the right model at the right level: %s", async (_what, type, args, model, level) => {
		await start(
			{},
			{ cheap: "model: haiku:low", both: "model: haiku:low\neffort: medium", same: "model: inherit:high" },
		);
		await run(type, args);
		expect(child()?.model).toBe(model);
		if (level) expect(child()?.thinking).toBe(level);
	});

	it.each([
		["a dated id", "dated", 'Note: the model "haiku-4-5-20251001" is not available; faux/haiku-4-5 is used'],
		[
			"a model nobody has",
			"lost",
			'Note: the model "opus[1m]:high" of lost is not available; the parent\'s is used: faux/sonnet-5',
		],
		["tools that are not there", "bare", "Note: bare has no tools: none of those that its `tools` names is there"],
	])("says what is used instead before it runs, and with the result: %s", async (_what, type, note) => {
		await start({}, { dated: "model: haiku-4-5-20251001", lost: "model: opus[1m]:high", bare: "tools: WebFetch" });
		const told = updates();
		const result = await run(type);
		expect(told[0]).toContain(note);
		expect(result?.text).toContain(note);
		expect(result?.isError).toBe(false);
		if (type === "bare") expect([...(child()?.toolNames ?? [])]).toEqual([]);
	});

	it("means the same for a run of the service", async () => {
		await start({});
		const id = theService().spawn("general-purpose", "x", { model: "faux/haiku-4-5-20251001:low" });
		await theService().waitForAll();
		expect(theService().getRecord(id)).toMatchObject({ model: "faux/haiku-4-5", status: "completed" });
		expect(child()?.thinking).toBe("low");
	});
});

describe("the list of allowed models", () => {
	it("refuses a call's model before anything is spent, with those it could be", async () => {
		await start({ models: ["*haiku*"] });
		const unknown = 'Unknown or unavailable model "mini". Give provider/id or a part of a model\'s name.';
		expect(await run("general-purpose", { model: "mini" })).toMatchObject(
			refused(`${unknown} Nearest available: faux/haiku-4-5, faux/haiku-5-preview.`),
		);
		expect(models()).toEqual([]);
	});

	it("gives words and built-in preferences the best that is on it", async () => {
		await start({ models: ["faux/haiku-*"] });
		await run("general-purpose", { model: "haiku" });
		await run("Explore");
		expect(models()).toEqual(["haiku-4-5", "haiku-4-5"]);
	});

	it("holds for the models of a file: the next of its list, or the parent's with a note", async () => {
		await start({ models: ["sonnet-*", "mini-*"] }, { first: "model: [haiku, mini, sonnet]", second: "model: haiku" });
		expect((await run("first"))?.text).not.toContain("Note:");
		expect((await run("second"))?.text).toContain(
			'Note: the model "haiku" of second is not available; the parent\'s is used: faux/sonnet-5\n',
		);
		expect(models()).toEqual(["mini-2", "sonnet-5"]);
	});

	it("holds for the parent's own model where nobody names another", async () => {
		await start({ models: ["faux/mini-*"] });
		expect(await run("general-purpose")).toMatchObject(
			refused(
				"The parent's model faux/sonnet-5 is not allowed for subagents; name one in `model`. Allowed: faux/mini-*.",
			),
		);
		expect((await run("general-purpose", { model: "mini" }))?.details).toMatchObject({ model: "faux/mini-2" });
	});
});

describe("a file's model that cannot be had", () => {
	it("is refused where the settings say so, before anything is spent, with the nearest", async () => {
		await start({ modelFallback: "refuse" }, { worker: "model: [opus, minni]" });
		const result = await run("worker");
		expect(result?.isError).toBe(true);
		expect(result?.text).toMatch(
			/^subagent was not started\. The model "opus", "minni" of worker is not available\. Nearest available: .*faux\/mini-2/,
		);
		expect(models()).toEqual([]);
	});

	it("is refused there also when the call names one that can be had", async () => {
		await start({ modelFallback: "refuse" }, { worker: "model: opus" });
		expect(await run("worker", { model: "mini" })).toMatchObject({ isError: true });
	});

	it("does not keep other agents from running there: list, preference, parent's", async () => {
		await start({ modelFallback: "refuse" }, { worker: "model: opus, mini" });
		for (const type of ["worker", "Explore", "Plan"]) expect((await run(type))?.isError).toBe(false);
		expect(models()).toEqual(["mini-2", "haiku-4-5", "sonnet-5"]);
	});
});

describe("a name that several models have", () => {
	const fits = 'Note: the model "haiku" fits 2 models; faux/haiku-4-5 is used\n';

	it.each([
		["a call", "general-purpose", { model: "haiku" }],
		["a file", "worker", {}],
	])("is reported with the one that was chosen: %s", async (_who, type, args) => {
		await start({}, { worker: "model: haiku" });
		expect((await run(type, args))?.text).toContain(`\n${fits}`);
		expect((await run(type, { ...args, run_in_background: true }))?.text).toContain(`\n${fits}`);
	});

	it("is not told with each run of a built-in agent that prefers it", async () => {
		await start({});
		expect((await run("Explore"))?.text).not.toContain("Note:");
	});
});

describe("a call's model that cannot be had", () => {
	it("is refused even where the file pins one that can", async () => {
		await start({}, { worker: "model: mini" });
		expect(await run("worker", { model: "gpt" })).toMatchObject({
			isError: true,
			text: expect.stringContaining('Unknown or unavailable model "gpt"'),
		});
		expect(models()).toEqual([]);
	});
});

/** Stands for another model: the one that is named at the moment. */
const ROUTER = `
export default (pi) => pi.registerVirtualModel({
	provider: "router",
	id: "auto",
	name: "Auto",
	route: (_request, ctx) => ({ model: ctx.modelRegistry.find("faux", globalThis.routedTo.shift()), thinkingLevel: "off" }),
});
`;

describe.runIf(hostCli.version === "next")("a virtual model as the parent's", () => {
	/** @param picks what its router picks for the requests that follow, the parent's included */
	async function startRouted(models: string[], ...picks: string[]) {
		await start({ models, resumeInterrupted: "never" }, {}, { "router.js": ROUTER });
		Object.assign(globalThis, { routedTo: picks });
		const { session } = host as unknown as { session: NewerSession };
		const auto = session.modelRuntime.getModel("router", "auto");
		await session.setModel(auto);
	}
	interface NewerSession {
		readonly modelRuntime: { getModel(provider: string, id: string): unknown };
		setModel(model: unknown): Promise<void>;
	}

	it("runs subagents on whatever its router picks where every model is allowed", async () => {
		await startRouted([], "sonnet-5", "mini-2", "sonnet-5");
		expect(await run("general-purpose")).toMatchObject({ isError: false, details: { model: "router/auto" } });
		expect(models()).toEqual(["mini-2"]);
	});

	it("runs subagents on the models of the list that its router picks, and is resumed", async () => {
		await startRouted(
			["router/auto", "faux/haiku-*"],
			"sonnet-5",
			"haiku-4-5",
			"mini-2",
			"mini-2",
			"haiku-4-5",
			"mini-2",
		);
		const first = await run("general-purpose");
		expect(first?.text).toMatch(/^completed[\s\S]*\ndone$/);
		const again = await run("general-purpose", { resume: first?.details.id });
		expect(again?.text).toMatch(/^completed[\s\S]*\ndone$/);
		expect(models()).toEqual(["haiku-4-5", "haiku-4-5"]);
	});

	it("runs no subagent on a model that is not on the list, and says which one its router picked", async () => {
		await startRouted(["router/*", "*haiku*"], "sonnet-5", "mini-2", "sonnet-5");
		expect(await run("general-purpose")).toMatchObject({
			isError: true,
			text: expect.stringContaining(
				"The virtual model router/auto picked faux/mini-2, which is not allowed for subagents. Allowed: router/*, *haiku*.",
			),
			details: { status: "error" },
		});
		expect(models()).toEqual([]);
	});

	it("has to be on the list like any other", async () => {
		await startRouted(["*haiku*"], "sonnet-5", "sonnet-5");
		expect(await run("general-purpose")).toMatchObject(
			refused("The parent's model router/auto is not allowed for subagents; name one in `model`. Allowed: *haiku*."),
		);
		expect(models()).toEqual([]);
	});
});
