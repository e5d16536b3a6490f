import type { RunOutcome, SubagentStatus } from "./subagent-state.ts";

/**
 * How a subagent stands for whoever looks at it from this process.
 *
 * - `queued`, `running`: this process runs it.
 * - `settled`: its last run has ended.
 * - `suspended`: it waited in the queue of a process that died; it starts when it is resumed.
 * - `owned-elsewhere`: it belongs to another session or another running pi; here it can only be read. `status` is what was
 *   stored last.
 */
export type Condition =
	| { readonly kind: "queued" }
	| { readonly kind: "running" }
	| { readonly kind: "settled"; readonly status: RunOutcome["status"] }
	| { readonly kind: "suspended" }
	| { readonly kind: "owned-elsewhere"; readonly status: SubagentStatus };

/** This process runs it, or has it in its queue. */
export function isActive({ kind }: Condition): boolean {
	return kind === "queued" || kind === "running";
}
