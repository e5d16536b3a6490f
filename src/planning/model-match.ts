import type { Api, Model } from "@mariozechner/pi-ai";
import Fuse from "fuse.js";

type AnyModel = Model<Api>;

/** The result of a model query: one model, or the nearest available ones. */
export type ModelMatch =
	/** `fitting`: to how many models the words fit equally well; this one of them is taken. */
	| { readonly kind: "chosen"; readonly model: AnyModel; readonly fitting: number }
	| { readonly kind: "none"; readonly nearest: readonly string[] };

const SUGGESTIONS = 5;
/** The matcher's time grows with the query's length; nobody calls a model by a longer name. */
const LONGEST_QUERY = 64;

/**
 * Finds the model somebody named: `provider/id`, an id, or words that begin words of its id or name (`haiku`, `sonnet 4.5`).
 * Where several fit, the version that was named goes before others, then the parent's provider, a stable release before a
 * preview, the newer before the older, an alias before a dated release: the same words mean the same model every time.
 */
export function matchModel(query: string, available: readonly AnyModel[], parent: AnyModel | undefined): ModelMatch {
	const wanted = query.trim().toLowerCase();
	const ranked = available.map(describe).sort((a, b) => compare(a, b, parent));
	const ways = [
		() => ranked.filter(({ model }) => modelKey(model).toLowerCase() === wanted),
		() => ranked.filter(({ model }) => model.id.toLowerCase() === wanted),
		() => matching(wanted, ranked),
	];
	for (const find of ways) {
		const fitting = find();
		if (fitting[0]) return { kind: "chosen", model: fitting[0].model, fitting: fitting.length };
	}
	return { kind: "none", nearest: nearestModels(wanted, ranked) };
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
	const undated = model.id.replace(DATE, "");
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

function matching(wanted: string, ranked: readonly Candidate[]): readonly Candidate[] {
	const date = (wanted.match(DATE) ?? []).join("").replaceAll("-", "");
	const words = wordsOf(wanted.replace(DATE, ""));
	if (words.length === 0) return [];
	const version = words.filter(isNumber).map(Number);
	const fitting = ranked.filter((candidate) => candidate.date.startsWith(date) && fits(candidate, words, version));
	const exact = version.length > 0 ? fitting.filter((candidate) => candidate.version.length === version.length) : [];
	return exact.length > 0 ? exact : fitting;
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
