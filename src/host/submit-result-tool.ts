import type { ToolDefinition } from "@mariozechner/pi-coding-agent";
import { Type } from "typebox";
import { type StructuredOutcome, SUBMIT_TOOL } from "../domain/structured-result.ts";
import type { JsonSchema } from "../platform/json-schema.ts";

/** How often a value may be corrected before the run ends as `invalid-result`. */
const MOST_REPAIRS = 2;

/** Loose on purpose: what is wrong with a value is for the tool to say, which also counts the attempts. */
const SubmitParams = Type.Object({
	value: Type.Unknown({ description: "The result: an object that is valid for the schema in your instructions." }),
});

/** The value that one run submits. It belongs to that run: a resume begins with a new one. */
export class Submission {
	private attempts = 0;
	private errors: readonly string[] = [];
	private accepted: { readonly value: Readonly<Record<string, unknown>>; readonly repaired: boolean } | undefined;

	constructor(private readonly schema: JsonSchema) {}

	/** No further value is expected: there is a valid one, or it was corrected too often. */
	get isOver(): boolean {
		return this.accepted !== undefined || this.attempts > MOST_REPAIRS;
	}

	get outcome(): StructuredOutcome {
		const { attempts, errors, accepted } = this;
		if (accepted) return { status: "valid", value: accepted.value, attempts, errors: [], repaired: accepted.repaired };
		return { status: attempts === 0 ? "missing" : "invalid", attempts, errors, repaired: false };
	}

	/** The child's tool for it. */
	tool(): ToolDefinition<typeof SubmitParams, undefined> {
		return {
			name: SUBMIT_TOOL,
			label: "Submit result",
			description: "Submit your result as data. Ends your work when the value is valid.",
			parameters: SubmitParams,
			prepareArguments: readCall,
			execute: async (_callId, { value }) => this.submit(value),
		};
	}

	private submit(value: unknown) {
		if (this.isOver)
			return said(this.accepted ? "Your result was accepted before; this value is not used." : this.verdict());
		this.attempts++;
		const checked = this.schema.validate(value);
		if (checked.kind === "valid") {
			this.accepted = { value: value as Record<string, unknown>, repaired: this.attempts > 1 };
			this.errors = [];
			return said("Accepted.");
		}
		this.errors = checked.errors;
		if (this.isOver) return said(this.verdict());
		throw new Error(this.verdict()); // the host's way for a tool to say that a call failed, after which the model goes on
	}

	private verdict(): string {
		const left = MOST_REPAIRS + 1 - this.attempts;
		const next =
			left > 0 ? `Correct it and call ${SUBMIT_TOOL} again (${left} left).` : "No further value is accepted.";
		return `The value is not valid:\n${this.errors.map((error) => `- ${error}`).join("\n")}\n${next}`;
	}
}

/** `terminate` ends the run, unless other calls of the same message say otherwise. */
function said(text: string) {
	return { content: [{ type: "text" as const, text }], details: undefined, terminate: true };
}

/** Models also pass the fields of the value as they are, or the value as JSON text. */
function readCall(args: unknown): { value: unknown } {
	return { value: submittedValue(args) };
}

/** The value in the arguments of a call of the tool. */
export function submittedValue(args: unknown): unknown {
	const value = isObject(args) && Object.hasOwn(args, "value") ? args.value : args;
	if (typeof value !== "string") return value;
	try {
		const parsed: unknown = JSON.parse(value);
		return isObject(parsed) ? parsed : value;
	} catch {
		return value;
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
