import { describe, expect, it } from "vitest";
import type { AgentDefinition } from "../../src/domain/agent-definition.ts";
import { type RunRequest, servicePolicy } from "../../src/domain/run-request.ts";
import type { Settings } from "../../src/domain/settings.ts";
import { selectModel } from "../../src/planning/model-selection.ts";
import type { ParentSnapshot } from "../../src/planning/parent-snapshot.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";
import { sampleAgent } from "../agents/sample-agent.ts";
import { cpuMs } from "../support/cpu-time.ts";
import { GPT, HAIKU, model, parentSnapshot, SONNET } from "./parent-fake.ts";

interface Situation {
	readonly call?: string;
	readonly file?: AgentDefinition["model"];
	readonly settings?: Partial<Pick<Settings, "models" | "modelFallback">>;
	readonly parent?: Partial<ParentSnapshot>;
	/** The key of the model that is resumed. */
	readonly resumed?: string;
}

const pinned = (...queries: string[]) => ({ queries, strength: "pinned" }) as const;
const preferred = (...queries: string[]) => ({ queries, strength: "preferred" }) as const;
const everyone = [SONNET, HAIKU, GPT];

function decide({ call, file, settings, parent, resumed }: Situation) {
	const request: RunRequest = {
		prompt: "x",
		description: "x",
		type: "Helper",
		policy: servicePolicy({}),
		...(call !== undefined && { model: call }),
		...(resumed !== undefined && {
			previous: {
				definition: sampleAgent(),
				model: resumed,
				thinkingLevel: "off",
				limits: {},
				cwd: undefined,
			},
		}),
	};
	const sources = { settings: { ...DEFAULT_SETTINGS, ...settings }, parent: parentSnapshot(parent) };
	return selectModel(request, sampleAgent(file && { model: file }), sources);
}

const decided = (chosen: typeof SONNET, ...remarks: string[]) => ({ kind: "decided", model: chosen, remarks });
const refused = (message: unknown) => ({ kind: "refused", code: "unknown-model", reason: message });
const unknown = (query: string, nearest: string) =>
	refused(
		`Unknown or unavailable model "${query}". Give provider/id or a part of a model's name. Nearest available: ${nearest}.`,
	);

describe("the model and level that people write", () => {
	const leveled = (chosen: typeof SONNET, level: string, ...remarks: string[]) => ({
		...decided(chosen, ...remarks),
		level,
	});

	it.each<[string, Situation, unknown]>([
		["a call's level", { call: "haiku:low" }, leveled(HAIKU, "low")],
		["a call's provider/id with a level", { call: "openai/gpt-5.2:high" }, leveled(GPT, "high")],
		["a file's level", { file: pinned("haiku:low") }, leveled(HAIKU, "low")],
		["the level of the one that is there", { file: pinned("opus:high", "haiku:low") }, leveled(HAIKU, "low")],
		[
			"the level of a file whose model is not there",
			{ file: pinned("opus:low") },
			leveled(
				SONNET,
				"low",
				'the model "opus:low" of Helper is not available; the parent\'s is used: anthropic/claude-sonnet-4-5',
			),
		],
		["a call that inherits", { call: " Inherit " }, decided(SONNET)],
		[
			"a call that inherits, before a built-in's preference",
			{ call: "inherit", file: preferred("haiku") },
			decided(SONNET),
		],
		["a call that inherits with a level", { call: "inherit:high" }, leveled(SONNET, "high")],
		["a call that inherits, after the file's", { call: "inherit", file: pinned("haiku") }, decided(HAIKU)],
		[
			"a call that inherits what it may not",
			{ call: "inherit", settings: { models: ["*haiku*"] } },
			refused(expect.stringContaining("is not allowed for subagents")),
		],
		[
			"a release that is not there",
			{ call: "claude-haiku-4-5-20990101:low" },
			leveled(
				HAIKU,
				"low",
				'the model "claude-haiku-4-5-20990101:low" is not available; anthropic/claude-haiku-4-5 is used',
			),
		],
		[
			"a context that is not there",
			{ call: "haiku[1m]" },
			decided(
				HAIKU,
				`no model for "haiku[1m]" has so much context; anthropic/claude-haiku-4-5 is used, with ${HAIKU.contextWindow} tokens`,
			),
		],
		["a level that nobody knows", { call: "haiku:turbo" }, refused(expect.stringContaining('"haiku:turbo"'))],
	])("are understood: %s", (_what, situation, expected) => {
		expect(decide(situation)).toEqual(expected);
	});
});

