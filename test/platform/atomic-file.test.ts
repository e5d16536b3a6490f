import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { link, open, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFile, type Disk, replaceFile } from "../../src/platform/atomic-file.ts";

let folder: string;
let file: string;
let steps: string[];
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "pi-crew-atomic-"));
	file = join(folder, "settings.json");
	steps = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The real disk, which notes what is done on it in which order, and can fail at one of these steps. */
function watchedDisk(broken?: "write" | "sync" | "rename" | "link"): Disk {
	const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
		steps.push(name);
		if (name === broken) throw Object.assign(new Error(`${name} failed`), { code: "EIO" });
		return work();
	};
	return {
		rename: (from, to) => step("rename", () => rename(from, to)),
		link: (from, to) => step("link", () => link(from, to)),
		open: async (name, flags) => {
			const handle = await open(name, flags);
			const { writeFile, sync, close } = handle;
			return Object.assign(handle, {
				writeFile: (text: string) => step("write", () => writeFile.call(handle, text)),
				sync: () => step("sync", () => sync.call(handle)),
				close: () => step("close", () => close.call(handle)),
			});
		},
	};
}

it("has the new text on the disk before it takes the place of the old one", async () => {
	writeFileSync(file, "old");

	await replaceFile(file, "new", watchedDisk());

	expect(steps).toEqual(["write", "sync", "close", "rename"]);
	expect(readFileSync(file, "utf8")).toBe("new");
});

it("has the text of a new file on the disk before the file has its name", async () => {
	await createFile(file, "new", watchedDisk());

	expect(steps).toEqual(["write", "sync", "close", "link"]);
	expect(readFileSync(file, "utf8")).toBe("new");
	expect(readdirSync(folder)).toEqual(["settings.json"]);
});

it.each(["write", "sync", "rename"] as const)("keeps the old file when the disk fails to %s", async (broken) => {
	writeFileSync(file, "old");

	await expect(replaceFile(file, "new", watchedDisk(broken))).rejects.toThrow(`${broken} failed`);

	expect(readFileSync(file, "utf8")).toBe("old");
	expect(readdirSync(folder)).toEqual(["settings.json"]);
});

it.each(["write", "sync"] as const)("makes no file when the disk fails to %s", async (broken) => {
	await expect(createFile(file, "new", watchedDisk(broken))).rejects.toThrow(`${broken} failed`);

	expect(readdirSync(folder)).toEqual([]);
});

it("makes the file also on a disk that gives no second names", async () => {
	await createFile(file, "new", watchedDisk("link"));

	expect(readFileSync(file, "utf8")).toBe("new");
	expect(readdirSync(folder)).toEqual(["settings.json"]);
});
