import type { SubagentStatus } from "../domain/subagent-state.ts";

/** What became of a message for a subagent. */
export type SteerOutcome =
	| { readonly kind: "delivered" | "held" }
	| { readonly kind: "refused"; readonly status: SubagentStatus };
