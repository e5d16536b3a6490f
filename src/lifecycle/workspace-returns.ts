import { within } from "./abort.ts";

/** A workspace is given this long to be given back; who stops its run, or ends the session, does not wait as long. */
const RETURNED_AT_MOST_MS = 60_000;
const RETURNED_IN_A_HURRY_MS = 10_000;

/** What waits for workspaces that are given back to their provider: a run for its own, the session's end for all. */
export class WorkspaceReturns {
	private readonly unattended = new Set<Promise<unknown>>();
	private readonly ending = new AbortController();

	/**
	 * @param stops signals of those who do not want to wait, beside the session's end
	 * @returns whether it was done in time, well or badly; after that it goes on by itself
	 */
	inTime(returning: Promise<unknown>, ...stops: readonly AbortSignal[]): Promise<boolean> {
		const signals = [this.ending.signal, ...stops];
		return within(RETURNED_AT_MOST_MS, returning, { signals, grace: RETURNED_IN_A_HURRY_MS });
	}

	/** The run that it was for has settled; only the session's end still waits for it. */
	leave(returning: Promise<unknown>): void {
		const watched = this.inTime(returning).finally(() => this.unattended.delete(watched));
		this.unattended.add(watched);
	}

	/** From now on there is less time. */
	hurry(): void {
		this.ending.abort();
	}

	/** Resolves when nothing is on its way back any more that no run waits for. */
	async whenNoneIsLeft(): Promise<void> {
		await Promise.all(this.unattended);
	}
}
