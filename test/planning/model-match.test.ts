import { describe, expect, it } from "vitest";
import { matchModel, modelKey } from "../../src/planning/model-match.ts";
import { model } from "./parent-fake.ts";

const MODELS = [
	model("anthropic/claude-3-5-haiku-20241022", "Claude Haiku 3.5"),
	model("anthropic/claude-haiku-4-5", "Claude Haiku 4.5 (latest)"),
	model("anthropic/claude-haiku-4-5-20251001", "Claude Haiku 4.5"),
	model("anthropic/claude-sonnet-4-20250514", "Claude Sonnet 4"),
	model("anthropic/claude-sonnet-4-5-20250929", "Claude Sonnet 4.5"),
	model("google/gemini-2.5-flash", "Gemini 2.5 Flash"),
	model("google/gemini-3-flash-preview", "Gemini 3 Flash Preview"),
	model("openai/gpt-5", "GPT-5"),
	model("openai/gpt-5-mini", "GPT-5 mini"),
	model("openrouter/anthropic/claude-haiku-4.5", "Anthropic: Claude Haiku 4.5"),
	model("openrouter/openai/gpt-5", "OpenAI: GPT-5"),
];

/** The result of a query with these models, in the order given and in the opposite one. */
function chosen(query: string, models = MODELS, parent = "anthropic/any"): string[] {
	return [models, models.toReversed()].map((available) => {
		const choice = matchModel(query, available, model(parent));
		return choice.kind === "chosen" ? modelKey(choice.model) : `none, nearest ${choice.nearest.join(" ")}`;
	});
}

const always = (key: string) => [key, key];

describe("the key of a model", () => {
	it("is provider/id, whatever slashes the id has", () => {
		expect(modelKey({ provider: "openrouter", id: "anthropic/claude-haiku-4.5" })).toBe(
			"openrouter/anthropic/claude-haiku-4.5",
		);
	});
});

