import { execFile } from "node:child_process";
import { type Dirent, type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../../platform/reason-of.ts";
import { compileGlobs, type Globs } from "./globs.ts";
import type { FileChange, WatchPort } from "./triggers.ts";

/** Folders that are watched for one trigger; each costs the system something. */
const MOST_FOLDERS = 2_000;
/** Written by tools, never by a person. */
const NEVER = new Set([".git", "node_modules", ".hg", ".svn"]);
/** Several events of one change are looked at together. */
const COLLECT_MS = 20;

/** Watches files below a directory with the system's own watches, one for each folder that may hold something that matches. */
export function watchFilesIn(root: string): WatchPort {
	return {
		watch: (globs, changed, trouble) => {
			const watching = new FolderWatch(root, compileGlobs(globs), changed, trouble);
			void watching.begin();
			return () => watching.end();
		},
	};
}

class FolderWatch {
	private readonly folders = new Map<string, FSWatcher>();
	/** What was there, with a stamp, so that an event without a change is none. */
	private readonly seen = new Map<string, string>();
	private readonly touched = new Set<string>();
	private isOver = false;
	private isCollecting = false;
	private isFull = false;

	constructor(
		private readonly root: string,
		private readonly globs: Globs,
		private readonly changed: (change: FileChange) => void,
		private readonly trouble: (message: string) => void,
	) {}

	async begin(): Promise<void> {
		await this.enter([""], false);
	}

	end(): void {
		this.isOver = true;
		for (const watcher of this.folders.values()) watcher.close();
		this.folders.clear();
	}

	/** @param isNew a folder that was made just now: what is in it was created */
	private async enter(folders: readonly string[], isNew: boolean): Promise<void> {
		for (let level = folders; level.length > 0 && !this.isOver; ) {
			const found = level.flatMap((folder) => this.look(folder, isNew));
			const ignored = await ignoredByGit(this.root, found);
			level = this.isOver ? [] : found.filter((folder) => !ignored.has(folder));
		}
	}

	/** Watches a folder and notes its files. @returns the folders in it that may hold something */
	private look(folder: string, isNew: boolean): readonly string[] {
		if (this.isOver || !this.watchFolder(folder)) return [];
		const inner: string[] = [];
		for (const entry of entriesOf(join(this.root, folder))) {
			const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
			if (entry.isDirectory() && !NEVER.has(entry.name) && this.globs.mayContain(path)) inner.push(path);
			if (entry.isDirectory() || !this.globs.matches(path)) continue;
			if (isNew) this.touch(path);
			else this.seen.set(path, stampOf(join(this.root, path)) ?? "");
		}
		return inner;
	}

	private watchFolder(folder: string): boolean {
		if (this.folders.has(folder)) return true;
		if (this.folders.size >= MOST_FOLDERS) return this.full();
		try {
			const watcher = watch(join(this.root, folder), { persistent: false }, (_event, name) => {
				if (name !== null) this.touch(folder === "" ? name : `${folder}/${name}`);
			});
			watcher.on("error", () => this.leave(folder));
			this.folders.set(folder, watcher);
			return true;
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code !== "ENOENT" && code !== "ENOTDIR")
				this.trouble(`${join(this.root, folder)} cannot be watched: ${reasonOf(error)}`);
			return false;
		}
	}

	private full(): boolean {
		if (!this.isFull) this.trouble(`only ${MOST_FOLDERS} folders are watched; narrow its \`paths\` to see the others`);
		this.isFull = true;
		return false;
	}

	private leave(folder: string): void {
		this.folders.get(folder)?.close();
		this.folders.delete(folder);
	}

	private touch(path: string): void {
		this.touched.add(path);
		if (this.isCollecting || this.isOver) return;
		this.isCollecting = true;
		void this.examineSoon();
	}

	private async examineSoon(): Promise<void> {
		await sleep(COLLECT_MS, undefined, { ref: false });
		const paths = [...this.touched];
		this.touched.clear();
		this.isCollecting = false;
		const known = paths.filter((path) => !path.split("/").some((part) => NEVER.has(part)));
		try {
			const ignored = await ignoredByGit(this.root, known);
			for (const path of known) if (!this.isOver && !ignored.has(path)) await this.examine(path);
		} catch (error) {
			this.trouble(`changes could not be looked at: ${reasonOf(error)}`);
		}
	}

	private async examine(path: string): Promise<void> {
		const stat = statSync(join(this.root, path), { throwIfNoEntry: false });
		if (stat?.isDirectory()) {
			if (!this.folders.has(path) && this.globs.mayContain(path)) await this.enter([path], true);
			return;
		}
		if (this.folders.has(path)) return this.vanished(path);
		if (!this.globs.matches(path)) return;
		const before = this.seen.get(path);
		const now = stampOf(join(this.root, path));
		if (before === now) return;
		if (now === undefined) this.seen.delete(path);
		else this.seen.set(path, now);
		this.changed({ path, change: before === undefined ? "created" : now === undefined ? "deleted" : "modified" });
	}

	/** A folder with all in it. */
	private vanished(folder: string): void {
		for (const inner of [...this.folders.keys()])
			if (inner === folder || inner.startsWith(`${folder}/`)) this.leave(inner);
		for (const path of [...this.seen.keys()]) {
			if (!path.startsWith(`${folder}/`)) continue;
			this.seen.delete(path);
			this.changed({ path, change: "deleted" });
		}
	}
}

function entriesOf(folder: string): readonly Dirent[] {
	try {
		return readdirSync(folder, { withFileTypes: true });
	} catch {
		return []; // gone again, or closed to us
	}
}

function stampOf(file: string): string | undefined {
	try {
		const { mtimeMs, size, ino } = statSync(file);
		return `${mtimeMs}:${size}:${ino}`;
	} catch {
		return undefined;
	}
}

/** Which of these paths git ignores; none outside a repository or without git. */
async function ignoredByGit(root: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
	if (paths.length === 0) return new Set();
	return new Promise((resolve) => {
		const git = execFile(
			"git",
			["check-ignore", "-z", "--stdin"],
			{ cwd: root, maxBuffer: 16 * 1024 * 1024 },
			(_error, out) => resolve(new Set(out.split("\0"))),
		);
		git.stdin?.on("error", () => undefined); // git is not there, or has ended early
		git.stdin?.end(paths.join("\0"));
	});
}
