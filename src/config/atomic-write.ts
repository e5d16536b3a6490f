import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";

/**
 * Replaces a file in one step: whoever reads it finds the old text or the new one, and after a failure the old one.
 *
 * By hand, for write-file-atomic takes what the disk had room for to be all, and puts a cut text in the file's place.
 *
 * @throws what the disk said; nothing is left behind then
 */
export async function replaceFile(file: string, text: string): Promise<void> {
	const fresh = `${file}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
	try {
		const handle = await open(fresh, "wx");
		try {
			await handle.writeFile(text);
			await takeOwnership(handle, file);
			await handle.sync();
		} finally {
			await handle.close();
		}
		await rename(fresh, file);
	} catch (error) {
		await rm(fresh, { force: true });
		throw error;
	}
}

async function takeOwnership(handle: FileHandle, file: string): Promise<void> {
	const old = await stat(file).catch(() => undefined); // not there yet
	if (!old) return;
	await handle.chmod(old.mode);
	await handle.chown(old.uid, old.gid).catch(() => undefined); // allowed to root alone; to others the file is their own
}
