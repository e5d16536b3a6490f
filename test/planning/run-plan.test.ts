import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { describe, expect, it } from "vitest";
import { AgentCatalog } from "../../src/agents/agent-catalog.ts";
import { type AgentDefinition, BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import { PERSON_POLICY, type RunRequest, servicePolicy, TOOL_POLICY } from "../../src/domain/run-request.ts";
import type { RunSpec } from "../../src/domain/run-spec.ts";
import type { ParentSnapshot } from "../../src/planning/parent-snapshot.ts";
import { type PlanningSources, type RunPlan, resolveRunPlan } from "../../src/planning/run-plan.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";
import { asFile, sampleAgent } from "../agents/sample-agent.ts";
import { GPT, HAIKU, loadedResources, model, parentSnapshot, SONNET } from "./parent-fake.ts";

const helper = sampleAgent();
/** What a run of it left for a resume. */
const previous = {
	definition: helper,
	model: "anthropic/claude-haiku-4-5",
	thinkingLevel: "off",
	limits: { turns: 7 },
	cwd: undefined,
} as const;
const generalPurpose = sampleAgent({ name: "general-purpose" });
const files = (...definitions: AgentDefinition[]) => [definitions.map((definition) => asFile(definition))];

const conversation: AgentMessage[] = [{ role: "user", content: "Hello", timestamp: 1 }];

interface Situation {
	readonly request?: Partial<RunRequest>;
	readonly helper?: Partial<AgentDefinition>;
	readonly parent?: Partial<ParentSnapshot>;
	readonly settings?: Partial<PlanningSources["settings"]>;
	readonly catalog?: PlanningSources["catalog"];
	readonly conversation?: readonly AgentMessage[];
}

/** A call for `Helper` with nothing but the required parameters, unless the situation says otherwise. */
function resolve(situation: Situation): ReturnType<typeof resolveRunPlan> {
	const request = { prompt: "Do it.", description: "a task", type: "Helper", policy: TOOL_POLICY } as const;
	return resolveRunPlan(
		{ ...request, ...situation.request },
		{
			catalog: situation.catalog ?? new AgentCatalog(files(generalPurpose, { ...helper, ...situation.helper })),
			settings: { ...DEFAULT_SETTINGS, ...situation.settings },
			parent: parentSnapshot(situation.parent),
			readConversation: () => situation.conversation ?? conversation,
		},
	);
}

/** The spec, what is live beside it, and the remarks that come with the result. */
function planned(situation: Situation) {
	const plan = resolve(situation);
	if (plan.kind !== "planned") throw new Error(`refused: ${plan.reason}`);
	const { spec, context, ...told } = plan;
	return { ...spec, ...context, ...told };
}

const notUsed = (parameter: string) =>
	`the agent file of Helper decides \`${parameter}\`; the call's value was not used`;

describe("a plan", () => {
	it("has everything decided, from definition, call, settings and parent", () => {
		const spec = {
			definition: helper,
			description: "a task",
			prompt: "Do it.",
			inheritsContext: false,
			modelId: "anthropic/claude-sonnet-4-5",
			contextWindow: 100_000,
			allowedModels: [],
			thinkingLevel: "medium",
			tools: BUILTIN_TOOLS,
			withheldTools: [],
			limits: {},
			graceTurns: 5,
			cwd: "/project",
			parentSessionId: "parent-session",
			lineage: { rootSessionId: "parent-session", depth: 0 },
			isBackground: false,
			report: "return",
			admission: "at-once",
		};
		expect(resolve({})).toStrictEqual({
			kind: "planned",
			spec,
			context: {
				model: SONNET,
				parent: parentSnapshot(),
				images: [],
				imageFiles: [],
				unknownTools: [],
				remembers: false,
			},
			insteadOfType: undefined,
			remarks: [],
		});
	});

	it("knows the tool call that asked for it", () => {
		expect(planned({ request: { toolCallId: "call-1" } }).toolCallId).toBe("call-1");
	});

	it("cannot be changed afterwards", () => {
		const plan = resolve({});
		expect([plan, plan.kind === "planned" && plan.spec].map(Object.isFrozen)).toEqual([true, true]);
	});

	it("keeps the prompt word for word and trims the description", () => {
		const plan = planned({ request: { prompt: " \n Do it. \n", description: "  a task \n" } });
		expect([plan.prompt, plan.description]).toEqual([" \n Do it. \n", "a task"]);
	});

	it("is described by the agent's name when the call describes nothing", () => {
		expect(planned({ request: { description: " " } }).description).toBe("Helper");
	});

	it("carries the very parent it was made for", () => {
		const parent = parentSnapshot();
		const plan = resolveRunPlan(
			{ prompt: "x", description: "x", type: "Helper", policy: servicePolicy({}) },
			{
				catalog: new AgentCatalog(files(helper)),
				settings: DEFAULT_SETTINGS,
				parent,
				readConversation: () => [],
			},
		);
		expect(plan.kind === "planned" && plan.context.parent).toBe(parent);
	});
});

describe("a request is refused", () => {
	const unknownModel = (query: string, accepted: string) =>
		`Unknown or unavailable model "${query}". Give provider/id or a part of a model's name. ${accepted}`;
	const levels = "off, minimal, low, medium, high, xhigh";
	const maxTurns = (given: number) =>
		`\`max_turns\` is ${given}; expected an integer >= 1. Leave it out for no limit of your own.`;
	const all = "anthropic/claude-haiku-4-5, anthropic/claude-sonnet-4-5, openai/gpt-5.2";

	const refusals: [string, Situation, string, string][] = [
		["for an empty prompt", { request: { prompt: "" } }, "empty-prompt", "`prompt` is empty; give the task in words."],
		[
			"for a blank prompt",
			{ request: { prompt: " \n" } },
			"empty-prompt",
			"`prompt` is empty; give the task in words.",
		],
		[
			"for an unknown type, where the policy refuses one",
			{ request: { type: "nope", policy: servicePolicy({}) } },
			"unknown-type",
			'Unknown agent type "nope". Known types: general-purpose, Explore, Plan, Helper.',
		],
		[
			"for an unknown type, where there is nothing to fall back to",
			{
				request: { type: "nope" },
				catalog: new AgentCatalog([[asFile(helper), asFile(generalPurpose, { isDisabled: true })]]),
			},
			"unknown-type",
			'Unknown agent type "nope". Known types: Explore, Plan, Helper.',
		],
		[
			"for a type that its file disables, also where the policy substitutes unknown ones",
			{
				request: { type: "helper" },
				catalog: new AgentCatalog([[asFile(generalPurpose), asFile(helper, { isDisabled: true })]]),
			},
			"disabled-type",
			'Agent type "helper" is disabled by its file /agents/Helper.md. Known types: general-purpose, Explore, Plan.',
		],
		[
			"for a type that could be two, also where the policy substitutes unknown ones",
			{
				request: { type: "HELPER" },
				catalog: new AgentCatalog(files(helper, sampleAgent({ name: "helper" }))),
			},
			"ambiguous-type",
			'Agent type "HELPER" could be Helper and helper; name one exactly. Known types: general-purpose, Explore, Plan, Helper, helper.',
		],
		[
			"for an unknown model",
			{ request: { model: "gpt-99" }, parent: { availableModels: [GPT] } },
			"unknown-model",
			unknownModel("gpt-99", "Nearest available: openai/gpt-5.2."),
		],
		[
			"for a blank model",
			{ request: { model: " " } },
			"unknown-model",
			unknownModel(" ", `Nearest available: ${all}.`),
		],
		[
			"for a model with an endless name, of which the beginning is repeated",
			{ request: { model: "x".repeat(81) }, parent: { availableModels: [] } },
			"unknown-model",
			unknownModel(
				`${"x".repeat(79)}…`,
				"No model is available: no provider has a key, or the setting `models` allows none that has.",
			),
		],
		[
			"for any model when none is available",
			{ request: { model: "haiku" }, parent: { availableModels: [] } },
			"unknown-model",
			unknownModel(
				"haiku",
				"No model is available: no provider has a key, or the setting `models` allows none that has.",
			),
		],
		[
			"when nobody names a model and the parent has none",
			{ parent: { model: undefined } },
			"no-model",
			"The parent has no model selected. Select one with /model, or name one in `model`.",
		],
		[
			"for an unknown thinking level",
			{ request: { thinking: "huge" } },
			"bad-thinking",
			`Unknown thinking level "huge". Accepted: ${levels}.`,
		],
		[
			"for a thinking level that only a newer host knows",
			{ request: { thinking: "max" } },
			"bad-thinking",
			`Unknown thinking level "max". Accepted: ${levels}.`,
		],
		[
			"for a wrong thinking level even where the agent file decides",
			{ request: { thinking: "huge" }, helper: { thinking: "low" } },
			"bad-thinking",
			`Unknown thinking level "huge". Accepted: ${levels}.`,
		],
		["for max_turns 0", { request: { limits: { turns: 0 } } }, "bad-max-turns", maxTurns(0)],
		["for negative max_turns", { request: { limits: { turns: -1 } } }, "bad-max-turns", maxTurns(-1)],
		["for max_turns with a fraction", { request: { limits: { turns: 1.5 } } }, "bad-max-turns", maxTurns(1.5)],
		[
			"for max_turns that is no number",
			{ request: { limits: { turns: Number.NaN } } },
			"bad-max-turns",
			maxTurns(Number.NaN),
		],
		["for endless max_turns", { request: { limits: { turns: 1 / 0 } } }, "bad-max-turns", maxTurns(1 / 0)],
	];

	it.each(refusals)("%s, in words", (_what, situation, code, message) => {
		expect(resolve(situation)).toEqual({ kind: "refused", code, reason: message });
	});

	it("before the parent's conversation is read", () => {
		const plan = resolveRunPlan(
			{ prompt: "x", description: "x", type: "Helper", model: "nope", inheritContext: true, policy: servicePolicy({}) },
			{
				catalog: new AgentCatalog(files(helper)),
				settings: DEFAULT_SETTINGS,
				parent: parentSnapshot(),
				readConversation: () => {
					throw new Error("must not be read");
				},
			},
		);
		expect(plan.kind).toBe("refused");
	});
});

describe("the type", () => {
	it("is known in any letter case, and keeps its own spelling", () => {
		const plan = planned({ request: { type: " hELPER " } });
		expect([plan.definition.name, plan.insteadOfType]).toEqual(["Helper", undefined]);
	});

	it("falls back to general-purpose where the policy allows it, and the plan says so", () => {
		const plan = planned({ request: { type: "nope" } });
		expect([plan.definition, plan.insteadOfType]).toEqual([generalPurpose, "nope"]);
	});
});

describe("the model", () => {
	const preferred = { model: { queries: ["haiku"], strength: "preferred" } } as const;
	const wish = (...queries: string[]) => ({ model: { queries, strength: "pinned" } }) as const;
	const pinned = wish("haiku");

	const cases: [string, Situation, typeof SONNET][] = [
		["is the parent's when nobody asks for one", {}, SONNET],
		["is the call's", { request: { model: "gpt" } }, GPT],
		["is the call's even when the parent has none", { request: { model: "gpt" }, parent: { model: undefined } }, GPT],
		["is the one a built-in agent prefers", { helper: preferred }, HAIKU],
		["is the call's rather than the one a built-in prefers", { helper: preferred, request: { model: "gpt" } }, GPT],
		[
			"is the parent's when a preferred one is not available",
			{ helper: preferred, parent: { availableModels: [] } },
			SONNET,
		],
		["is the agent file's", { helper: pinned }, HAIKU],
		["is the agent file's rather than the call's", { helper: pinned, request: { model: "gpt" } }, HAIKU],
		["is the first of the agent file's that is available", { helper: wish("opus", "gemini", "gpt", "haiku") }, GPT],
		["is the agent file's even when the parent has none", { helper: pinned, parent: { model: undefined } }, HAIKU],
	];

	it.each(cases)("%s", (_what, situation, expected) => {
		expect(planned(situation).model).toBe(expected);
	});

	it("is of the parent's own provider where several fit", () => {
		const theirs = model("openrouter/anthropic/claude-haiku-5");
		const parent = { availableModels: [theirs, HAIKU] };
		expect(planned({ helper: preferred, parent }).model).toBe(HAIKU);
	});
});

describe("the thinking level", () => {
	const cases: [string, Situation, string][] = [
		["is the parent's when nobody says", {}, "medium"],
		["is the call's", { request: { thinking: "high" } }, "high"],
		["is the call's in any letter case", { request: { thinking: " High " } }, "high"],
		["can be off", { request: { thinking: "off" } }, "off"],
		[
			"is the agent file's rather than the call's",
			{ request: { thinking: "high" }, helper: { thinking: "low" } },
			"low",
		],
		[
			"can be max where the host knows it",
			{ request: { thinking: "max" }, parent: { thinkingLevels: ["off", "max"] } },
			"max",
		],
	];

	it.each(cases)("%s", (_what, situation, expected) => {
		expect(planned(situation).thinkingLevel).toBe(expected);
	});

	it("is the highest this host knows where a file asks for one that it does not know, and that is reported", () => {
		const { thinkingLevel, remarks } = planned({ helper: { thinking: "max" } });
		expect([thinkingLevel, remarks]).toEqual(["xhigh", ["this host has no thinking level max; xhigh was asked for"]]);
	});

	it("is max, without a word, where a file asks for it on a host that knows it", () => {
		const parent = { thinkingLevels: ["off", "xhigh", "max"] } as const;
		const { thinkingLevel, remarks } = planned({ helper: { thinking: "max" }, parent });
		expect([thinkingLevel, remarks]).toEqual(["max", []]);
	});
});

describe("the turn limit", () => {
	const cases: [string, Situation, number | undefined][] = [
		["is none when nobody says", {}, undefined],
		["is the settings' when neither file nor call says", { settings: { defaultMaxTurns: 30 } }, 30],
		[
			"is the call's rather than the settings'",
			{ request: { limits: { turns: 3 } }, settings: { defaultMaxTurns: 30 } },
			3,
		],
		["is the agent file's rather than the call's", { request: { limits: { turns: 3 } }, helper: { maxTurns: 9 } }, 9],
		[
			"is none when the agent file says 0, whatever call and settings say",
			{ request: { limits: { turns: 3 } }, helper: { maxTurns: 0 }, settings: { defaultMaxTurns: 30 } },
			undefined,
		],
		["may be one turn", { request: { limits: { turns: 1 } } }, 1],
		["is that of before for a resume", { request: { previous }, settings: { defaultMaxTurns: 30 } }, 7],
		["is the call's for a resume that has one", { request: { previous, limits: { turns: 3 } } }, 3],
		[
			"is the agent file's for a resume, too",
			{ request: { previous, limits: { turns: 3 } }, helper: { maxTurns: 9 } },
			9,
		],
	];

	it.each(cases)("%s", (_what, situation, turns) => {
		const { limits, graceTurns } = planned({ ...situation, settings: { ...situation.settings, graceTurns: 2 } });
		expect([limits, graceTurns]).toStrictEqual([turns === undefined ? {} : { turns }, 2]);
	});
});

describe("the parent's conversation", () => {
	const inherited = expect.stringMatching(
		/^<parent_conversation>\nUser: Hello\n<\/parent_conversation>[\s\S]+\n\nDo it\.$/,
	);

	const cases: [string, Situation, unknown][] = [
		["is left out when nobody asks for it", {}, "Do it."],
		["stands before the prompt when the call asks for it", { request: { inheritContext: true } }, inherited],
		["stands before the prompt when the agent file asks for it", { helper: { inheritContext: true } }, inherited],
		[
			"is left out when the agent file says so, whatever the call says",
			{ helper: { inheritContext: false }, request: { inheritContext: true } },
			"Do it.",
		],
		[
			"stands before the prompt when the agent file says so, whatever the call says",
			{ helper: { inheritContext: true }, request: { inheritContext: false } },
			inherited,
		],
	];

	it.each(cases)("%s", (_what, situation, prompt) => {
		expect(planned(situation).prompt).toEqual(prompt);
	});

	const talk: AgentMessage[] = [1, 2, 3].map((index) => ({ role: "user", content: `said ${index}`, timestamp: 1 }));
	const said = (situation: Situation) => planned({ conversation: talk, ...situation }).prompt.match(/said \d/g) ?? [];

	const limited: [string, Situation, string[]][] = [
		["all that fits when nobody says how much", { request: { inheritContext: true } }, ["said 1", "said 2", "said 3"]],
		["the last turns the call wants", { request: { inheritContext: true, contextTurns: 2 } }, ["said 2", "said 3"]],
		["that of a call that only says how much", { request: { contextTurns: 1 } }, ["said 3"]],
		["that of a file that only says how much", { helper: { contextTurns: 1 } }, ["said 3"]],
		[
			"what the file says rather than the call",
			{ helper: { contextTurns: 2 }, request: { contextTurns: 1 } },
			["said 2", "said 3"],
		],
		[
			"what the call says where the file leaves it open",
			{ helper: { inheritContext: true }, request: { contextTurns: 1 } },
			["said 3"],
		],
		[
			"what the file says how much of, whatever the call says",
			{ helper: { contextTurns: 1 }, request: { inheritContext: false } },
			["said 3"],
		],
		[
			"nothing where the file wants none, whatever the call says",
			{ helper: { inheritContext: false }, request: { contextTurns: 2 } },
			[],
		],
		[
			"nothing where the file wants none, and says how much",
			{ helper: { inheritContext: false, contextTurns: 2 } },
			[],
		],
		[
			"nothing where the call wants none, and says how much",
			{ request: { inheritContext: false, contextTurns: 2 } },
			[],
		],
	];

	it.each(limited)("is %s", (_what, situation, turns) => {
		expect(said(situation)).toEqual(turns);
	});

	it.each([
		["context_turns", { helper: { contextTurns: 2 }, request: { contextTurns: 1 } }],
		["context_turns", { helper: { inheritContext: false }, request: { contextTurns: 1 } }],
		["inherit_context", { helper: { contextTurns: 2 }, request: { inheritContext: false } }],
	] as [string, Situation][])("is reported as decided by the file: %s", (name, situation) => {
		expect(planned(situation).remarks).toEqual([notUsed(name)]);
	});

	it.each([0, -1, 1.5, Number.NaN, 1 / 0])("is refused for %d turns", (contextTurns) => {
		expect(resolve({ request: { contextTurns } })).toEqual({
			kind: "refused",
			code: "bad-context-turns",
			reason: `\`context_turns\` is ${contextTurns}; expected an integer >= 1. Leave it out for all that fits.`,
		});
	});

	it("is left out of a resume, which has a conversation of its own, whatever the agent file says", () => {
		expect(planned({ request: { previous }, helper: { inheritContext: true } }).prompt).toBe("Do it.");
	});
});

describe("the tools", () => {
	const seen = (toolNames: string[]) => ({ loaded: loadedResources({ toolNames }) });

	it("are the definition's when the parent has every built-in tool", () => {
		expect(planned({ helper: { tools: ["ls", "read"] } }).tools).toEqual(["ls", "read"]);
	});

	it("are none when the definition says none", () => {
		expect(planned({ helper: { tools: [] } }).tools).toEqual([]);
	});

	it("are those the parent was given too when it runs with an allowlist", () => {
		expect(planned({ parent: seen(["read", "grep", "subagent"]) }).tools).toEqual(["read", "grep"]);
	});

	it("are none when the parent was given no built-in tool", () => {
		expect(planned({ parent: seen(["subagent"]) }).tools).toEqual([]);
	});

	const withTools = seen([...BUILTIN_TOOLS, "lookup", "notes"]);
	const extensions: [string, string[] | undefined, string[] | undefined, string[]][] = [
		["are all that the parent has when none is named", undefined, undefined, []],
		["are just the named ones", ["lookup"], ["lookup"], []],
		["are the named ones, also those that are not there yet", ["lookup", "gone"], ["lookup", "gone"], ["gone"]],
		["are no others when only unknown ones are named", ["gone", "lost"], ["gone", "lost"], ["gone", "lost"]],
	];

	it.each(extensions)("of extensions %s, and an unknown one is named", (_what, extensionTools, kept, unknown) => {
		const plan = planned({ helper: { extensionTools }, parent: withTools });
		expect([plan.tools, plan.extensionTools, plan.unknownTools]).toEqual([BUILTIN_TOOLS, kept, unknown]);
	});
});

describe("the parent gets the result", () => {
	const unattended = { attended: false };
	const service = { policy: servicePolicy({}) };
	const notifying = { policy: servicePolicy({ notifyParent: true }) };
	const cases: [string, Situation, RunSpec["report"]][] = [
		["with the return of a foreground run", {}, "return"],
		["by notification of a background run", { request: { background: true } }, "notification"],
		["with the return where it had to run in front", { parent: unattended, request: { background: true } }, "return"],
		["not of a run of the service", { request: { ...service, background: true } }, "none"],
		["not of a foreground run of the service", { request: service }, "none"],
		["by notification where the service is asked to", { request: notifying }, "notification"],
		[
			"by notification also where the agent file puts it in front",
			{ helper: { runInBackground: false }, request: { ...notifying, background: true } },
			"notification",
		],
	];
	it.each(cases)("%s", (_how, situation, report) => {
		expect(planned(situation).report).toBe(report);
	});
});

describe("the background", () => {
	const unattended = { attended: false };
	const forced = "it ran in the foreground, because in this mode nobody would be there when a background run ends";

	const cases: [string, Situation, Pick<RunSpec & RunPlan, "isBackground" | "admission" | "remarks">][] = [
		["is not used when nobody asks for it", {}, { isBackground: false, admission: "at-once", remarks: [] }],
		[
			"is used when the call asks for it, and the run waits for a slot",
			{ request: { background: true } },
			{ isBackground: true, admission: "queued", remarks: [] },
		],
		[
			"is used when the agent file asks for it",
			{ helper: { runInBackground: true } },
			{ isBackground: true, admission: "queued", remarks: [] },
		],
		[
			"is not used when the agent file says so, whatever the call says",
			{ helper: { runInBackground: false }, request: { background: true } },
			{ isBackground: false, admission: "at-once", remarks: [notUsed("run_in_background")] },
		],
		[
			"is used when the agent file says so, whatever the call says",
			{ helper: { runInBackground: true }, request: { background: false } },
			{ isBackground: true, admission: "queued", remarks: [notUsed("run_in_background")] },
		],
		[
			"is used for what a person resumes, whatever the agent file says",
			{ helper: { runInBackground: false }, request: { policy: PERSON_POLICY, previous } },
			{ isBackground: true, admission: "queued", remarks: [] },
		],
		[
			"is not used when the agent file says so for a resume, either",
			{ helper: { runInBackground: false }, request: { previous, background: true } },
			{ isBackground: false, admission: "at-once", remarks: [notUsed("run_in_background")] },
		],
		[
			"is not used where nobody would be notified of the result, but the run waits for a slot all the same",
			{ parent: unattended, request: { background: true } },
			{ isBackground: false, admission: "queued", remarks: [forced] },
		],
		[
			"is not used there for an agent file either",
			{ parent: unattended, helper: { runInBackground: true }, request: { background: false } },
			{ isBackground: false, admission: "queued", remarks: [notUsed("run_in_background"), forced] },
		],
		[
			"makes no difference there to who did not ask for it",
			{ parent: unattended },
			{ isBackground: false, admission: "at-once", remarks: [] },
		],
	];

	it.each(cases)("%s", (_what, situation, expected) => {
		const { isBackground, admission, remarks } = planned(situation);
		expect({ isBackground, admission, remarks }).toEqual(expected);
	});
});

describe("the remarks of a resume", () => {
	it("name what of it the agent file overruled, and leave the rest to the resume", () => {
		const request = { previous, limits: { turns: 3 }, background: true, thinking: "high", inheritContext: true };
		const file = { maxTurns: 9, runInBackground: false, thinking: "low", inheritContext: false } as const;
		expect(planned({ request, helper: file }).remarks).toEqual(["max_turns", "run_in_background"].map(notUsed));
	});
});

describe("the remarks", () => {
	const call = { model: "gpt", thinking: "high", limits: { turns: 3 }, inheritContext: true };
	const file: Partial<AgentDefinition> = {
		model: { queries: ["haiku"], strength: "pinned" },
		thinking: "low",
		maxTurns: 9,
		inheritContext: false,
	};

	it("name each parameter of the call that the agent file overruled", () => {
		expect(planned({ request: call, helper: file }).remarks).toEqual(
			["model", "thinking", "max_turns", "inherit_context"].map(notUsed),
		);
	});

	it("name one that the file leaves unlimited or off", () => {
		const plan = planned({ request: call, helper: { maxTurns: 0, thinking: "off" } });
		expect(plan.remarks).toEqual(["thinking", "max_turns"].map(notUsed));
	});

	it("say on which model it ran when the agent file's is not available", () => {
		const plan = planned({ helper: { model: { queries: ["opus"], strength: "pinned" } } });
		expect([plan.model, plan.remarks]).toEqual([
			SONNET,
			['the model "opus" of Helper is not available; the parent\'s is used: anthropic/claude-sonnet-4-5'],
		]);
	});

	it("name all that were asked for in vain, where the file has a list of models", () => {
		const plan = planned({ helper: { model: { queries: ["opus", "gemini"], strength: "pinned" } } });
		expect(plan.remarks).toEqual([
			'the model "opus", "gemini" of Helper is not available; the parent\'s is used: anthropic/claude-sonnet-4-5',
		]);
	});

	it("are none when the call asks for nothing that the file decides", () => {
		expect(planned({ helper: file }).remarks).toEqual([]);
		expect(planned({ request: call }).remarks).toEqual([]);
	});

	it("do not call a built-in's preference a decision", () => {
		const preferred = { model: { queries: ["haiku"], strength: "preferred" } } as const;
		expect(planned({ request: { model: "gpt" }, helper: preferred }).remarks).toEqual([]);
	});
});

describe("the spec of a run", () => {
	const keys = { isolation: "worktree", depth: Number.POSITIVE_INFINITY, list: [1, { a: null }] };
	const cyclic: Record<string, unknown> = { kept: 1 };
	cyclic.itself = cyclic;
	const ways: [string, Situation][] = [
		["a tool call", { request: { toolCallId: "call-1", background: true, limits: { turns: 3 } } }],
		["a tool call that says as little as it can", { request: { limits: { turns: undefined } } }],
		["a tool call that inherits the conversation", { request: { inheritContext: true, contextTurns: 1 } }],
		["a tool call with a type that nobody knows", { request: { type: "nobody-at-all" } }],
		["another extension", { request: { policy: servicePolicy({}), thinking: "high", model: "gpt" } }],
		["a person who resumes it", { request: { policy: PERSON_POLICY, previous } }],
		["a resume of one whose directory is known", { request: { previous: { ...previous, cwd: "/worktree" } } }],
		["an agent file with keys that JSON does not know", { helper: { fileKeys: { ...keys, cyclic } } }],
		["an agent file that restricts the tools", { helper: { tools: ["read"], extensionTools: ["todo"] } }],
		["a parent with a list of allowed models", { settings: { models: ["anthropic/*"] } }],
	];

	it.each(ways)("is the same after a way through JSON when it was asked for by %s", (_who, situation) => {
		const plan = resolve(situation);
		if (plan.kind !== "planned") throw new Error(`refused: ${plan.reason}`);
		expect(JSON.parse(JSON.stringify(plan.spec))).toStrictEqual(plan.spec);
		expect(structuredClone(plan.spec)).toStrictEqual(plan.spec);
	});

	it("leaves out a key of the agent file that contains itself, and keeps the others", () => {
		const { fileKeys } = planned({ helper: { fileKeys: { isolation: "worktree", cyclic } } }).definition;
		expect(fileKeys).toEqual({ isolation: "worktree" });
	});
});
