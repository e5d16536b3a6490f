import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
	type FileBounds,
	openRegularFile,
	readRegularFile,
	readRegularFileSoon,
} from "../../src/platform/regular-file.ts";

const root = mkdtempSync(join(tmpdir(), "pi-crew-regular-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = (name: string) => join(root, name);
const BOUNDS: FileBounds = { maxBytes: 100_000 };
const readers = [
	["at once", async (path: string, bounds = BOUNDS) => readRegularFile(path, bounds)],
	["soon", (path: string, bounds = BOUNDS) => readRegularFileSoon(path, bounds)],
] as const;

describe.each(readers)("a file that is read %s", (_when, read) => {
	it.each([0, 1, 99_999, 100_000])("is there whole with %i bytes", async (length) => {
		const bytes = Buffer.alloc(length, "ab");
		writeFileSync(at("file"), bytes);
		expect((await read(at("file"))).equals(bytes)).toBe(true);
	});

	it("is found by a link, unless links are refused", async () => {
		writeFileSync(at("target"), "text");
		rmSync(at("link"), { force: true });
		symlinkSync(at("target"), at("link"));
		expect((await read(at("link"))).toString()).toBe("text");
		await expect(read(at("link"), { ...BOUNDS, links: "refuse" })).rejects.toMatchObject({
			code: "ENOTREGULAR",
			message: "it is a link; expected a regular file",
		});
	});

	it("is refused when it is too large, however much of it is really there", async () => {
		writeFileSync(at("large"), "");
		truncateSync(at("large"), 2 ** 40);
		await expect(read(at("large"))).rejects.toMatchObject({
			code: "ETOOLARGE",
			message: `it has ${2 ** 40} bytes; expected at most 100000`,
		});
	});

	it("is refused when it is a folder", async () => {
		mkdirSync(at("folder"), { recursive: true });
		await expect(read(at("folder"))).rejects.toMatchObject({ code: "ENOTREGULAR" });
	});

	it("fails as the disk says when it is not there", async () => {
		await expect(read(at("none"))).rejects.toMatchObject({ code: "ENOENT" });
		await expect(read("a\0b")).rejects.toThrow();
	});

	it.skipIf(process.platform === "win32")("is refused when it is a pipe, also by a link", async () => {
		rmSync(at("pipe"), { force: true });
		rmSync(at("to-pipe"), { force: true });
		execFileSync("mkfifo", [at("pipe")]);
		symlinkSync(at("pipe"), at("to-pipe"));
		for (const name of ["pipe", "to-pipe"])
			await expect(read(at(name))).rejects.toMatchObject({
				code: "ENOTREGULAR",
				message: "it is a pipe; expected a regular file",
			});
	});

	it.skipIf(process.platform === "win32")("is refused when it is a device", async () => {
		await expect(read("/dev/zero")).rejects.toMatchObject({
			code: "ENOTREGULAR",
			message: "it is a device; expected a regular file",
		});
	});

	it.skipIf(process.platform === "win32")("is refused when it is a socket", async () => {
		const server = createServer();
		await new Promise<void>((resolve) => void server.listen(at("socket"), resolve));
		await expect(read(at("socket"))).rejects.toMatchObject({ code: "ENOTREGULAR" });
		await new Promise((resolve) => server.close(resolve));
	});

	it.skipIf(process.platform !== "linux")("is read whole when the system says that it is empty", async () => {
		expect((await read("/proc/self/status")).toString()).toContain("Pid:");
	});
});

it("is not left open when it is refused", () => {
	writeFileSync(at("small"), "too much");
	for (let round = 0; round < 5000; round++)
		expect(() => openRegularFile(at("small"), { maxBytes: 1 })).toThrow("8 bytes");
	expect(readRegularFile(at("small"), BOUNDS).toString()).toBe("too much");
});
