/** An expected "no", said before anything was spent. `message` names what was wrong and what would be accepted. */
export interface Refusal {
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
		| "bad-context-turns"
		| "not-found"
		| "not-settled"
		| "elsewhere"
		| "no-transcript";
	readonly message: string;
}

export function refuse(code: Refusal["code"], message: string): Refusal {
	return { kind: "refused", code, message };
}

export function isRefusal(outcome: { readonly kind: string }): outcome is Refusal {
	return outcome.kind === "refused";
}