describe("the model of a run", () => {
	const cases: [string, Situation, unknown][] = [
		["is the parent's when nobody names one", {}, decided(SONNET)],
		["is the parent's also when it is not listed as available", { parent: { availableModels: [] } }, decided(SONNET)],
		["is the call's", { call: "gpt" }, decided(GPT)],
		["is the file's before the call's", { call: "gpt", file: pinned("haiku") }, decided(HAIKU)],
		["is the call's before a built-in's preference", { call: "gpt", file: preferred("haiku") }, decided(GPT)],
		["is a built-in's preference before the parent's", { file: preferred("haiku") }, decided(HAIKU)],
		["is the parent's without a word where a preference cannot be had", { file: preferred("opus") }, decided(SONNET)],
		["is the first of a file's list", { file: pinned("gpt", "haiku") }, { ...decided(GPT), others: [HAIKU] }],
		[
			"is the first of a file's list that can be had",
			{ file: pinned("opus", "o9", "haiku", "gpt") },
			{ ...decided(HAIKU), others: [GPT] },
		],
		[
			"is a file's exact key before words",
			{ file: pinned("openai/gpt-5.2", "haiku") },
			{ ...decided(GPT), others: [HAIKU] },
		],
		[
			"is reported where the call's words fit several",
			{ call: "claude" },
			decided(HAIKU, 'the model "claude" fits 2 models; anthropic/claude-haiku-4-5 is used'),
		],
		[
			"is reported where the file's words fit several, and the call's do not count",
			{ call: "claude", file: pinned("opus", "4.5") },
			decided(HAIKU, 'the model "4.5" fits 2 models; anthropic/claude-haiku-4-5 is used'),
		],
		["is not told where a built-in's preference fits several", { file: preferred("claude") }, decided(HAIKU)],
		[
			"is refused when the call's cannot be had, with the nearest",
			{ call: "haikoo", parent: { availableModels: [HAIKU] } },
			unknown("haikoo", "anthropic/claude-haiku-4-5"),
		],
		[
			"is refused when the call's cannot be had, even where the file pins one that can",
			{ call: "grok", file: pinned("haiku"), parent: { availableModels: [HAIKU] } },
			unknown("grok", "anthropic/claude-haiku-4-5"),
		],
		[
			"is refused when the call's cannot be had, whatever modelFallback says",
			{ call: "grok", settings: { modelFallback: "parent" }, parent: { availableModels: [GPT] } },
			unknown("grok", "openai/gpt-5.2"),
		],
	];

	it.each(cases)("%s", (_what, situation, expected) => {
		expect(decide(situation)).toEqual(expected);
	});

	it("is not looked for among all there are when nobody names one", () => {
		const parent = parentSnapshot();
		Object.defineProperty(parent, "availableModels", {
			get: () => {
				throw new Error("must not be read");
			},
		});
		const request = { prompt: "x", description: "x", type: "Helper", policy: servicePolicy({}) };
		expect(selectModel(request, sampleAgent(), { settings: DEFAULT_SETTINGS, parent })).toEqual(decided(SONNET));
	});
});

describe("a file's model that cannot be had", () => {
	const file = pinned("opus", "gemini");
	const missing = 'he model "opus", "gemini" of Helper is not available';

	it("gives way to the parent's, with a note", () => {
		expect(decide({ file })).toEqual(decided(SONNET, `t${missing}; the parent's is used: anthropic/claude-sonnet-4-5`));
	});

	it("is refused where the settings say so, with the nearest that can", () => {
		const parent = { availableModels: [GPT] };
		expect(decide({ file, parent, settings: { modelFallback: "refuse" } })).toEqual(
			refused(`T${missing}. Nearest available: openai/gpt-5.2.`),
		);
	});

	it("is refused where the settings say so, also when nothing can be had at all", () => {
		const parent = { availableModels: [] };
		expect(decide({ file, parent, settings: { modelFallback: "refuse" } })).toEqual(
			refused(
				`T${missing}. No model is available: no provider has a key, or the setting \`models\` allows none that has.`,
			),
		);
	});

	it("does not give way to the call's, which the file overrules", () => {
		expect(decide({ file, call: "haiku" })).toMatchObject({ model: SONNET });
	});

	it("is no reason to refuse where it is only a built-in's preference", () => {
		expect(decide({ file: preferred("opus"), settings: { modelFallback: "refuse" } })).toEqual(decided(SONNET));
	});

	it("is refused when the parent has none to give", () => {
		expect(decide({ file, parent: { model: undefined } })).toMatchObject({ kind: "refused", code: "no-model" });
	});
});

