import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { privateTemporaryFolder } from "../../src/platform/private-folder.ts";

const isRoot = process.getuid?.() === 0;

let root: string;
let usual: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-private-"));
	vi.stubEnv("TMPDIR", root);
	vi.stubEnv("TEMP", root);
	usual = join(root, `pi-crew-${process.getuid?.() ?? "user"}`);
});
afterEach(() => {
	vi.unstubAllEnvs();
	rmSync(root, { recursive: true, force: true });
});

const mode = (folder: string) => lstatSync(folder).mode & 0o777;

describe("the person's temporary folder", () => {
	it("is made for the person alone, and is the same each time", () => {
		expect([privateTemporaryFolder(), privateTemporaryFolder()]).toEqual([usual, usual]);
		if (process.platform !== "win32") expect(mode(usual)).toBe(0o700);
	});

	describe.skipIf(process.platform === "win32")("is another one, with a name that nobody can foresee,", () => {
		function expectSubstitute(): void {
			const folder = privateTemporaryFolder();
			expect(folder).toMatch(new RegExp(`^${usual}-\\w{6}$`));
			expect(lstatSync(folder).isDirectory()).toBe(true);
			expect(mode(folder)).toBe(0o700);
			expect(privateTemporaryFolder()).toBe(folder);
			rmSync(folder, { recursive: true });
			expect(privateTemporaryFolder()).toBe(folder);
			expect(mode(folder)).toBe(0o700);
		}

		it("where a link is in its place", () => {
			mkdirSync(join(root, "elsewhere"), { mode: 0o700 });
			symlinkSync(join(root, "elsewhere"), usual);
			expectSubstitute();
			expect(readdirSync(join(root, "elsewhere"))).toEqual([]);
		});

		it("where a link to nowhere is in its place", () => {
			symlinkSync(join(root, "nowhere"), usual);
			expectSubstitute();
		});

		it.each([0o755, 0o777, 0o750, 0o701])("where others could look into it (mode %o)", (open) => {
			mkdirSync(usual);
			chmodSync(usual, open);
			expectSubstitute();
			expect(mode(usual)).toBe(open);
		});

		it.runIf(isRoot)("where somebody else made it", () => {
			mkdirSync(usual, { mode: 0o700 });
			chownSync(usual, 1234, 1234);
			expectSubstitute();
		});
	});

	it("leads nowhere when no folder can be made", () => {
		vi.stubEnv("TMPDIR", join(root, "gone"));
		vi.stubEnv("TEMP", join(root, "gone"));
		expect(() => mkdirSync(join(privateTemporaryFolder(), "tasks"), { recursive: true })).toThrow();
	});
});
