/**
 * An expected "no", said before anything was spent: the only shape of one. `reason` names what was wrong and what was expected.
 */
export interface Refused {
	readonly kind: "refused";
	readonly code:
		| "empty-prompt"
		| "unknown-type"
		| "disabled-type"
		| "ambiguous-type"
		| "unusable-type"
		| "unknown-model"
		| "no-model"
		| "bad-thinking"
		| "bad-max-turns"
		| "bad-output-schema"
		| "bad-context-turns"
		| "not-found"
		| "not-settled"
		| "elsewhere"
		| "no-transcript";
	readonly reason: string;
}

/** The same where nobody compares the code: an answer to a person. */
export type RefusedForPerson = Omit<Refused, "code">;

export function refuse(code: Refused["code"], reason: string): Refused {
	return { kind: "refused", code, reason };
}

export function isRefused(outcome: { readonly kind: string }): outcome is Refused {
	return outcome.kind === "refused";
}

export type SubagentsErrorCode =
	| Refused["code"]
	/** The session the service belongs to has not begun, or has ended. */
	| "no-session"
	/** There is a workspace provider; it has to be taken away first. */
	| "provider-registered"
	/** The wait was given up by its `signal`; the subagent keeps running. */
	| "aborted"
	/** The wait took longer than `timeoutMs`; the subagent keeps running. */
	| "timeout"
	/** An argument is not what the service's types say. */
	| "bad-argument";

/** What the service throws. Look at `code`: each extension has its own copies of classes. */
export interface SubagentsError extends Error {
	readonly code: SubagentsErrorCode;
}

export function subagentsError(code: SubagentsErrorCode, message: string): SubagentsError {
	return Object.assign(new Error(message), { name: "SubagentsError", code });
}
