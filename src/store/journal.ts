import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { type AgentDefinition, BUILTIN_TOOLS, type ThinkingLevel } from "../domain/agent-definition.ts";
import type { DeliveryRecord } from "../domain/delivery-state.ts";
import { LIMIT_NAMES, type LimitValues } from "../domain/run-limits.ts";
import { essentialsOf, type RunSpec } from "../domain/run-spec.ts";
import type { RunTokens, StoredRun } from "../domain/stored-run.ts";
import type { StructuredOutcome } from "../domain/structured-result.ts";
import { durationMs, runIdOf, type SubagentRecord, totalTokens } from "../domain/subagent-record.ts";
import { type LastReplyEnd, type RunOutcome, type StoppedBy, SUBAGENT_STATUSES } from "../domain/subagent-state.ts";

/**
 * Writes each durable change of a run into the parent's session file, before it is announced. When it cannot, the
 * run continues: losing the work because it could not be stored would be the worse loss. It is made up for with the next change
 * that can be written.
 */
export class Journal {
	/** The latest of each run that is not in the file. */
	private readonly missing = new Map<string, StoredRun>();
	/** The runs whose whole spec is in the file. */
	private readonly specified = new Set<string>();

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
		const run = runIdOf(stored.record.id, stored.attempt);
		try {
			this.append(RECORD_ENTRY, encodeRecord(stored, this.specified.has(run) ? "essentials" : "whole"));
			this.specified.add(run);
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
 * Version 1 held a subagent: its last run, and in `owed` the results of earlier ones that the parent did not have. Records of
 * versions 1 and 2 had no figures of a run alone, no lineage and no limits but that of turns. Both are still read.
 */
const VERSION = 3;
/** A result beyond this is cut in the entry: the parent's file is read whole at every start. */
const MOST_RESULT_BYTES = 64 * 1024;

const Time = Type.Number();
const Count = Type.Number({ minimum: 0 });
const Texts = Type.Array(Type.String());
const Data = Type.Unsafe<Readonly<Record<string, unknown>>>(Type.Object({}));

/** One of the words of a union: the table has each of them, and no other, or it is not accepted by the type. */
function oneOf<T extends string>(words: Readonly<Record<T, true>>) {
	return oneOfList(Object.keys(words) as T[]);
}

function oneOfList<T extends string>(words: readonly T[]) {
	return Type.Unsafe<T>(Type.Union(words.map((word) => Type.Literal(word))));
}

const Limits = Type.Unsafe<LimitValues>(
	Type.Object(Object.fromEntries(LIMIT_NAMES.map((name) => [name, Type.Optional(Count)]))),
);

const Usage = { input: Count, output: Count, cacheWrite: Count };

const OLD_RECORD = {
	id: Type.String({ pattern: "^[A-Za-z0-9_-]{8,64}$" }),
	type: Type.String({ minLength: 1 }),
	description: Type.String(),
	status: oneOfList(SUBAGENT_STATUSES),
	result: Type.Optional(Type.String()),
	error: Type.Optional(Type.String()),
	lastReply: Type.Optional(
		Type.Object({
			finishReason: Type.String(),
			heldOnly: Type.Optional(
				oneOf<NonNullable<LastReplyEnd["heldOnly"]>>({
					...{ thinking: true, "tool calls": true, "thinking and tool calls": true, nothing: true },
				}),
			),
			earlierText: Type.Optional(Type.String()),
		}),
	),
	structured: Type.Optional(
		Type.Object({
			status: oneOf<StructuredOutcome["status"]>({ valid: true, invalid: true, missing: true }),
			value: Type.Optional(Data),
			attempts: Count,
			errors: Texts,
			repaired: Type.Boolean(),
		}),
	),
	addendumLength: Type.Optional(Count),
	toolUses: Count,
	turns: Count,
	maxTurns: Type.Optional(Count),
	queuedAt: Time,
	startedAt: Time,
	completedAt: Type.Optional(Time),
	lifetimeUsage: Type.Object(Usage),
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
};

const LINEAGE = {
	parentId: Type.Optional(Type.String()),
	rootSessionId: Type.String(),
	depth: Type.Integer({ minimum: 0 }),
};

const RecordSchema = Type.Object({
	...OLD_RECORD,
	runId: Type.String(),
	attempt: Type.Integer({ minimum: 1 }),
	...LINEAGE,
	limits: Limits,
	run: Type.Object({ turns: Count, toolUses: Count, tokens: Count, cost: Count, durationMs: Count }),
});

const STORED = {
	attempt: Type.Integer({ minimum: 1 }),
	owner: Type.Object({
		...{ pid: Type.Integer(), hostname: Type.String(), born: Type.Optional(Type.String()) },
		...{ machine: Type.Optional(Type.String()), pidSpace: Type.Optional(Type.String()) },
	}),
	ending: Type.Optional(
		Type.Union([
			Type.Object({
				by: oneOf<StoppedBy>({ user: true, parent: true, extension: true, shutdown: true, watchdog: true }),
			}),
			Type.Object({ code: oneOf<ErrorCode>({ workspace: true, session: true, model: true, "invalid-result": true }) }),
		]),
	),
	carrier: Type.Optional(Type.String()),
	counted: Type.Optional(Type.Object({ ...Usage, cacheRead: Count, cost: Type.Number() })),
	isDismissed: Type.Optional(Type.Boolean()),
	resultIsCut: Type.Optional(Type.Boolean()),
};

type ErrorCode = (RunOutcome & { readonly status: "error" })["code"];

const OLD_SPEC = {
	// One that the host does not know is replaced when the run is resumed.
	thinkingLevel: Type.Unsafe<ThinkingLevel>(Type.String()),
	contextWindow: Count,
	graceTurns: Count,
	cwd: Type.String(),
	report: oneOf<RunSpec["report"]>({ return: true, notification: true, none: true }),
	toolCallId: Type.Optional(Type.String()),
};

const Prompts = Type.Object({ unwritten: Texts, unheard: Texts });

const SpecSchema = Type.Object({
	...OLD_SPEC,
	limits: Limits,
	isBackground: Type.Boolean(),
	// From here on it is known where the whole spec was stored.
	// No run begins with a definition from a file, so what is in it is not looked at.
	definition: Type.Optional(Type.Unsafe<AgentDefinition>(Type.Object({ name: Type.String() }))),
	description: Type.Optional(Type.String()),
	prompt: Type.Optional(Type.String()),
	inheritsContext: Type.Optional(Type.Boolean()),
	modelId: Type.Optional(Type.String()),
	allowedModels: Type.Optional(Texts),
	tools: Type.Optional(Type.Array(oneOfList(BUILTIN_TOOLS))),
	extensionTools: Type.Optional(Texts),
	hostTools: Type.Optional(Texts),
	withheldTools: Type.Optional(Texts),
	parentSessionId: Type.Optional(Type.String()),
	lineage: Type.Optional(Type.Object(LINEAGE)),
	outputSchema: Type.Optional(Data),
	resumed: Type.Optional(Type.Object({ cwd: Type.Optional(Type.String()) })),
	admission: Type.Optional(oneOf<RunSpec["admission"]>({ "at-once": true, queued: true })),
});

const StoredSchema = Type.Object({
	...STORED,
	v: Type.Literal(VERSION),
	spec: SpecSchema,
	prompts: Prompts,
	workspace: Type.Optional(Type.String()),
	record: RecordSchema,
	used: Type.Object({ ...Usage, compactionCount: Count }),
});

const OldRecordSchema = Type.Object(OLD_RECORD);
const OldStoredSchema = Type.Object({
	...STORED,
	plan: Type.Object({ ...OLD_SPEC, workspace: Type.Optional(Type.String()), prompts: Prompts }),
	v: Type.Union([Type.Literal(1), Type.Literal(2)]),
	record: OldRecordSchema,
	owed: Type.Optional(
		Type.Array(
			Type.Object({
				record: OldRecordSchema,
				attempt: Type.Integer({ minimum: 1 }),
				toolCallId: Type.Optional(Type.String()),
				carrier: Type.Optional(Type.String()),
			}),
		),
	),
});

/** A stored run as the schema has it: must be the type itself, which `test/store` makes the compiler check. */
export type StoredBySchema = Omit<Static<typeof StoredSchema>, "v">;
type OldStored = Omit<Static<typeof OldStoredSchema>, "v" | "owed">;

/** Made when they are first needed: a session without subagents does not pay for them. */
const validator = lazily(() => Compile(StoredSchema));
const oldValidator = lazily(() => Compile(OldStoredSchema));

function lazily<T>(make: () => T): () => T {
	let made: T | undefined;
	return () => {
		made ??= make();
		return made;
	};
}

/** The result of reading an entry; one that cannot be used says why. */
export type DecodedEntry =
	/** `runs`: earlier ones of the same subagent first. */
	| { readonly kind: "stored"; readonly runs: readonly StoredRun[] }
	| { readonly kind: "unusable"; readonly reason: string };

/**
 * What a workspace added stays whole: it is in no transcript.
 *
 * @param spec `essentials`: an entry before this one has the whole
 */
export function encodeRecord(run: StoredRun, spec: "whole" | "essentials" = "whole"): object {
	const stored = spec === "whole" ? run : { ...run, spec: essentialsOf(run.spec) };
	const { result = "", addendumLength = 0, transcriptFile = "its transcript" } = stored.record;
	const addendum = result.slice(result.length - addendumLength);
	const said = result.slice(0, result.length - addendumLength);
	if (Buffer.byteLength(said) <= MOST_RESULT_BYTES) return { v: VERSION, ...stored };
	const beginning = new TextDecoder().decode(Buffer.from(said).subarray(0, MOST_RESULT_BYTES)).replace(/\uFFFD+$/, "");
	const note = `[Too large to be stored here; all of it is in ${transcriptFile}]`;
	const kept = [beginning, note, ...(addendum === "" ? [] : [addendum])].join("\n\n");
	const { structured, ...record } = stored.record;
	const { value: _, ...withoutValue } = structured ?? {};
	const cut = { ...record, ...(structured && { structured: withoutValue }), result: kept };
	return { v: VERSION, ...stored, record: cut, resultIsCut: true };
}

/** The record of the run before a run of a subagent, as far as it is known. */
type RunBefore = (id: string, attempt: number) => SubagentRecord | undefined;

/**
 * Never throws and trusts nothing: the file is old, was written by another version, or by somebody else.
 *
 * @param before of runs in earlier entries; older versions did not say what a run alone had used
 */
export function decodeRecord(data: unknown, before: RunBefore = () => undefined): DecodedEntry {
	const version = (data as { v?: unknown } | null | undefined)?.v;
	if (typeof version === "number" && version > VERSION) {
		return { kind: "unusable", reason: `it is of version ${version}, this is version ${VERSION}` };
	}
	if (version !== VERSION) return decodeOld(data, before);
	if (!validator().Check(data)) return { kind: "unusable", reason: faultOf(validator().Errors(data)) };
	const { v: _, ...stored } = data;
	const { id } = stored.record;
	const { attempt } = stored;
	return { kind: "stored", runs: [{ ...stored, record: { ...stored.record, attempt, runId: runIdOf(id, attempt) } }] };
}

function decodeOld(data: unknown, before: RunBefore): DecodedEntry {
	if (!oldValidator().Check(data)) return { kind: "unusable", reason: faultOf(oldValidator().Errors(data)) };
	const { v: _, owed = [], ...stored } = data;
	const earlier = owed.map(({ record, attempt, toolCallId }) => {
		const { toolCallId: __, ...plan } = stored.plan;
		const prompts = { unwritten: [], unheard: [] };
		const own = { ...plan, report: "notification" as const, prompts, ...(toolCallId !== undefined && { toolCallId }) };
		return { record, attempt, owner: stored.owner, plan: own };
	});
	let last: SubagentRecord | undefined;
	const runs = [...earlier, stored].map((run: OldStored) => {
		const upgraded = upgrade(run, last ?? before(run.record.id, run.attempt));
		last = upgraded.record;
		return upgraded;
	});
	return { kind: "stored", runs };
}

/** @param before the run before it; where nothing is known of that, its figures count as this run's */
function upgrade(stored: OldStored, before: SubagentRecord | undefined): StoredRun {
	const { plan, ...rest } = stored;
	const { prompts, workspace, ...known } = plan;
	const { record, attempt } = rest;
	const { id, maxTurns, parentSessionId, lifetimeUsage, turns, toolUses, cost, compactionCount } = record;
	const since = (now: number, then = 0) => Math.max(0, now - then);
	const used: RunTokens = {
		input: since(lifetimeUsage.input, before?.lifetimeUsage.input),
		output: since(lifetimeUsage.output, before?.lifetimeUsage.output),
		cacheWrite: since(lifetimeUsage.cacheWrite, before?.lifetimeUsage.cacheWrite),
		compactionCount: since(compactionCount, before?.compactionCount),
	};
	const run = {
		turns: since(turns, before?.turns),
		toolUses: since(toolUses, before?.toolUses),
		tokens: totalTokens(used),
		cost: since(cost, before?.cost),
		durationMs: Math.max(0, durationMs(record)),
	};
	const limits = maxTurns === undefined ? {} : { turns: maxTurns };
	const root = { rootSessionId: parentSessionId, depth: 0 };
	return {
		...rest,
		spec: { ...known, limits, isBackground: record.isBackground },
		prompts,
		...(workspace !== undefined && { workspace }),
		used,
		record: { ...record, ...root, attempt, runId: runIdOf(id, attempt), limits, run },
	};
}

function faultOf(errors: readonly { readonly instancePath: string; readonly message: string }[]): string {
	const [error] = errors;
	return error ? `${error.instancePath || "it"} ${error.message}` : "it is no record";
}
