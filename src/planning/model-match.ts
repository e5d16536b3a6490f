import type { Api, Model } from "@mariozechner/pi-ai";
import Fuse from "fuse.js";
import type { ThinkingLevel } from "../domain/agent-definition.ts";
import { type ModelQuery, readModelQuery } from "../domain/model-query.ts";

type AnyModel = Model<Api>;

/** The result of a model query: one model, or the nearest available ones. */
export type ModelMatch =
	| {
			readonly kind: "chosen";
			readonly model: AnyModel;
			/** To how many models the words fit equally well; this one of them is taken. */
			readonly fitting: number;
			/** The thinking level that the query names. */
			readonly level?: ThinkingLevel;
			/** It is not quite what was asked for: another release, another provider, less context. */
			readonly isSubstitute?: true;
	  }
	| { readonly kind: "none"; readonly nearest: readonly string[] };

const SUGGESTIONS = 5;
/** The matcher's time grows with the query's length; nobody calls a model by a longer name. */
const LONGEST_QUERY = 64;

/**
 * Finds the model somebody named: `provider/id`, an id, or words that begin words of its id or name (`haiku`, `sonnet 4.5`), with
 * a thinking level (`haiku:low`) or a size of context (`sonnet[1m]`) behind it. A dated id finds the alias where there is no such
 * release, and an alias the dated id.
 * Where several fit, the version that was named goes before others, then the parent's provider, a stable release before a
 * preview, the newer before the older, an alias before a dated release: the same words mean the same model every time.
 */
export function matchModel(query: string, available: readonly AnyModel[], parent: AnyModel | undefined): ModelMatch {
	const ranked = available.map(describe).sort((a, b) => compare(a, b, parent));
	const asWritten = exactly(query.trim().toLowerCase(), ranked); // ids may have a colon or brackets of their own
	const wanted = readModelQuery(query);
	const name = wanted.name.toLowerCase();
	for (const find of asWritten.length > 0
		? [() => asWritten]
		: [() => exactly(name, ranked), () => matching(name, ranked)]) {
		const found = find();
		const fitting = asWritten.length > 0 ? found : withContext(found, wanted);
		const [first] = fitting;
		if (!first) continue;
		return {
			kind: "chosen",
			model: first.model,
			fitting: fitting.length,
			...(asWritten.length === 0 && wanted.level && { level: wanted.level }),
			...(asWritten.length === 0 && isSubstitute(first, wanted) && { isSubstitute: true as const }),
		};
	}
	return { kind: "none", nearest: nearestModels(name, ranked) };
}

function exactly(wanted: string, ranked: readonly Candidate[]): readonly Candidate[] {
	const byKey = ranked.filter(({ model }) => modelKey(model).toLowerCase() === wanted);
	return byKey.length > 0 ? byKey : ranked.filter(({ model }) => model.id.toLowerCase() === wanted);
}

/** Those with room enough, if any have. */
function withContext(fitting: readonly Candidate[], { context = 0 }: ModelQuery): readonly Candidate[] {
	const roomy = fitting.filter(({ model }) => model.contextWindow >= context);
	return roomy.length > 0 ? roomy : fitting;
}

/** Words leave open which model they mean; an id, a version or a date does not. */
function isSubstitute(found: Candidate, { name, context = 0 }: ModelQuery): boolean {
	if (found.model.contextWindow < context) return true;
	const wanted = name.toLowerCase();
	if (exactly(wanted, [found]).length > 0) return false;
	const { date, version } = askedFor(wanted);
	const [provider] = wanted.split("/");
	const isOtherProvider = wanted.includes("/") && provider !== found.model.provider.toLowerCase() && /\d/.test(wanted); // not `openrouter/haiku`
	return isOtherProvider || !found.date.startsWith(date) || (isId(wanted) && version.length !== found.version.length);
}

/** Written as an id is: in one word that has joints and a number. */
function isId(wanted: string): boolean {
	return !/\s/.test(wanted) && /[-/]/.test(wanted) && /\d/.test(wanted);
}

/** `provider/id`, the one unmistakable name of a model. */
export function modelKey(model: Pick<AnyModel, "provider" | "id">): string {
	return `${model.provider}/${model.id}`;
}

