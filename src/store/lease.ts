import {
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ProcessIdentity } from "../domain/stored-subagent.ts";
import { livenessOf } from "../platform/process-identity.ts";

/** A process of another machine counts as gone when it has not shown itself for this long. */
const STALE_MS = 60_000;
/** Machines' clocks differ, and a time to come is then one just past; but a broken clock must not make a lease eternal. */
const MOST_SKEW_MS = 24 * 60 * 60_000;
const HEARTBEAT_MS = 10_000;

/**
 * Says which process looks after a session's subagents: a small file beside their transcripts, made atomically, its
 * modification time the heartbeat. Two that open the same session at once must not both take over what a dead one left.
 */
export class Lease {
	private heartbeat: NodeJS.Timeout | undefined;

	private constructor(
		private readonly file: string,
		private readonly text: string,
	) {}

	/** @returns nothing when another living process has it. @throws when the folder cannot be written to */
	static acquire(file: string, owner: ProcessIdentity, now: number): Lease | undefined {
		const text = JSON.stringify(owner);
		mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
		for (let attempt = 0; attempt < 3; attempt++) {
			if (create(file, text)) {
				sweep(file, now);
				return new Lease(file, text);
			}
			const holder = readHolder(file);
			if (holder?.text === text) return new Lease(file, text);
			if (holder && isAlive(holder, now)) return undefined;
			if (holder) moveAway(file, holder.text);
		}
		return undefined;
	}

	/** Shows that the process lives, until `rest`. The timer keeps no process alive. */
	beat(): void {
		this.heartbeat ??= setInterval(() => this.touch(), HEARTBEAT_MS).unref();
	}

	rest(): void {
		clearInterval(this.heartbeat);
		this.heartbeat = undefined;
	}

	/** Gives it up, unless somebody else has it by now. */
	release(): void {
		this.rest();
		if (readHolder(this.file)?.text === this.text) rmSync(this.file, { force: true });
	}

	private touch(): void {
		const now = new Date();
		try {
			utimesSync(this.file, now, now);
		} catch {
			this.rest(); // the folder is gone or cannot be written to any more: nobody would see the next beat either
		}
	}
}

interface Holder {
	readonly text: string;
	readonly owner: ProcessIdentity | undefined;
	readonly seenAt: number;
}

/** Whole or not at all: a file that is made and then written could be read empty. */
function create(file: string, text: string): boolean {
	const draft = `${file}.${process.pid}.${Math.floor(performance.now() * 1000)}`;
	writeFileSync(draft, text, { mode: 0o600 });
	try {
		linkSync(draft, file);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
		throw error;
	} finally {
		rmSync(draft, { force: true });
	}
}

/** Removes what processes left that were killed while they made theirs. */
function sweep(file: string, now: number): void {
	const prefix = `${basename(file)}.`;
	for (const name of readdirSync(dirname(file)).filter((other) => other.startsWith(prefix))) {
		const draft = join(dirname(file), name);
		const madeAt = statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? now;
		if (now - madeAt > STALE_MS) rmSync(draft, { force: true });
	}
}

function readHolder(file: string): Holder | undefined {
	try {
		const text = readFileSync(file, "utf8");
		return { text, owner: ownerIn(text), seenAt: statSync(file).mtimeMs };
	} catch {
		return undefined; // given up in this moment
	}
}

function ownerIn(text: string): ProcessIdentity | undefined {
	try {
		const owner = JSON.parse(text) as ProcessIdentity | null;
		return typeof owner?.pid === "number" && typeof owner.hostname === "string" ? owner : undefined;
	} catch {
		return undefined; // not one of ours; its age decides
	}
}

function isAlive({ owner, seenAt }: Holder, now: number): boolean {
	const liveness = owner ? livenessOf(owner) : "unknown";
	const age = now - seenAt;
	return liveness === "unknown" ? age < STALE_MS && age > -MOST_SKEW_MS : liveness === "alive";
}

/** Of two that find the same dead holder one moves its file away; what the other may have moved by mistake is put back. */
function moveAway(file: string, expected: string): void {
	const aside = `${file}.dead.${process.pid}`;
	try {
		renameSync(file, aside);
		if (readFileSync(aside, "utf8") !== expected) linkSync(aside, file);
	} catch {
		// somebody else was quicker: the next attempt finds out who
	} finally {
		rmSync(aside, { force: true });
	}
}
