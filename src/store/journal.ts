import type { StoredSubagent } from "../domain/stored-subagent.ts";
import { encodeRecord, RECORD_ENTRY } from "./record-entry.ts";

/**
 * Writes each durable change of a subagent into the parent's session file, before anybody is told of it. When it cannot, the
 * run goes on: losing the work because it could not be noted would be the worse loss.
 */
export class Journal {
	private failed = false;

	/**
	 * @param append puts a custom entry into the parent's session; throws when that cannot be done
	 * @param onFailure is told of the first failure after a success
	 */
	constructor(
		private readonly append: (type: string, data: object) => void,
		private readonly onFailure: (error: unknown) => void,
	) {}

	write(stored: StoredSubagent): void {
		try {
			this.append(RECORD_ENTRY, encodeRecord(stored));
			this.failed = false;
		} catch (error) {
			if (!this.failed) this.onFailure(error);
			this.failed = true;
		}
	}
}
