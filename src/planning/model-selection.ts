import type { Api, Model } from "@mariozechner/pi-ai";
import type { AgentDefinition, ModelWish, ThinkingLevel } from "../domain/agent-definition.ts";
import { meansParentsModel, readModelQuery } from "../domain/model-query.ts";
import { type Refused, refuse } from "../domain/refusal.ts";
import type { RunRequest } from "../domain/run-request.ts";
import type { Settings } from "../domain/settings.ts";
import { shorten } from "../platform/shorten.ts";
import { type ModelMatch, matchModel, modelKey } from "./model-match.ts";
import type { ParentSnapshot } from "./parent-snapshot.ts";

type AnyModel = Model<Api>;

export interface SelectedModel {
	readonly kind: "decided";
	readonly model: AnyModel;
	/** The thinking level that stands with the name that was used: in the file where that decides the model, else in the call. */
	readonly level?: ThinkingLevel;
	/** Those the agent file names after it and that can be had, in order: they take over where its provider stays overloaded. */
	readonly others?: readonly AnyModel[];
	/** Which one it is where a name fits several, and why it is not the one the agent file names where it is not. */
	readonly remarks: readonly string[];
}

interface ModelSources {
	readonly settings: Pick<Settings, "models" | "modelFallback">;
	readonly parent: Pick<ParentSnapshot, "model" | "availableModels">;
}

/**
 * The one place where a run's model is decided: an agent file's before the call's, a call's before a built-in's preference,
 * the parent's where nobody says. A call's model is refused when it cannot be had; a file's is replaced with a note, or
 * refused if the settings say so. The list of allowed models holds for all of them.
 */
export function selectModel(
	request: RunRequest,
	definition: Pick<AgentDefinition, "name" | "model">,
	{ settings, parent }: ModelSources,
): SelectedModel | Refused {
	const allowed = allowedModels(settings.models, parent);
	const wish = definition.model;
	const asked = calledModel(request, parent, allowed); // checked even where it does not count
	if (asked?.kind === "refused") return asked;
	if (request.previous) return previousModel(request.previous.model, parent, settings.models);
	if (asked && wish?.strength !== "pinned")
		return asked.kind === "decided" ? asked : leveled(parentsModel(parent, settings.models), asked.level);
	const wished = wish && wishedModel(wish, parent, allowed);
	if (wished) return wished;
	const fallback = parentsModel(parent, settings.models);
	if (wish?.strength !== "pinned") return fallback;
	const missing = `the model "${wish.queries.join('", "')}" of ${definition.name} is not available`;
	if (settings.modelFallback === "refuse")
		return refuse("unknown-model", `${capital(missing)}. ${nearestText(wish.queries, parent, allowed)}`);
	if (fallback.kind === "refused") return fallback;
	const level = readModelQuery(wish.queries[0] ?? "").level;
	const substitute = decided(fallback.model, [`${missing}; the parent's is used: ${modelKey(fallback.model)}`]);
	return leveled(substitute, level);
}

function leveled<T extends SelectedModel | Refused>(choice: T, level: ThinkingLevel | undefined): T {
	return choice.kind === "decided" && level ? { ...choice, level } : choice;
}

type Allowed = () => readonly AnyModel[];

/** Asked late: the parent's list costs time, and most runs name no model. */
function allowedModels(patterns: readonly string[], parent: ModelSources["parent"]): Allowed {
	return () => parent.availableModels.filter((model) => isAllowedModel(model, patterns));
}

/**
 * `*` stands for anything, slashes too: model ids are no paths. A pattern with a slash names the provider, for the ids of
 * resold models begin with the name of somebody else.
 */
export function isAllowedModel(model: AnyModel, patterns: readonly string[]): boolean {
	if (patterns.length === 0) return true;
	return patterns.some(
		(pattern) =>
			matchesPattern(modelKey(model), pattern) || (!pattern.includes("/") && matchesPattern(model.id, pattern)),
	);
}

/** Piece by piece from the left, which needs no going back: each star may as well stand for as little as possible. */
function matchesPattern(name: string, pattern: string): boolean {
	const [first = "", ...pieces] = pattern.trim().toLowerCase().split("*");
	const text = name.toLowerCase();
	const last = pieces.pop();
	if (last === undefined) return text === first;
	if (!text.startsWith(first)) return false;
	let from = first.length;
	for (const piece of pieces) {
		const at = text.indexOf(piece, from);
		if (at < 0) return false;
		from = at + piece.length;
	}
	return text.length - last.length >= from && text.endsWith(last);
}

