import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { gitBytesIn, gitIn, type Tree } from "./git.ts";
import type { Made } from "./worktree-owner.ts";

/**
 * Compares the files that were written since the worktree was made with what git has of them, byte for byte. A filter may
 * drop a part of a file, and then neither `git status` nor a commit knows of it. That line ends are converted is no loss.
 *
 * @returns a sentence that names the files that git has otherwise; `undefined` when there is none
 */
export async function findAltered(tree: Tree, { since = 0 }: Made, signal?: AbortSignal): Promise<string | undefined> {
	const listed = await gitIn(tree, ["ls-files", "--stage", "-z"], { signal });
	const altered: string[] = [];
	for (const line of listed.split("\0").filter(Boolean)) {
		const tab = line.indexOf("\t");
		const [mode = "", id = ""] = line.slice(0, tab).split(" ");
		const entry = { mode, id, path: line.slice(tab + 1) };
		signal?.throwIfAborted();
		if (wasWritten(tree, entry, since) && !(await isKept(tree, entry, signal))) altered.push(entry.path);
	}
	if (altered.length === 0) return undefined;
	const more = altered.length > SHOWN ? ` and ${altered.length - SHOWN} more` : "";
	return `git does not keep all that is in ${altered.slice(0, SHOWN).join(", ")}${more}, because of a filter or an attribute`;
}

const SHOWN = 5;

interface Entry {
	readonly mode: string;
	readonly id: string;
	readonly path: string;
}

/** The time of the last change to a file cannot be set, as other times can. */
function wasWritten(tree: Tree, { mode, path }: Entry, since: number): boolean {
	if (mode === GITLINK) return false;
	const stat = lstatSync(join(tree.path, path), { throwIfNoEntry: false });
	return stat !== undefined && stat.ctimeMs >= since && !stat.isDirectory();
}

const GITLINK = "160000";

async function isKept(tree: Tree, { mode, id, path }: Entry, signal?: AbortSignal): Promise<boolean> {
	const file = join(tree.path, path);
	const stat = lstatSync(file);
	const isLink = stat.isSymbolicLink();
	if (isLink !== (mode === SYMLINK) && tree.disk?.hasSymlinks !== false) return false;
	const isExecutable = mode === EXECUTABLE;
	if (!isLink && isExecutable !== (stat.mode & 0o100) > 0 && tree.disk?.hasExecutableBits !== false) return false;
	const content = isLink ? readlinkSync(file, { encoding: "buffer" }) : readFileSync(file);
	if (blobId(content, id.length) === id) return true;
	if (isLink) return false;
	// What a checkout would write, for some filters keep all of a file in another form.
	return isSame(content, await gitBytesIn(tree, ["cat-file", "--filters", `--path=${path}`, id], { signal }));
}

const SYMLINK = "120000";
const EXECUTABLE = "100755";

function blobId(content: Buffer, length: number): string {
	const hash = createHash(length === SHA256_LENGTH ? "sha256" : "sha1");
	return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}

const SHA256_LENGTH = 64;

function isSame(content: Buffer, other: Buffer): boolean {
	if (content.equals(other)) return true;
	const isText = !content.includes(0) && !other.includes(0);
	return isText && normal(content) === normal(other);
}

/** Without what git itself converts: line ends, and the `$Id$` of files that have the attribute `ident`. */
function normal(text: Buffer): string {
	return text
		.toString("latin1")
		.replace(/\r+\n/g, "\n")
		.replace(/\$Id(: [^$\n]*)?\$/g, "$Id$");
}
