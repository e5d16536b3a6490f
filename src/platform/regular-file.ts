import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

export interface FileBounds {
	/** A larger file is refused rather than read in part. */
	readonly maxBytes: number;
	/** `refuse`: the path itself must be the file. Default: links are followed. */
	readonly links?: "refuse";
}

/** A file is not read because of what it is: the code says which. */
export type UnreadableCode = "ENOTREGULAR" | "ETOOLARGE";

/** Opening a pipe would wait for its other end; with this it does not, and has no effect on a regular file. Not on Windows. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const CHUNK = 64 * 1024;

/**
 * Reads a file whole, if it is a regular one of bounded size. Never waits: a pipe, a socket, a device or a folder in the
 * file's place is refused.
 *
 * @throws what the disk says (`code`), else an error with an `UnreadableCode` whose message says what it is and what was
 * expected, as a clause about "it"
 */
export function readRegularFile(path: string, bounds: FileBounds): Buffer {
	const file = openRegularFile(path, bounds);
	try {
		return readToEnd(file, bounds);
	} finally {
		closeSync(file);
	}
}

/** The same, without keeping the process waiting for the disk. */
export async function readRegularFileSoon(path: string, bounds: FileBounds): Promise<Buffer> {
	checkBefore(path, bounds);
	const file = await open(path, READ_AT_ONCE);
	try {
		check(await file.stat(), bounds);
		return await readHandle(file, bounds);
	} finally {
		await file.close();
	}
}

/** @returns a descriptor for reading, which the caller closes. @throws as `readRegularFile` */
export function openRegularFile(path: string, bounds: FileBounds): number {
	checkBefore(path, bounds);
	const file = openSync(path, READ_AT_ONCE);
	try {
		check(fstatSync(file), bounds); // somebody may have put another one there meanwhile
		return file;
	} catch (error) {
		closeSync(file);
		throw error;
	}
}

/** Looked at before it is opened: opening some devices has effects. */
function checkBefore(path: string, bounds: FileBounds): void {
	check(bounds.links === "refuse" ? lstatSync(path) : statSync(path), bounds);
}

function check(stat: Stats, { maxBytes }: FileBounds): void {
	if (!stat.isFile()) throw unreadable("ENOTREGULAR", `it is ${kindOf(stat)}; expected a regular file`);
	if (stat.size > maxBytes) throw tooLarge(stat.size, maxBytes);
}

function kindOf(stat: Stats): string {
	if (stat.isDirectory()) return "a folder";
	if (stat.isSymbolicLink()) return "a link";
	if (stat.isFIFO()) return "a pipe";
	return stat.isSocket() ? "a socket" : "a device";
}

/** A file may grow while it is read, and those of the system say that they are empty. */
function readToEnd(file: number, { maxBytes }: FileBounds): Buffer {
	const parts: Buffer[] = [];
	for (let bytes = 0; ; ) {
		const part = Buffer.alloc(nextLength(bytes, fstatSync(file).size));
		const read = readSync(file, part, 0, part.length, null);
		if (read === 0) return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
		bytes += read;
		if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
		parts.push(part.subarray(0, read));
	}
}

async function readHandle(file: FileHandle, { maxBytes }: FileBounds): Promise<Buffer> {
	const { size } = await file.stat();
	const parts: Buffer[] = [];
	for (let bytes = 0; ; ) {
		const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(nextLength(bytes, size)) });
		if (bytesRead === 0) return Buffer.concat(parts);
		bytes += bytesRead;
		if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
		parts.push(buffer.subarray(0, bytesRead));
	}
}

/** All that is left in one go, and a little to see that it is all. */
function nextLength(bytes: number, size: number): number {
	return bytes < size ? size - bytes : CHUNK;
}

function tooLarge(bytes: number, maxBytes: number): Error {
	return unreadable("ETOOLARGE", `it has ${bytes} bytes; expected at most ${maxBytes}`);
}

function unreadable(code: UnreadableCode, message: string): Error {
	return Object.assign(new Error(message), { code });
}