/** A model with what its id tells: `claude-haiku-4-5-20251001` is version 4.5 of 20251001. */
interface Candidate {
	readonly model: AnyModel;
	readonly words: readonly string[];
	readonly version: readonly number[];
	/** Empty for an alias that stands for the newest release. */
	readonly date: string;
	readonly isPreview: boolean;
}

/** Digits that are no version: a full date, or four digits and more as in `large-2411`. */
const DATE = /(?:19|20)\d{2}-?\d{2}-?\d{2}|\d{4,}/g;

/** Some hundreds of models are looked through for each word; what an id tells does not change. */
const described = new WeakMap<AnyModel, Candidate>();

function describe(model: AnyModel): Candidate {
	const known = described.get(model) ?? readCandidate(model);
	described.set(model, known);
	return known;
}

function readCandidate(model: AnyModel): Candidate {
	const undated = model.id.replace(RESOLD_AS, "").replace(DATE, "");
	return {
		model,
		words: wordsOf(`${model.provider} ${undated} ${model.name.replace(DATE, "")}`),
		version: wordsOf(undated).filter(isNumber).map(Number),
		date: (model.id.match(DATE) ?? []).join("").replaceAll("-", ""),
		isPreview: /preview|beta|alpha|exp(erimental)?\b/i.test(model.id),
	};
}

/** `gpt5-mini` is `gpt`, `5`, `mini`, as `GPT 5 mini` is; a size such as `70b` is one word. */
function wordsOf(text: string): string[] {
	return text.toLowerCase().match(/\d+b(?![a-z\d])|[a-z]+|\d+/g) ?? [];
}

function isNumber(word: string): boolean {
	return /^\d+$/.test(word);
}

/** How resellers number what they sell: `us.anthropic.claude-…-v1:0`. */
const RESOLD_AS = /^(?:us|eu|apac|global)\.|-v\d+(?::\d+)?$/gi;

function askedFor(wanted: string) {
	const plain = wanted.replace(RESOLD_AS, "").replace(/[-:@ ]latest$/, "");
	const words = wordsOf(plain.replace(DATE, ""));
	const date = (plain.match(DATE) ?? []).join("").replaceAll("-", "");
	return { date, words, version: words.filter(isNumber).map(Number) };
}

function matching(wanted: string, ranked: readonly Candidate[]): readonly Candidate[] {
	const { date, words, version } = askedFor(wanted);
	if (words.length === 0) return [];
	const fitting = ranked.filter((candidate) => fits(candidate, words, version));
	const ofDate = fitting.filter((candidate) => candidate.date.startsWith(date));
	if (ofDate.length === 0 && isId(wanted)) {
		return fitting.filter((candidate) => candidate.date === "" && candidate.version.length === version.length);
	}
	const exact = version.length > 0 ? ofDate.filter((candidate) => candidate.version.length === version.length) : [];
	return exact.length > 0 ? exact : ofDate;
}

function fits(candidate: Candidate, words: readonly string[], version: readonly number[]): boolean {
	const named = words.filter((word) => !isNumber(word));
	return (
		named.every((word) => candidate.words.some((own) => own.startsWith(word))) &&
		version.every((number, index) => candidate.version[index] === number)
	);
}

function nearestModels(wanted: string, ranked: readonly Candidate[]): string[] {
	const keys = ranked.map(({ model }) => modelKey(model));
	const matcher = new Fuse(keys, { threshold: 0.6, ignoreLocation: true });
	const close = matcher.search(wanted.slice(0, LONGEST_QUERY)).map((match) => match.item);
	return [...new Set([...close, ...keys])].slice(0, SUGGESTIONS);
}

function compare(a: Candidate, b: Candidate, parent: AnyModel | undefined): number {
	return (
		Number(b.model.provider === parent?.provider) - Number(a.model.provider === parent?.provider) ||
		Number(a.isPreview) - Number(b.isPreview) ||
		compareVersions(b.version, a.version) ||
		Number(a.date !== "") - Number(b.date !== "") ||
		b.date.localeCompare(a.date) ||
		a.model.id.length - b.model.id.length ||
		modelKey(a.model).localeCompare(modelKey(b.model))
	);
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
	for (let index = 0; index < Math.max(a.length, b.length); index++) {
		const difference = (a[index] ?? 0) - (b[index] ?? 0);
		if (difference !== 0) return difference;
	}
	return 0;
}
