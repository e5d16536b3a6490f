import type { Api, Model } from "@mariozechner/pi-ai";
import { modelKey } from "../session/model-choice.ts";
import { isAllowedModel } from "../session/model-decision.ts";
import type { RunPlan } from "../session/run-plan.ts";

/** What the newer host's model runtime answers when it has asked the router of a virtual model. */
interface Route {
	readonly model: Model<Api>;
}

type Resolve = (model: Model<Api>, ...rest: readonly unknown[]) => Promise<Route>;

/** The api of models that stand for others: an extension's router picks one for each request. */
const VIRTUAL_API = "pi-virtual";

/**
 * The newer host's model runtime for a child. The list of allowed models was held against the model that was chosen; where that
 * is a virtual one, it is held against each model that the router picks as well, before a request goes there. A pick that is not
 * on the list ends the run with an error.
 *
 * @param runtime the parent's own; absent on the older host, which has no virtual models
 * @throws where this host offers no way to do that
 */
export function routedWithin({ model, allowedModels }: RunPlan, runtime: object | undefined): object | undefined {
	if (!runtime || (model.api as string) !== VIRTUAL_API || allowedModels.length === 0) return runtime;
	const resolve = (runtime as { resolveModel?: Resolve }).resolveModel;
	if (typeof resolve !== "function") {
		throw new Error(`the setting \`models\` cannot be enforced on what the virtual model ${modelKey(model)} picks`);
	}
	const guarded: Resolve = async (selected, ...rest) => {
		const route = await resolve.call(runtime, selected, ...rest);
		if (isAllowedModel(route.model, allowedModels)) return route;
		throw new Error(
			`The virtual model ${modelKey(selected)} picked ${modelKey(route.model)}, which is not allowed for subagents. Allowed: ${allowedModels.join(", ")}.`,
		);
	};
	// Its own methods are called on this as well, so that none of them asks a router past it.
	return new Proxy(runtime, {
		get: (target, key) => (key === "resolveModel" ? guarded : Reflect.get(target, key, target)),
	});
}
