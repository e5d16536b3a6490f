import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFile } from "../../platform/atomic-file.ts";
import { debug } from "../../platform/debug.ts";
import { readRegularFile } from "../../platform/regular-file.ts";
import type { FireEvent } from "./template.ts";

/** What is kept of one trigger. */
export interface TriggerState {
	/** The last time that was dealt with, in milliseconds since 1970; an interval is counted from the first. */
	after: number;
	anchor: number;
	/** How often it has fired. */
	fires: number;
	lastFired?: number;
}

/** An event that fired and whose run has not ended. */
export interface PendingFire {
	readonly fireId: string;
	readonly trigger: string;
	readonly event: FireEvent;
	readonly firedAt: number;
	attempt: number;
	/** Present once its run has been started. */
	subagentId?: string;
}

/** How the last run ended. */
export interface LastOutcome {
	readonly status: string;
	readonly at: number;
	readonly durationMs: number;
	readonly subagentId?: string;
	/** The beginning of the run's result. */
	readonly text: string;
	readonly error?: string;
}

export interface LogEntry {
	readonly at: number;
	readonly text: string;
}

/** What is counted over all sessions of the project. */
export interface Counts {
	fired: number;
	completed: number;
	failed: number;
	stopped: number;
	/** Not run, for the pool was busy or the queue was full. */
	dropped: number;
	/** Not run, for its own runs led to them. */
	ignored: number;
	/** Times that passed while nobody could act. */
	missed: number;
}

/** What is kept of one automation. */
export interface AutomationState {
	isPaused: boolean;
	readonly triggers: Record<string, TriggerState>;
	pending: PendingFire[];
	last?: LastOutcome;
	readonly counts: Counts;
	log: LogEntry[];
}

interface Stored {
	readonly version: 1;
	readonly automations: Record<string, AutomationState>;
}

const BIGGEST_STATE = 16 * 1024 * 1024;
const LONGEST_LOG = 100;

/** The state of a project's automations: a small JSON file, written by the process that owns them. */
export class StateFile {
	private stored: Stored = { version: 1, automations: {} };
	private writing: Promise<void> | undefined;
	private isDirty = false;

	constructor(
		private readonly file: string,
		private readonly warn: (error: unknown) => void,
	) {}

	/** Reads it anew: another process may have written it since. A file that is damaged counts as none. */
	load(): void {
		this.stored = { version: 1, automations: {} };
		try {
			const read = JSON.parse(readRegularFile(this.file, { maxBytes: BIGGEST_STATE }).toString()) as Partial<Stored>;
			if (read.version !== 1) return;
			const automations = Object.entries(read.automations ?? {}).map(([id, state]) => [id, completed(state)]);
			this.stored = { version: 1, automations: Object.fromEntries(automations) };
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ENOENT") debug("no state in %s: %O", this.file, error);
		}
	}

	of(id: string): AutomationState {
		const known = Object.hasOwn(this.stored.automations, id) ? this.stored.automations[id] : undefined;
		const state = known ?? completed({});
		this.stored.automations[id] = state;
		return state;
	}

	/** Something in it was changed; it is written soon. */
	changed(): void {
		this.isDirty = true;
		this.writing ??= Promise.resolve().then(() => this.write());
	}

	/** Resolves when all changes so far are on the disk, or cannot be written. */
	async flush(): Promise<void> {
		while (this.writing) await this.writing;
	}

	private async write(): Promise<void> {
		try {
			while (this.isDirty) {
				this.isDirty = false;
				mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
				await replaceFile(this.file, `${JSON.stringify(this.stored)}\n`);
			}
		} catch (error) {
			this.warn(error);
		} finally {
			this.writing = undefined;
		}
	}
}

export function logged(state: AutomationState, at: number, text: string): void {
	state.log = [...state.log, { at, text }].slice(-LONGEST_LOG);
}

/** Of what an older version or a person's hand has left out. */
function completed({
	isPaused = false,
	triggers = {},
	pending = [],
	last,
	counts,
	log = [],
}: Partial<AutomationState>): AutomationState {
	const none: Counts = { fired: 0, completed: 0, failed: 0, stopped: 0, dropped: 0, ignored: 0, missed: 0 };
	return { isPaused, triggers, pending, log, counts: { ...none, ...counts }, ...(last && { last }) };
}
