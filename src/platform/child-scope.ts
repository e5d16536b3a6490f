import { AsyncLocalStorage } from "node:async_hooks";

/** What the scope says of the child that is running in it. */
export interface ChildInfo {
	readonly subagentId: string;
	readonly agentName: string;
}

/** Every copy of this package in the process looks here: `entry.ts` in a child finds out that it is in one. */
const SCOPE_KEY = Symbol.for("pi-crew:child-scope/v1");

type Scope = AsyncLocalStorage<ChildInfo | undefined>;

/** Runs all that happens inside a child (loading, binding, turns), so that it is visible to whatever that calls. */
export function insideChild<T>(info: ChildInfo, work: () => T): T {
	return scope().run(info, work);
}

/** Runs what goes outward from inside a child; otherwise a listener of the parent would take itself for a child. */
export function outsideChildren<T>(work: () => T): T {
	return currentChild() ? scope().run(undefined, work) : work(); // the first run() slows every promise of the process
}

export function currentChild(): ChildInfo | undefined {
	return scope().getStore();
}

function scope(): Scope {
	const shared = globalThis as { [SCOPE_KEY]?: Scope };
	shared[SCOPE_KEY] ??= new AsyncLocalStorage<ChildInfo | undefined>();
	return shared[SCOPE_KEY];
}
