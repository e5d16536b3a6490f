import type { StoredSubagent } from "../domain/stored-subagent.ts";
import { encodeRecord, RECORD_ENTRY } from "./record-entry.ts";

/**
 * Writes each durable change of a run into the parent's session file, before anybody is told of it. When it cannot, the
 * run goes on: losing the work because it could not be noted would be the worse loss. It is made up for with the next change
 * that can be written.
 */
export class Journal {
	/** The latest of each run that is not in the file. */
	private readonly missing = new Map<string, StoredSubagent>();

	/**
	 * @param append puts a custom entry into the parent's session; throws when that cannot be done
	 * @param onFailure is told of the first failure after everything was written
	 */
	constructor(
		private readonly append: (type: string, data: object) => void,
		private readonly onFailure: (error: unknown) => void,
	) {}

	write(stored: StoredSubagent): void {
		if (!this.note(stored)) return;
		for (const other of this.missing.values()) this.note(other);
	}

	/** @returns whether it is in the file now */
	private note(stored: StoredSubagent): boolean {
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
