import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, type FileHandle, link, open, rename, rm, stat } from "node:fs/promises";

/** The steps whose order a power cut depends on. */
export interface Disk {
	open(file: string, flags: "wx"): Promise<FileHandle>;
	/** Takes the place of a file that is there. */
	rename(from: string, to: string): Promise<void>;
	/** Gives a file a second name; rejects with `EEXIST` when that name is taken. */
	link(from: string, to: string): Promise<void>;
}

const DISK: Disk = { open, rename, link };

/**
 * Replaces a file in one step: whoever reads it finds the old text or the new one, and after a failure or a power cut either
 * of them whole.
 *
 * By hand, for write-file-atomic takes what the disk had room for to be all, and puts a cut text in the file's place.
 *
 * @throws what the disk said; nothing is left behind then
 */
export async function replaceFile(file: string, text: string, disk: Disk = DISK): Promise<void> {
	const fresh = besideIt(file);
	try {
		await writeWhole(fresh, text, disk, (handle) => takeOwnership(handle, file));
		await disk.rename(fresh, file);
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
export async function createFile(file: string, text: string, disk: Disk = DISK): Promise<void> {
	const fresh = besideIt(file);
	try {
		await writeWhole(fresh, text, disk);
		await giveName(fresh, file, disk);
	} finally {
		await rm(fresh, { force: true });
	}
}

/** A second name is refused where the first of that name is; renaming would take its place. */
async function giveName(fresh: string, file: string, disk: Disk): Promise<void> {
	try {
		await disk.link(fresh, file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
		await copyFile(fresh, file, constants.COPYFILE_EXCL); // a disk without second names; a copy that fails is taken away
	}
}

function besideIt(file: string): string {
	return `${file}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
}

async function writeWhole(
	file: string,
	text: string,
	disk: Disk,
	finish?: (handle: FileHandle) => Promise<void>,
): Promise<void> {
	const handle = await disk.open(file, "wx");
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
