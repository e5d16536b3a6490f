/** How a run that was asked for data answered; part of its record. */
export interface StructuredOutcome {
	/** `missing`: it never submitted a value. Only `valid` has a `value`. */
	readonly status: "valid" | "invalid" | "missing";
	/** What it submitted, valid for the run's schema. Plain JSON, an object. */
	readonly value?: Readonly<Record<string, unknown>>;
	/** Values it submitted, at most three. */
	readonly attempts: number;
	/** Why the last value was not valid; empty for a valid one. */
	readonly errors: readonly string[];
	/** The value is valid, and an earlier one was not. */
	readonly repaired: boolean;
}

/** The name of the tool by which a subagent submits its value. */
export const SUBMIT_TOOL = "submit_result";

/** What a subagent reads about the value it has to submit. */
export function submitInstructions(schema: object): string {
	return `# Result

Your result is data. When you are done, call \`${SUBMIT_TOOL}\` once with a \`value\` that is valid for this JSON Schema; that ends your work, and nothing you write besides it reaches the other agent. If the call says what is wrong with the value, correct it and call again.

${JSON.stringify(schema)}`;
}

/** What a subagent is prompted with that answered in prose. */
export const SUBMIT_REMINDER = `You have not submitted your result. Call \`${SUBMIT_TOOL}\` now with a \`value\` that is valid for the schema in your instructions.`;

/** Why a run failed that was asked for data and ended without a valid value. */
export function invalidResultText({ status, attempts, errors }: StructuredOutcome): string {
	if (status === "missing") return `It was asked for data and never called \`${SUBMIT_TOOL}\`, even after a reminder.`;
	return `It submitted ${attempts === 1 ? "one value, which is not" : `${attempts} values, none of them`} valid for the schema. Of the last one: ${errors.join("; ")}.`;
}
