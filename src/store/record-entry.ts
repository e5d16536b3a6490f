import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { StoredSubagent } from "../domain/stored-subagent.ts";

/** The custom entry in the parent's session file that holds a subagent at one moment; the last one of an id counts. */
export const RECORD_ENTRY = "subagents:record";
const VERSION = 1;
/** A result beyond this is cut in the entry: the parent's file is read whole at every start. */
const MOST_RESULT_BYTES = 64 * 1024;

const Time = Type.Number();
const Count = Type.Number({ minimum: 0 });
const Texts = Type.Array(Type.String());

const RecordSchema = Type.Object({
	id: Type.String({ pattern: "^[A-Za-z0-9_-]{8,64}$" }),
	type: Type.String({ minLength: 1 }),
	description: Type.String(),
	status: Type.Union(
		["queued", "running", "completed", "steered", "aborted", "stopped", "error", "interrupted"].map((status) =>
			Type.Literal(status),
		),
	),
	result: Type.Optional(Type.String()),
	error: Type.Optional(Type.String()),
	lastReply: Type.Optional(
		Type.Object({
			finishReason: Type.String(),
			heldOnly: Type.Optional(
				Type.Union(["thinking", "tool calls", "thinking and tool calls", "nothing"].map((held) => Type.Literal(held))),
			),
			earlierText: Type.Optional(Type.String()),
		}),
	),
	addendumLength: Type.Optional(Count),
	toolUses: Count,
	turns: Count,
	maxTurns: Type.Optional(Count),
	queuedAt: Time,
	startedAt: Time,
	completedAt: Type.Optional(Time),
	lifetimeUsage: Type.Object({ input: Count, output: Count, cacheWrite: Count }),
	cacheRead: Count,
	cost: Count,
	compactionCount: Count,
	isBackground: Type.Boolean(),
	model: Type.String(),
	transcriptFile: Type.Optional(Type.String()),
	parentSessionId: Type.String(),
	delivery: Type.Object({
		state: Type.Union(["pending", "claimed", "delivered", "withheld"].map((state) => Type.Literal(state))),
		via: Type.Optional(Type.Union(["foreground", "tool", "notification"].map((via) => Type.Literal(via)))),
		at: Type.Optional(Time),
	}),
});

const StoredSchema = Type.Object({
	v: Type.Literal(VERSION),
	attempt: Type.Integer({ minimum: 1 }),
	owner: Type.Object({ pid: Type.Integer(), hostname: Type.String(), born: Type.Optional(Type.String()) }),
	ending: Type.Optional(Type.Union([Type.Object({ by: Type.String() }), Type.Object({ code: Type.String() })])),
	carrier: Type.Optional(Type.String()),
	isDismissed: Type.Optional(Type.Boolean()),
	resultIsCut: Type.Optional(Type.Boolean()),
	plan: Type.Object({
		thinkingLevel: Type.String(),
		contextWindow: Count,
		graceTurns: Count,
		cwd: Type.String(),
		workspace: Type.Optional(Type.String()),
		report: Type.Union(["return", "notification", "none"].map((report) => Type.Literal(report))),
		toolCallId: Type.Optional(Type.String()),
		prompts: Type.Object({ unwritten: Texts, unheard: Texts }),
	}),
	record: RecordSchema,
	owed: Type.Optional(
		Type.Array(
			Type.Object({
				record: RecordSchema,
				attempt: Type.Integer({ minimum: 1 }),
				toolCallId: Type.Optional(Type.String()),
			}),
		),
	),
});

type StoredData = Static<typeof StoredSchema>;

/** Made when it is first needed: a session without subagents does not pay for it. */
function validator() {
	compiled ??= compile();
	return compiled;
}

const compile = () => Compile(StoredSchema);
let compiled: ReturnType<typeof compile> | undefined;

/** What an entry came to; one that cannot be used says why. */
export type DecodedEntry =
	| { readonly kind: "stored"; readonly stored: StoredSubagent }
	| { readonly kind: "unusable"; readonly reason: string };

/** What a workspace added stays whole: it is in no transcript. */
export function encodeRecord(stored: StoredSubagent): object {
	const { result = "", addendumLength = 0, transcriptFile = "its transcript" } = stored.record;
	const addendum = result.slice(result.length - addendumLength);
	const said = result.slice(0, result.length - addendumLength);
	if (Buffer.byteLength(said) <= MOST_RESULT_BYTES) return { v: VERSION, ...stored };
	const beginning = new TextDecoder().decode(Buffer.from(said).subarray(0, MOST_RESULT_BYTES)).replace(/\uFFFD+$/, "");
	const note = `[Too large to be stored here; all of it is in ${transcriptFile}]`;
	const kept = [beginning, note, ...(addendum === "" ? [] : [addendum])].join("\n\n");
	return { v: VERSION, ...stored, record: { ...stored.record, result: kept }, resultIsCut: true };
}

/** Never throws and trusts nothing: the file is old, was written by another version, or by somebody else. */
export function decodeRecord(data: unknown): DecodedEntry {
	const version = (data as { v?: unknown } | null | undefined)?.v;
	if (typeof version === "number" && version > VERSION) {
		return { kind: "unusable", reason: `it is of version ${version}, this is version ${VERSION}` };
	}
	if (!validator().Check(data)) return { kind: "unusable", reason: faultOf(data) };
	const { v: _, ...stored } = data as StoredData;
	return { kind: "stored", stored: stored as unknown as StoredSubagent };
}

function faultOf(data: unknown): string {
	const [error] = validator().Errors(data);
	return error ? `${error.instancePath || "it"} ${error.message}` : "it is no record";
}
