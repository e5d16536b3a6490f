import type { SessionRuntime } from "../../src/app/session-runtime.ts";
import type { ScriptedHost } from "./scripted-host.ts";

/** What lives behind a host's session: a reload leaves it where this looks. The subagents that work continue meanwhile. */
export async function runtimeOf(host: ScriptedHost): Promise<SessionRuntime> {
	const place = Symbol.for("pi-crew:session-runtime/v2");
	const shared = globalThis as { [key: symbol]: Map<string, SessionRuntime> | undefined };
	shared[place] ??= new Map();
	const left = shared[place];
	let runtime: SessionRuntime | undefined;
	left.set = (id, found) => {
		runtime = found;
		return Map.prototype.set.call(left, id, found);
	};
	await host.reload();
	left.set = Map.prototype.set;
	if (!runtime) throw new Error("the reload left nothing behind");
	return runtime;
}
