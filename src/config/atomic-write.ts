import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, type FileHandle, link, open, rename, rm, stat } from "node:fs/promises";

/**
 * Replaces a file in one step: whoever reads it finds the old text or the new one, and after a failure the old one.
 *
 * By hand, for write-file-atomic takes what the disk had room for to be all, and puts a cut text in the file's place.
 *
 * @throws what the disk said; nothing is left behind then
 */
export async function replaceFile(file: string, text: string): Promise<void> {
	const fresh = besideIt(file);
	try {
		await writeWhole(fresh, text, (handle) => takeOwnership(handle, file));
		await rename(fresh, file);
	} catch (error) {
		await rm(fresh, { force: true });
		throw error;
	}
}

/**
 * Makes a file that is not there yet, in one step.
 *
 * @throws `EEXIST` when it is there, even as a link to nowhere; else what the disk said. Nothing is left behind then
 */
export async function createFile(file: string, text: string): Promise<void> {
	const fresh = besideIt(file);
	try {
		await writeWhole(fresh, text);
		await giveName(fresh, file);
	} finally {
		await rm(fresh, { force: true });
	}
}

/** A second name is refused where the first of that name is; renaming would take its place. */
async function giveName(fresh: string, file: string): Promise<void> {
	try {
		await link(fresh, file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
		await copyFile(fresh, file, constants.COPYFILE_EXCL); // a disk without second names; a copy that fails is taken away
	}
}

function besideIt(file: string): string {
	return `${file}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
}

async function writeWhole(file: string, text: string, finish?: (handle: FileHandle) => Promise<void>): Promise<void> {
	const handle = await open(file, "wx");
	try {
		await handle.writeFile(text);
		await finish?.(handle);
		await handle.sync();
	} finally {
		await handle.close();
	}
}

async function takeOwnership(handle: FileHandle, file: string): Promise<void> {
	const old = await stat(file).catch(() => undefined); // not there yet
	if (!old) return;
	await handle.chmod(old.mode);
	await handle.chown(old.uid, old.gid).catch(() => undefined); // allowed to root alone; to others the file is their own
}
