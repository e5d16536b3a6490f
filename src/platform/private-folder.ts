import { lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { debug } from "./debug.ts";

/** Of this process, by the name that could not be used. */
const substitutes = new Map<string, string>();

/**
 * The person's folder for what does not outlive their session: in the system's temporary directory, and nobody else's.
 * Everybody can foresee its name and may have made it first. Then, or where others could read it, this process gets a folder
 * of its own, whose name nobody knows beforehand. Never throws: where no folder can be made, its path leads nowhere.
 */
export function privateTemporaryFolder(): string {
	const usual = join(tmpdir(), `pi-crew-${process.getuid?.() ?? "user"}`);
	if (isOurs(usual)) return usual;
	const known = substitutes.get(usual);
	if (known !== undefined && isOurs(known)) return known;
	const substitute = madeSubstitute(usual);
	substitutes.set(usual, substitute);
	return substitute;
}

/** Makes it if it is not there. */
function isOurs(folder: string): boolean {
	try {
		mkdirSync(folder, { mode: 0o700 });
		return true;
	} catch {
		return isPrivate(folder);
	}
}

/** A folder and no link, the person's own, and open to nobody else. Windows has one such directory for each person. */
function isPrivate(folder: string): boolean {
	const stat = lstatSync(folder, { throwIfNoEntry: false });
	if (!stat?.isDirectory()) return false;
	const uid = process.getuid?.();
	return uid === undefined || (stat.uid === uid && (stat.mode & 0o077) === 0);
}

function madeSubstitute(usual: string): string {
	try {
		return mkdtempSync(`${usual}-`);
	} catch (error) {
		debug("no temporary folder beside %s: %O", usual, error);
		return join(devNull, "pi-crew"); // no folder can be there: what would be written into it stays in memory
	}
}
