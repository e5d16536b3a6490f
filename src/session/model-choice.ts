import type { Api, Model } from "@mariozechner/pi-ai";
import Fuse from "fuse.js";

type AnyModel = Model<Api>;

/** What a model query came to: one model, or the nearest ones that can be had. */
export type ModelChoice =
	| { readonly kind: "chosen"; readonly model: AnyModel }
	| { readonly kind: "none"; readonly nearest: readonly string[] };

const SUGGESTIONS = 5;

/**
 * Finds the model somebody named: `provider/id`, an id, or words that all occur in its id or name (`haiku`, `sonnet 4.5`).
 * Where several fit, the parent's provider goes before others, a stable release before a preview, the newer before the
 * older, so that the same words mean the same model every time.
 */
export function chooseModel(query: string, available: readonly AnyModel[], parent: AnyModel | undefined): ModelChoice {
	const wanted = query.trim().toLowerCase();
	const candidates = [...available].sort((a, b) => compareModels(a, b, parent));
	const exact =
		candidates.find((model) => modelKey(model).toLowerCase() === wanted) ??
		candidates.find((model) => model.id.toLowerCase() === wanted);
	const model = exact ?? candidates.find((candidate) => matchesWords(candidate, wanted));
	return model ? { kind: "chosen", model } : { kind: "none", nearest: nearestModels(wanted, candidates) };
}

/** `provider/id`, the one unmistakable name of a model. */
export function modelKey(model: Pick<AnyModel, "provider" | "id">): string {
	return `${model.provider}/${model.id}`;
}

function matchesWords(model: AnyModel, wanted: string): boolean {
	const words = wanted.split(/[\s/_-]+/).filter((word) => word !== "");
	const text = `${modelKey(model)} ${model.name}`.toLowerCase();
	return words.length > 0 && words.every((word) => text.includes(word));
}

function nearestModels(wanted: string, candidates: readonly AnyModel[]): string[] {
	const keys = candidates.map(modelKey);
	const close = new Fuse(keys, { threshold: 0.6, ignoreLocation: true }).search(wanted).map((match) => match.item);
	return [...new Set([...close, ...keys])].slice(0, SUGGESTIONS);
}

function compareModels(a: AnyModel, b: AnyModel, parent: AnyModel | undefined): number {
	return (
		Number(b.provider === parent?.provider) - Number(a.provider === parent?.provider) ||
		Number(isPreview(a)) - Number(isPreview(b)) ||
		compareVersions(versionOf(b), versionOf(a)) ||
		a.id.length - b.id.length || // an alias stands for its newest dated release
		modelKey(a).localeCompare(modelKey(b))
	);
}

function isPreview(model: AnyModel): boolean {
	return /preview|beta|exp(erimental)?\b|alpha/i.test(model.id);
}

/** The numbers of an id without its release date: `claude-haiku-4-5-20251001` is 4.5. */
function versionOf(model: AnyModel): number[] {
	const withoutDate = model.id.replace(/(19|20)\d{2}-?\d{2}-?\d{2}/g, "");
	return (withoutDate.match(/\d+/g) ?? []).map(Number);
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
	for (let index = 0; index < Math.max(a.length, b.length); index++) {
		const difference = (a[index] ?? 0) - (b[index] ?? 0);
		if (difference !== 0) return difference;
	}
	return 0;
}
