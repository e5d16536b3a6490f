import type { ProcessIdentity, StoredRun } from "../domain/stored-run.ts";
import { debug } from "../platform/debug.ts";
import { livenessOf } from "../platform/process-identity.ts";
import { leaseHolder, ProcessLock } from "../platform/process-lock.ts";

/** Who looks after a stored subagent when its session is opened. */
export type SessionOwner = "us" | "another-process" | "another-session";

/** The session that is open, as far as it matters here. */
export interface OpenSession {
	readonly id: string;
	/** Absent when nobody else can open it. */
	readonly leaseFile: string | undefined;
}

/** Which subagents of a session this process looks after. What a dead process left is taken over by one process only. */
export class SessionOwnership {
	private session: OpenSession | undefined;
	private lease: ProcessLock | "denied" | undefined;
	private readonly known = new Map<string, SessionOwner>();

	constructor(
		private readonly owner: ProcessIdentity,
		private readonly clock: () => number,
	) {}

	open(session: OpenSession): void {
		this.session = session;
		this.known.clear();
	}

	ownerOf({ record, owner }: StoredRun): SessionOwner {
		if (record.parentSessionId !== this.session?.id) return "another-session";
		const key = JSON.stringify(owner);
		const known = this.known.get(key) ?? this.lookAt(owner, key);
		this.known.set(key, known); // an old session has many records of few processes
		return known;
	}

	private lookAt(owner: ProcessIdentity, key: string): SessionOwner {
		if (key === JSON.stringify(this.owner)) return "us"; // this process had the session open before
		if (livenessOf(owner) === "alive") return "another-process";
		return this.hold() ? "us" : "another-process"; // of another machine's process the lease alone tells
	}

	/** Why this process does not look after what dead ones left in the session; nothing when it does, or need not. */
	get denial(): { readonly file: string; readonly holder: string } | undefined {
		const file = this.session?.leaseFile;
		if (this.lease !== "denied" || file === undefined) return undefined;
		return { file, holder: leaseHolder(file, this.clock()) ?? "somebody who has given it up since" };
	}

	/** Runs live: others are to see it. */
	startHeartbeat(): void {
		if (this.hold() && this.lease instanceof ProcessLock) this.lease.beat();
	}

	/** No run lives. */
	stopHeartbeat(): void {
		if (this.lease instanceof ProcessLock) this.lease.rest();
	}

	close(): void {
		if (this.lease instanceof ProcessLock) this.lease.release();
		this.lease = undefined;
	}

	/** @returns false when another living process has the lease */
	private hold(): boolean {
		const file = this.session?.leaseFile;
		if (file === undefined) return true;
		try {
			this.lease ??= ProcessLock.acquire(file, this.owner, this.clock()) ?? "denied";
		} catch (error) {
			debug("no lease at %s: %O", file, error); // a folder that cannot be written to; then nobody else has one there
			return true;
		}
		return this.lease !== "denied";
	}
}
