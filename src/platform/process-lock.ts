import {
	linkSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmdirSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { livenessOf, type ProcessDescriptor } from "./process-identity.ts";
import { readRegularFile } from "./regular-file.ts";

/** A process of another machine counts as gone when it has not shown itself for this long. */
const STALE_MS = 60_000;
/** Machines' clocks differ, and a time to come is then one just past; but a broken clock must not make a lease eternal. */
const MOST_SKEW_MS = 24 * 60 * 60_000;
const HEARTBEAT_MS = 10_000;

/**
 * Says which process owns something that several could: a small file, made atomically, its modification time the heartbeat.
 * Of two that find it abandoned one takes it over.
 */
export class ProcessLock {
	private heartbeat: NodeJS.Timeout | undefined;

	private constructor(
		private readonly file: string,
		private readonly text: string,
	) {}

	/** @returns nothing when another living process has it. @throws when the folder cannot be written to */
	static acquire(file: string, owner: ProcessDescriptor, now: number): ProcessLock | undefined {
		const text = JSON.stringify(owner);
		mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
		for (let attempt = 0; attempt < 3; attempt++) {
			if (create(file, text)) {
				sweep(file, now);
				return new ProcessLock(file, text);
			}
			const holder = readHolder(file);
			if (holder?.text === text) return new ProcessLock(file, text);
			if (holder && isAlive(holder, now)) return undefined;
			if (holder) moveAway(file, holder);
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
		if (this.isHeld()) rmSync(this.file, { force: true });
	}

	/** Whether nobody else has taken it over meanwhile. */
	isHeld(): boolean {
		return readHolder(this.file)?.text === this.text;
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

/** Who has a lease, in words; nothing when nobody does. */
export function leaseHolder(file: string, now: number): string | undefined {
	const holder = readHolder(file);
	if (!holder?.owner || !isAlive(holder, now)) return undefined;
	const seconds = Math.max(0, Math.round((now - holder.seenAt) / 1000));
	return `process ${holder.owner.pid} on ${holder.owner.hostname}, seen ${seconds} s ago`;
}

interface Holder {
	/** Absent where it is no file that could be read: a folder, a link, a pipe. */
	readonly text: string | undefined;
	/** Absent where it names no process that could have it. */
	readonly owner: ProcessDescriptor | undefined;
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
		if (now - madeAt > STALE_MS) removed(draft);
	}
}

const LONGEST_LEASE = 4096;

function readHolder(file: string): Holder | undefined {
	const stat = lstatSync(file, { throwIfNoEntry: false });
	if (!stat) return undefined; // given up in this moment
	const text = textOf(file);
	return { text, owner: ownerIn(text ?? ""), seenAt: stat.mtimeMs };
}

/** A link is none of ours, wherever it leads. */
function textOf(file: string): string | undefined {
	try {
		return readRegularFile(file, { maxBytes: LONGEST_LEASE, links: "refuse" }).toString();
	} catch {
		return undefined;
	}
}

function ownerIn(text: string): ProcessDescriptor | undefined {
	try {
		const owner = JSON.parse(text) as ProcessDescriptor | null;
		const isProcess = Number.isSafeInteger(owner?.pid) && (owner?.pid ?? 0) > 0 && typeof owner?.hostname === "string";
		return isProcess ? (owner ?? undefined) : undefined;
	} catch {
		return undefined; // not one of ours
	}
}

/** What names no process is nobody's: leases are made whole or not at all. */
function isAlive({ owner, seenAt }: Holder, now: number): boolean {
	if (!owner) return false;
	const liveness = livenessOf(owner);
	const age = now - seenAt;
	return liveness === "unknown" ? age < STALE_MS && age > -MOST_SKEW_MS : liveness === "alive";
}

/**
 * Of two that find the same dead holder one moves its file away; what the other may have moved by mistake is put back. A
 * folder with something in it stays beside the lease: it is somebody's, whoever put it there.
 */
function moveAway(file: string, { text }: Holder): void {
	const aside = `${file}.dead.${process.pid}`;
	try {
		renameSync(file, aside);
		if (textOf(aside) !== text) linkSync(aside, file);
	} catch {
		// somebody else was quicker: the next attempt finds out who
	} finally {
		removed(aside);
	}
}

/** Of a link the link itself, of folders only an empty one. */
function removed(path: string): void {
	try {
		if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) rmdirSync(path);
		else rmSync(path, { force: true });
	} catch {
		// in use, or not ours to remove; it is in nobody's way
	}
}
