import type { Settings } from "../domain/settings.ts";
import { transcriptFolders } from "../host/transcript.ts";
import { debug } from "../platform/debug.ts";
import { chooseRemovals, findTranscripts, type Removal, removeTranscripts } from "../store/transcript-retention.ts";

type Limits = Pick<Settings, "keepTranscriptsDays" | "keepTranscriptsMiB">;

/** The transcripts that the settings would have removed, of all sessions that lie beside this one; nothing is touched. */
export async function surplusTranscripts(sessionDir: string, limits: Limits, now: number): Promise<readonly Removal[]> {
	const found = await Promise.all(transcriptFolders(sessionDir).map((folder) => findTranscripts(folder, now)));
	return chooseRemovals(found.flat(), { days: limits.keepTranscriptsDays, mebibytes: limits.keepTranscriptsMiB }, now);
}

const CLEAN_UP_AFTER_MS = 2000;

/** Removes them when the start is over; nobody waits for it. */
export function removeSurplusSoon(sessionDir: string, limits: Limits): void {
	setTimeout(() => void removeSurplus(sessionDir, limits, Date.now()), CLEAN_UP_AFTER_MS).unref();
}

/** Removes them. Never rejects: what cannot be removed stays. */
async function removeSurplus(sessionDir: string, limits: Limits, now: number): Promise<void> {
	const removals = await surplusTranscripts(sessionDir, limits, now);
	const gone = await removeTranscripts(removals.map(({ transcript }) => transcript.file));
	debug("transcripts removed: %o", gone);
}
