import { Type } from "typebox";
import { Compile } from "typebox/compile";
import type { DeliveryRecord } from "../domain/delivery-state.ts";
import type { StoredPlan, StoredRun } from "../domain/stored-run.ts";
import { SUBAGENT_STATUSES } from "../domain/subagent-state.ts";

/**
 * Writes each durable change of a run into the parent's session file, before it is announced. When it cannot, the
 * run continues: losing the work because it could not be stored would be the worse loss. It is made up for with the next change
 * that can be written.
 */
export class Journal {
	/** The latest of each run that is not in the file. */
	private readonly missing = new Map<string, StoredRun>();

	/**
	 * @param append puts a custom entry into the parent's session; throws when that cannot be done
	 * @param onFailure gets the first failure since everything was written
	 */
	constructor(
		private readonly append: (type: string, data: object) => void,
		private readonly onFailure: (error: unknown) => void,
	) {}

	write(stored: StoredRun): void {
		if (!this.note(stored)) return;
		for (const other of this.missing.values()) this.note(other);
	}

	/** @returns whether it is in the file now */
	private note(stored: StoredRun): boolean {
		const run = `${stored.record.id}.${stored.attempt}`;
		try {
			this.append(RECORD_ENTRY, encodeRecord(stored));
			this.missing.delete(run);
			return true;
		} catch (error) {
			if (this.missing.size === 0) this.onFailure(error);
			this.missing.set(run, stored);
			return false;
		}
	}
}

/** The custom entry in the parent's session file that holds one run of a subagent; the last one of each run counts. */
export const RECORD_ENTRY = "subagents:record";
/**
 * Version 1 held a subagent: its last run, and in `owed` the results of earlier ones that the parent did not have. It is
 * still read.
 */
const VERSION = 2;
/** A result beyond this is cut in the entry: the parent's file is read whole at every start. */
const MOST_RESULT_BYTES = 64 * 1024;

const Time = Type.Number();
const Count = Type.Number({ minimum: 0 });
const Texts = Type.Array(Type.String());

/** One of the words of a union: the table has each of them, and no other, or it is not accepted by the type. */
function oneOf<T extends string>(words: Readonly<Record<T, true>>) {
	return Type.Union(Object.keys(words).map((word) => Type.Literal(word)));
}

const RecordSchema = Type.Object({
	id: Type.String({ pattern: "^[A-Za-z0-9_-]{8,64}$" }),
	type: Type.String({ minLength: 1 }),
	description: Type.String(),
	status: Type.Union(SUBAGENT_STATUSES.map((status) => Type.Literal(status))),
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
		state: oneOf<DeliveryRecord["state"]>({ pending: true, claimed: true, delivered: true, withheld: true }),
		via: Type.Optional(oneOf<NonNullable<DeliveryRecord["via"]>>({ foreground: true, tool: true, notification: true })),
		at: Type.Optional(Time),
	}),
});

const StoredSchema = Type.Object({
	v: Type.Union([Type.Literal(1), Type.Literal(VERSION)]),
	attempt: Type.Integer({ minimum: 1 }),
	owner: Type.Object({
		...{ pid: Type.Integer(), hostname: Type.String(), born: Type.Optional(Type.String()) },
		...{ machine: Type.Optional(Type.String()), pidSpace: Type.Optional(Type.String()) },
	}),
	ending: Type.Optional(Type.Union([Type.Object({ by: Type.String() }), Type.Object({ code: Type.String() })])),
	carrier: Type.Optional(Type.String()),
	counted: Type.Optional(
		Type.Object({ input: Count, output: Count, cacheRead: Count, cacheWrite: Count, cost: Type.Number() }),
	),
	isDismissed: Type.Optional(Type.Boolean()),
	resultIsCut: Type.Optional(Type.Boolean()),
	plan: Type.Object({
		thinkingLevel: Type.String(),
		contextWindow: Count,
		graceTurns: Count,
		cwd: Type.String(),
		workspace: Type.Optional(Type.String()),
		report: oneOf<StoredPlan["report"]>({ return: true, notification: true, none: true }),
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
				carrier: Type.Optional(Type.String()),
			}),
		),
	),
});

/** Made when it is first needed: a session without subagents does not pay for it. */
function validator() {
	compiled ??= compile();
	return compiled;
}

const compile = () => Compile(StoredSchema);
let compiled: ReturnType<typeof compile> | undefined;

/** The result of reading an entry; one that cannot be used says why. */
export type DecodedEntry =
	/** `runs`: earlier ones of the same subagent first. */
	| { readonly kind: "stored"; readonly runs: readonly StoredRun[] }
	| { readonly kind: "unusable"; readonly reason: string };

/** What a workspace added stays whole: it is in no transcript. */
export function encodeRecord(stored: StoredRun): object {
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
	const { v: _, owed = [], ...stored } = data as StoredEntry;
	const earlier = owed.map(({ record, attempt, toolCallId }) => {
		const { toolCallId: __, ...plan } = stored.plan;
		const prompts = { unwritten: [], unheard: [] };
		const own = { ...plan, report: "notification" as const, prompts, ...(toolCallId !== undefined && { toolCallId }) };
		return { record, attempt, owner: stored.owner, plan: own };
	});
	return { kind: "stored", runs: [...earlier, stored] };
}

/** What the validator has checked. */
interface StoredEntry extends StoredRun {
	readonly v: number;
	/** In version 1: what a notification needs of earlier runs. */
	readonly owed?: readonly (Pick<StoredRun, "record" | "attempt"> & { readonly toolCallId?: string })[];
}

function faultOf(data: unknown): string {
	const [error] = validator().Errors(data);
	return error ? `${error.instancePath || "it"} ${error.message}` : "it is no record";
}
