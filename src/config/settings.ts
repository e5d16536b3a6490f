import { type Static, Type } from "typebox";

/** What a person can set in `subagents.json`: each key with its range and what it means. */
export const SettingsSchema = Type.Object({
	maxConcurrent: Type.Integer({ minimum: 1, maximum: 1024, description: "background runs at the same time" }),
	defaultMaxTurns: Type.Integer({
		minimum: 0,
		maximum: 10_000,
		description: "turns a run may take when neither file nor call says; 0 means unlimited",
	}),
	graceTurns: Type.Integer({
		minimum: 1,
		maximum: 1000,
		description: "turns a run gets to wrap up after its limit, before it is cut off",
	}),
	onInterrupt: Type.Union([Type.Literal("stop-foreground"), Type.Literal("stop-all")], {
		description: "whether interrupting the parent's turn stops background runs too",
	}),
	fallbackAgent: Type.Union([Type.Literal("general-purpose"), Type.Literal("none")], {
		description: "what runs when a call names an unknown agent type; none refuses the call",
	}),
	modelFallback: Type.Union([Type.Literal("parent"), Type.Literal("refuse")], {
		description: "what happens when no model that an agent file names is available",
	}),
	resumeInterrupted: Type.Union([Type.Literal("ask"), Type.Literal("never"), Type.Literal("auto")], {
		description: "what happens at start with subagents that ran when pi was killed; without a UI it is never",
	}),
	keepTranscriptsDays: Type.Integer({
		minimum: 0,
		maximum: 36_500,
		description: "days after which transcripts of settled subagents are removed at start; 0 keeps them for ever",
	}),
	keepTranscriptsMiB: Type.Integer({
		minimum: 0,
		maximum: 1_048_576,
		description: "mebibytes of transcripts beyond which the oldest are removed at start; 0 means no limit",
	}),
	models: Type.Array(Type.String({ minLength: 1 }), {
		description: "patterns of the models subagents may use, with * for anything; an empty list allows all",
	}),
});

export type Settings = Readonly<Static<typeof SettingsSchema>>;

export const DEFAULT_SETTINGS: Settings = Object.freeze({
	maxConcurrent: 4,
	defaultMaxTurns: 0,
	graceTurns: 5,
	onInterrupt: "stop-foreground",
	fallbackAgent: "general-purpose",
	modelFallback: "parent",
	resumeInterrupted: "ask",
	keepTranscriptsDays: 30,
	keepTranscriptsMiB: 512,
	models: [],
});

/** What a key accepts, in words. */
export function acceptedValues(key: keyof Settings): string {
	const schema = SettingsSchema.properties[key] as Bounds;
	if (schema.items) return 'a list of patterns such as "anthropic/*" or "*haiku*"';
	if (schema.anyOf) return schema.anyOf.map((choice) => `"${choice.const}"`).join(" or ");
	return `an integer ${schema.minimum}..${schema.maximum}`;
}

interface Bounds {
	readonly minimum?: number;
	readonly maximum?: number;
	readonly anyOf?: readonly { readonly const: string }[];
	readonly items?: object;
}
