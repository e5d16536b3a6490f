/** A transcript on the disk. */
export interface KeptTranscript {
	readonly file: string;
	readonly bytes: number;
	/** Epoch milliseconds of its last change. */
	readonly changedAt: number;
	/** Why it must stay, whatever its age and size; absent when it may go. */
	readonly neededFor?: string;
}

export interface RetentionLimits {
	/** 0: for ever. */
	readonly days: number;
	/** 0: as much as there is. */
	readonly mebibytes: number;
}

export interface Removal {
	readonly transcript: KeptTranscript;
	readonly because: "age" | "size";
}

const DAY_MS = 86_400_000;
const MEBIBYTE = 1024 * 1024;

/** What has to go, oldest first: what is too old, then what is too much. What is needed stays and counts. */
export function chooseRemovals(
	transcripts: readonly KeptTranscript[],
	{ days, mebibytes }: RetentionLimits,
	now: number,
): readonly Removal[] {
	const oldestFirst = [...transcripts].sort((a, b) => a.changedAt - b.changedAt);
	const mayGo = oldestFirst.filter(({ neededFor }) => neededFor === undefined);
	const tooOld = days === 0 ? [] : mayGo.filter(({ changedAt }) => now - changedAt > days * DAY_MS);
	let surplus = sum(transcripts) - sum(tooOld) - mebibytes * MEBIBYTE;
	const tooMuch = mayGo.slice(tooOld.length).filter(({ bytes }) => {
		if (mebibytes === 0 || surplus <= 0) return false;
		surplus -= bytes;
		return true;
	});
	return [
		...tooOld.map((transcript) => ({ transcript, because: "age" as const })),
		...tooMuch.map((transcript) => ({ transcript, because: "size" as const })),
	];
}

function sum(transcripts: readonly KeptTranscript[]): number {
	return transcripts.reduce((total, { bytes }) => total + bytes, 0);
}