describe("the model somebody named", () => {
	it.each([
		["provider/id", "openai/gpt-5", "openai/gpt-5"],
		["provider/id where the id has slashes", "openrouter/openai/gpt-5", "openrouter/openai/gpt-5"],
		["provider/id in any letter case", " OpenAI/GPT-5 ", "openai/gpt-5"],
		["an id that others begin with", "gpt-5", "openai/gpt-5"],
		["an id with slashes", "anthropic/claude-haiku-4.5", "openrouter/anthropic/claude-haiku-4.5"],
		["a dated id", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5-20251001"],
		["one word", "flash", "google/gemini-2.5-flash"],
		["words in any order and letter case", "5 GPT Mini", "openai/gpt-5-mini"],
		["words of its name", "sonnet 4.5", "anthropic/claude-sonnet-4-5-20250929"],
		["words with other joints", "gemini_3-flash", "google/gemini-3-flash-preview"],
		["a provider and a word", "openrouter/haiku", "openrouter/anthropic/claude-haiku-4.5"],
		["a word and a date", "haiku 20251001", "anthropic/claude-haiku-4-5-20251001"],
		["a word and a date with joints", "haiku-2025-10-01", "anthropic/claude-haiku-4-5-20251001"],
		["a word and a year and month", "haiku 202410", "anthropic/claude-3-5-haiku-20241022"],
		["words without a joint before the number", "gpt5 mini", "openai/gpt-5-mini"],
		["beginnings of words", "son 4.5", "anthropic/claude-sonnet-4-5-20250929"],
		["a version that newer ones begin with", "sonnet 4", "anthropic/claude-sonnet-4-20250514"],
	])("is found by %s", (_what, query, key) => {
		expect(chosen(query)).toEqual(always(key));
	});

	it("is the model of that very id before one in whose name the words occur", () => {
		const models = [model("anthropic/o3-like", "like o3"), model("openai/o3")];
		expect(chosen("o3", models)).toEqual(always("openai/o3"));
	});
});

describe("where several models fit", () => {
	it.each([
		["anthropic/any", "anthropic/claude-haiku-4-5"],
		["openrouter/any", "openrouter/anthropic/claude-haiku-4.5"],
	])("a parent on %s gets %s", (parent, key) => {
		expect(chosen("haiku", MODELS, parent)).toEqual(always(key));
	});

	it("the parent's provider goes before a newer model elsewhere", () => {
		const models = [model("mine/haiku-3-preview"), model("theirs/haiku-9")];
		expect(chosen("haiku", models, "mine/any")).toEqual(always("mine/haiku-3-preview"));
	});

	it.each(["preview", "beta", "exp", "experimental", "alpha"])(
		"a stable release goes before a newer one in %s",
		(stage) => {
			const models = [model(`x/flash-2.5`), model(`x/flash-3-${stage}`)];
			expect(chosen("flash", models)).toEqual(always("x/flash-2.5"));
		},
	);

	it("the newer release goes before the older one, by number and not by letter", () => {
		const models = ["x/opus-4", "x/opus-4-5", "x/opus-4.10", "x/opus-3-7-20250219"].map((key) => model(key));
		expect(chosen("opus", models)).toEqual(always("x/opus-4.10"));
	});

	it("a release date does not count as a version", () => {
		const models = [model("x/opus-4-20250514"), model("x/opus-4-1"), model("x/opus-3-2025-12-31")];
		expect(chosen("opus", models)).toEqual(always("x/opus-4-1"));
	});

	it("an alias goes before the dated release it stands for", () => {
		const models = [model("x/haiku-4-5-20251001"), model("x/haiku-4-5")];
		expect(chosen("haiku", models)).toEqual(always("x/haiku-4-5"));
	});

	it("the newer date goes before the older one of the same version", () => {
		const models = [model("x/haiku-4-5-20251001"), model("x/haiku-4-5-20251201")];
		expect(chosen("haiku", models)).toEqual(always("x/haiku-4-5-20251201"));
	});

	it("four digits are a date and no version", () => {
		const models = [model("x/large-2-2411"), model("x/large-3-2311")];
		expect(chosen("large", models)).toEqual(always("x/large-3-2311"));
		expect(chosen("large 2411", models)).toEqual(always("x/large-2-2411"));
	});

	it("the parent's provider goes before an id without a version elsewhere", () => {
		const models = [model("theirs/haiku-latest"), model("mine/haiku-4-5")];
		expect(chosen("haiku", models, "mine/any")).toEqual(always("mine/haiku-4-5"));
	});

	it("a version is named from its beginning, and a size is a word", () => {
		const models = [model("x/haiku-4-5"), model("x/llama-3.3-70b"), model("x/llama-3.1-8b")];
		expect(matchModel("haiku 5", models, undefined).kind).toBe("none");
		expect(chosen("llama 8b", models)).toEqual(always("x/llama-3.1-8b"));
	});

	it("the choice is made without a parent's model too", () => {
		const choice = matchModel("haiku", MODELS, undefined);
		expect(choice).toEqual({ kind: "chosen", model: MODELS[1], fitting: expect.any(Number) });
	});

	it.each([
		["a key", "a/haiku-5", 1],
		["an id of two providers", "haiku-5", 2],
		["words", "haiku", 4],
		["words of one provider", "b haiku", 1],
		["a version in full", "haiku 4", 1],
		["a version's beginning, as there is none in full", "opus 3", 2],
	])("the refusal says how many there are: %s", (_what, query, fitting) => {
		const models = ["a/haiku-5", "b/haiku-5", "a/haiku-4", "a/haiku-4-1", "a/opus-3-5", "a/opus-3-6"].map((key) =>
			model(key),
		);
		expect(matchModel(query, models, undefined)).toMatchObject({ kind: "chosen", fitting });
	});

	it("the list of models stays in its order", () => {
		const models = Object.freeze([...MODELS]);
		matchModel("haiku", models, undefined);
		expect(models).toEqual(MODELS);
	});
});

describe("a model as people write it in agent files", () => {
	const wide = { ...model("anthropic/claude-opus-5", "Claude Opus 5"), contextWindow: 1_000_000 };
	const CATALOG = [
		model("anthropic/claude-haiku-4-5"),
		model("anthropic/claude-sonnet-4-5-20250929", "Claude Sonnet 4.5"),
		wide,
		model("bedrock/us.anthropic.claude-opus-4-20250514-v1:0", "Claude Opus 4"),
		model("openrouter/deepseek/r1:free"),
		model("openrouter/openai/gpt-5"),
		model("router/odd:high"),
	];
	const match = (query: string) => {
		const found = matchModel(query, CATALOG, model("anthropic/any"));
		if (found.kind === "none") return found.kind;
		return [modelKey(found.model), found.level, found.isSubstitute === true];
	};

	it.each([
		["a level behind provider/id", "openrouter/openai/gpt-5:high", "openrouter/openai/gpt-5", "high"],
		["a level behind a word", "haiku:low", "anthropic/claude-haiku-4-5", "low"],
		["a level in any letter case, with blanks around", " Haiku:XHigh ", "anthropic/claude-haiku-4-5", "xhigh"],
		["a level behind an id with a colon", "openrouter/deepseek/r1:free:off", "openrouter/deepseek/r1:free", "off"],
		["a size of context", "opus[1m]", "anthropic/claude-opus-5", undefined],
		["a size and a level", "opus[1m]:high", "anthropic/claude-opus-5", "high"],
		["a level and a size", "opus:high[1m]", "anthropic/claude-opus-5", "high"],
		["the alias of a dated id", "claude-sonnet-4-5", "anthropic/claude-sonnet-4-5-20250929", undefined],
		["the alias that always means the newest", "claude-haiku-latest", "anthropic/claude-haiku-4-5", undefined],
		["an id with a colon of its own", "openrouter/deepseek/r1:free", "openrouter/deepseek/r1:free", undefined],
		["an id that ends like a level", "router/odd:high", "router/odd:high", undefined],
	])("is found as it was meant: %s", (_what, query, key, level) => {
		expect(match(query)).toEqual([key, level, false]);
	});

	it.each([
		["a release that is not there, by its alias", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5"],
		["the same with provider and level", "anthropic/claude-haiku-4-5-20251001:low", "anthropic/claude-haiku-4-5"],
		["the same in Vertex's way", "claude-haiku-4-5@20251001", "anthropic/claude-haiku-4-5"],
		["the same in Bedrock's way", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic/claude-haiku-4-5"],
		["another provider", "anthropic/claude-opus-4", "bedrock/us.anthropic.claude-opus-4-20250514-v1:0"],
		["less context", "haiku[1m]", "anthropic/claude-haiku-4-5"],
		["a later version", "claude-sonnet-4", "anthropic/claude-sonnet-4-5-20250929"],
	])("is a substitute: %s", (_what, query, key) => {
		expect(match(query)).toEqual([key, query.endsWith(":low") ? "low" : undefined, true]);
	});

	it.each(["haiku:turbo", "claude-haiku-3-5-20241022", "opusplan:high", ":low", "[1m]"])(
		"is not guessed: %s",
		(query) => {
			expect(match(query)).toBe("none");
		},
	);
});

describe("where no model fits", () => {
	it("the nearest come first, for a typing mistake", () => {
		const choice = matchModel("claude-haiku-5-4-20251001x", MODELS, model("anthropic/any"));
		expect(choice.kind === "none" && choice.nearest[0]).toBe("anthropic/claude-haiku-4-5-20251001");
	});

	it("a word with a letter missing leads to the models of that word", () => {
		const choice = matchModel("sonet", MODELS, model("openai/any"));
		expect(choice.kind === "none" && choice.nearest.slice(0, 2)).toEqual([
			"anthropic/claude-sonnet-4-5-20250929",
			"anthropic/claude-sonnet-4-20250514",
		]);
	});

	it("five different ones are named, the parent's own first when nothing is near", () => {
		const choice = matchModel("@@@@", MODELS, model("openai/any"));
		const nearest = choice.kind === "none" ? choice.nearest : [];
		expect(nearest.slice(0, 2)).toEqual(["openai/gpt-5", "openai/gpt-5-mini"]);
		expect(new Set(nearest).size).toBe(5);
	});

	it("a word within a word is no match", () => {
		const models = [model("x/deepthink")];
		expect(chosen("think", models)).toEqual(always("none, nearest x/deepthink"));
	});

	it("another version or date is no match", () => {
		for (const query of ["haiku 6", "haiku 20300101"]) {
			expect(matchModel(query, MODELS, undefined).kind).toBe("none");
		}
	});

	it("an endless query is answered without delay", () => {
		expect(matchModel("y".repeat(100_000), MODELS, undefined).kind).toBe("none"); // the matcher alone would take minutes
	});

	it.each(["", " ", "/", "--"])("a query without words (%j) fits none", (query) => {
		expect(matchModel(query, MODELS, undefined).kind).toBe("none");
	});

	it("none is named when none is available", () => {
		expect(matchModel("haiku", [], undefined)).toEqual({ kind: "none", nearest: [] });
	});
});