function parentsModel({ model }: ModelSources["parent"], patterns: readonly string[]): SelectedModel | Refused {
	if (!model) {
		return refuse("no-model", "The parent has no model selected. Select one with /model, or name one in `model`.");
	}
	if (isAllowedModel(model, patterns)) return decided(model);
	const list = patterns.join(", ");
	return refuse(
		"unknown-model",
		`The parent's model ${modelKey(model)} is not allowed for subagents; name one in \`model\`. Allowed: ${list}.`,
	);
}

/** A resume keeps its model, which may be the parent's own without being listed as available. */
function previousModel(
	key: string,
	parent: ModelSources["parent"],
	patterns: readonly string[],
): SelectedModel | Refused {
	const candidates = [...(parent.model ? [parent.model] : []), ...parent.availableModels];
	const model = candidates.find((candidate) => modelKey(candidate) === key);
	if (!model)
		return refuse("unknown-model", `Its model ${key} is no longer available; it cannot be resumed without it.`);
	if (isAllowedModel(model, patterns)) return decided(model);
	const list = patterns.join(", ");
	return refuse("unknown-model", `Its model ${key} is no longer allowed for subagents. Allowed: ${list}.`);
}

/** A call may ask for the parent's model by `inherit`: which that is, and whether it may be used, is looked at where it counts. */
function calledModel({ model }: RunRequest, parent: ModelSources["parent"], allowed: Allowed) {
	if (model === undefined) return undefined;
	const { name, level } = readModelQuery(model);
	return meansParentsModel(name) ? { kind: "parents" as const, level } : requireModel(model, parent, allowed);
}

/** The first of the list that can be had. A built-in's preference is nobody's words, and not worth a remark with each run. */
function wishedModel({ queries, strength }: ModelWish, parent: ModelSources["parent"], allowed: Allowed) {
	const found = queries.flatMap((query) => {
		const choice = matchModel(query, allowed(), parent.model);
		return choice.kind === "chosen" ? [{ query, choice }] : [];
	});
	const [first, ...rest] = found;
	if (!first) return undefined;
	const selected = strength === "pinned" ? named(first.query, first.choice) : decided(first.choice.model);
	const keys = new Set([modelKey(selected.model)]);
	const others = rest.map(({ choice }) => choice.model).filter((other) => isNew(modelKey(other), keys));
	return { ...selected, ...(others.length > 0 && { others }) };
}

function isNew(key: string, seen: Set<string>): boolean {
	return !seen.has(key) && seen.add(key) !== undefined;
}

function requireModel(query: string, parent: ModelSources["parent"], allowed: Allowed): SelectedModel | Refused {
	const choice = query.trim() === "" ? undefined : matchModel(query, allowed(), parent.model);
	if (choice?.kind === "chosen") return named(query, choice);
	return refuse(
		"unknown-model",
		`Unknown or unavailable model "${shortened(query)}". Give provider/id or a part of a model's name. ${nearestText([query], parent, allowed)}`,
	);
}

function nearestText(queries: readonly string[], parent: ModelSources["parent"], allowed: Allowed): string {
	const models = allowed();
	if (models.length === 0)
		return "No model is available: no provider has a key, or the setting `models` allows none that has.";
	const nearest = queries.flatMap((query) => {
		const choice = matchModel(query.trim() || "*", models, parent.model);
		return choice.kind === "none" ? choice.nearest : [];
	});
	const shown = nearest.length > 0 ? nearest : models.map(modelKey);
	return `Nearest available: ${[...new Set(shown)].slice(0, 5).join(", ")}.`;
}

function named(query: string, match: Extract<ModelMatch, { kind: "chosen" }>): SelectedModel {
	const { model, fitting, level, isSubstitute } = match;
	const used = `${modelKey(model)} is used`;
	const [asked, roomy] = [`the model "${shortened(query)}"`, readModelQuery(query).context ?? 0];
	const remark =
		model.contextWindow < roomy
			? `no model for "${shortened(query)}" has so much context; ${used}, with ${model.contextWindow} tokens`
			: isSubstitute
				? `${asked} is not available; ${used}`
				: fitting > 1 && `${asked} fits ${fitting} models; ${used}`;
	return leveled(decided(model, remark ? [remark] : []), level);
}

function shortened(query: string): string {
	return shorten(query, 80);
}

function decided(model: AnyModel, remarks: readonly string[] = []): SelectedModel {
	return { kind: "decided", model, remarks };
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