describe("the list of allowed models", () => {
	const only = (...models: string[]) => ({ settings: { models } });

	const allowing: [string, string[], (typeof SONNET)[]][] = [
		["nothing, which allows all", [], everyone],
		["a star", ["*"], everyone],
		["a provider", ["anthropic/*"], [SONNET, HAIKU]],
		["a key", ["openai/gpt-5.2"], [GPT]],
		["an id", ["claude-haiku-4-5"], [HAIKU]],
		["a word anywhere", ["*haiku*"], [HAIKU]],
		["the beginning of an id", ["claude-*"], [SONNET, HAIKU]],
		["the end of an id", ["*-4-5"], [SONNET, HAIKU]],
		["the middle of a key", ["anthropic/*sonnet*5"], [SONNET]],
		["any letter case, and blanks around", [" OpenAI/GPT-* "], [GPT]],
		["several patterns", ["*haiku*", "openai/*"], [HAIKU, GPT]],
		["signs that are no wildcards", ["gpt-5?2", "gpt-5[.]2", "gpt.5.2", "{gpt-5.2}", "!*"], []],
		["a part without a star", ["haiku", "anthropic", "anthropic/"], []],
		["two stars for one piece", ["anthropic/claude-h*h*"], []],
		["pieces that would have to overlap", ["claude-haiku-4-5*5"], []],
	];

	it.each(allowing)("may be %s", (_what, models, allowed) => {
		const seen = everyone.filter(
			(candidate) => decide({ call: `${candidate.provider}/${candidate.id}`, ...only(...models) }).kind === "decided",
		);
		expect(seen).toEqual(allowed);
	});

	it("names a provider by what comes before the first slash, whatever others call their models", () => {
		const resold = model("openrouter/anthropic/claude-haiku-4.5");
		const parent = { availableModels: [resold, GPT] };
		expect(decide({ call: "haiku", parent, ...only("anthropic/*", "gpt-*") })).toEqual(
			unknown("haiku", "openai/gpt-5.2"),
		);
		expect(decide({ call: "haiku", parent, ...only("openrouter/*") })).toEqual(decided(resold));
		expect(decide({ call: "haiku", parent, ...only("*haiku*") })).toEqual(decided(resold));
	});

	it("refuses a call's model that is not on it, with the nearest that are", () => {
		expect(decide({ call: "sonnet", ...only("*haiku*") })).toEqual(unknown("sonnet", "anthropic/claude-haiku-4-5"));
	});

	it("lets words mean the best that is on it", () => {
		expect(decide({ call: "claude", ...only("*haiku*") })).toEqual(decided(HAIKU));
	});

	it("continues to the next of a file's list", () => {
		expect(decide({ file: pinned("sonnet", "gpt"), ...only("openai/*") })).toEqual(decided(GPT));
	});

	it("leaves a file's model to the parent's only where that is on it", () => {
		expect(decide({ file: pinned("gpt"), ...only("anthropic/*") })).toMatchObject(decided(SONNET, expect.anything()));
		expect(decide({ file: pinned("gpt"), ...only("*haiku*") })).toEqual(
			refused(
				"The parent's model anthropic/claude-sonnet-4-5 is not allowed for subagents; name one in `model`. Allowed: *haiku*.",
			),
		);
	});

	it("keeps a built-in's preference to itself", () => {
		expect(decide({ file: preferred("haiku"), ...only("*sonnet*") })).toEqual(decided(SONNET));
		expect(decide({ file: preferred("haiku"), ...only("*haiku*") })).toEqual(decided(HAIKU));
	});

	it("refuses the parent's model where nobody names another, with what is allowed", () => {
		expect(decide(only("openai/*", "*haiku*"))).toEqual(
			refused(
				"The parent's model anthropic/claude-sonnet-4-5 is not allowed for subagents; name one in `model`. Allowed: openai/*, *haiku*.",
			),
		);
	});

	it("refuses to resume a model that is no longer on it", () => {
		const resumed = "openai/gpt-5.2";
		expect(decide({ resumed, ...only("openai/*") })).toEqual(decided(GPT));
		expect(decide({ resumed, ...only("anthropic/*") })).toEqual(
			refused("Its model openai/gpt-5.2 is no longer allowed for subagents. Allowed: anthropic/*."),
		);
	});

	it.each([
		["stars between the same letter", `${"*a".repeat(5000)}*b`],
		["stars alone", "*".repeat(50_000)],
		["stars between pieces that are nearly there", `${"*aab".repeat(3000)}`],
	])("is looked through in bounded time: %s", (_what, pattern) => {
		const long = model(`x/${"a".repeat(50_000)}`);
		const took = cpuMs(() => decide({ call: "x", parent: { availableModels: [long] }, ...only(pattern) }));
		expect(took).toBeLessThan(5000);
	});
});

describe("the model of a resume", () => {
	it("is the one it had, whatever file and parent have by now", () => {
		const resumed = "openai/gpt-5.2";
		expect(decide({ resumed, file: pinned("haiku"), parent: { model: HAIKU } })).toEqual(decided(GPT));
	});

	it("is the one it had, where the call names another", () => {
		expect(decide({ resumed: "openai/gpt-5.2", call: "haiku" })).toEqual(decided(GPT));
	});

	it("is the parent's own also when it is not listed as available", () => {
		const resumed = "anthropic/claude-sonnet-4-5";
		expect(decide({ resumed, parent: { availableModels: [] } })).toEqual(decided(SONNET));
	});

	it("is refused when it cannot be had any more", () => {
		expect(decide({ resumed: "openai/gpt-5.2", parent: { availableModels: [HAIKU] } })).toEqual(
			refused("Its model openai/gpt-5.2 is no longer available; it cannot be resumed without it."),
		);
	});

	it("is refused when the call names one that cannot be had", () => {
		expect(decide({ resumed: "openai/gpt-5.2", call: "grok" })).toMatchObject({ kind: "refused" });
	});
});
