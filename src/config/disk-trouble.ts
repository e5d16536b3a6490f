import { reasonOf } from "../domain/reason-of.ts";

/** What the disk says in codes, in words. */
const WORDS: Readonly<Record<string, string>> = {
	EACCES: "you may not write there",
	EPERM: "you may not write there",
	EROFS: "that disk is read-only",
	ENOSPC: "the disk is full",
	EDQUOT: "your share of the disk is used up",
	EFBIG: "there is no room for it",
	ENOENT: "it is not there any more",
	ENOTDIR: "a part of its path is a file; accepted is a folder",
	EISDIR: "it is a folder; accepted is a file",
	ELOOP: "its links go in a circle",
	ENAMETOOLONG: "its path is too long",
	EMFILE: "too many files are open; try again",
	ENFILE: "too many files are open; try again",
	EBUSY: "another program uses it; try again",
};

export function diskTrouble(error: unknown): string {
	const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
	return Object.hasOwn(WORDS, code) ? `${WORDS[code]} (${code})` : reasonOf(error);
}
