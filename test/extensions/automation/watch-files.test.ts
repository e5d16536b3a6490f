import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { compileGlobs } from "../../../src/extensions/automation/globs.ts";
import type { FileChange } from "../../../src/extensions/automation/triggers.ts";
import { watchFilesIn } from "../../../src/extensions/automation/watch-files.ts";

describe("globs", () => {
	it.each([
		["src/**/*.ts", ["src/a.ts", "src/b/c.ts"], ["a.ts", "src/a.js", "lib/src/a.ts"]],
		["*.md", ["a.md", "docs/a.md"], ["a.mdx"]],
		["src", ["src/a", "src/b/c"], ["source/a"]],
		["src/", ["src/a"], ["src2/a"]],
		["./src/*.{ts,tsx}", ["src/a.ts", "src/a.tsx"], ["src/b/a.ts", "src/a.t"]],
		["a?[0-9].[!x]", ["ab1.y"], ["ab1.x", "a/1.y", "ab/.y"]],
		["docs/**", ["docs/a", "docs/a/b"], ["docs"]],
		["a+(b).ts", ["a+(b).ts"], ["ab.ts", "aab.ts"]],
	])("%s", (glob, matching, other) => {
		const { matches, mayContain } = compileGlobs([glob]);
		expect(matching.filter((path) => !matches(path))).toEqual([]);
		expect(other.filter(matches)).toEqual([]);
		for (const path of matching) expect(mayContain(dirname(path) === "." ? "" : dirname(path))).toBe(true);
	});

	it("take away with !, and lead into no folder that cannot hold what they name", () => {
		const { matches, mayContain } = compileGlobs(["src/**/*.ts", "!**/*.test.ts"]);
		expect([matches("src/a.ts"), matches("src/a.test.ts")]).toEqual([true, false]);
		expect(["", "src", "src/x/y", "lib", "node"].map(mayContain)).toEqual([true, true, true, false, false]);
	});
});

async function watched(globs: string[]) {
	const root = mkdtempSync(join(tmpdir(), "pi-crew-watch-"));
	const changes: FileChange[] = [];
	const write = (path: string, text = `${Math.random()}`) => {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	};
	write("src/old.ts");
	const troubles: string[] = [];
	const end = watchFilesIn(root).watch(
		globs,
		(change) => changes.push(change),
		(trouble) => troubles.push(trouble),
	);
	onTestFinished(() => {
		end();
		rmSync(root, { recursive: true, force: true });
	});
	let tries = 0;
	const isWatching = () => {
		write(`src/ready-${tries++}.ts`);
		return changes.length > 0;
	};
	await expect.poll(isWatching).toBe(true);
	const seen = () =>
		changes.filter(({ path }) => !path.includes("ready")).map(({ path, change }) => `${change} ${path}`);
	return { root, write, seen, troubles, end };
}

describe("watching files", () => {
	it("sees what is created, modified and deleted, in new folders and in folders that are moved too", async () => {
		const { root, write, seen, troubles } = await watched(["src/**/*.ts"]);
		write("src/new/deep/a.ts");
		await expect.poll(seen).toEqual(["created src/new/deep/a.ts"]);
		write("src/old.ts");
		await expect.poll(seen).toContain("modified src/old.ts");
		rmSync(join(root, "src/old.ts"));
		await expect.poll(seen).toContain("deleted src/old.ts");
		renameSync(join(root, "src/new"), join(root, "src/moved"));
		await expect.poll(seen).toContain("created src/moved/deep/a.ts");
		await expect.poll(seen).toContain("deleted src/new/deep/a.ts");
		write("lib/b.ts");
		write("src/c.js");
		write("src/node_modules/d.ts");
		write("src/last.ts");
		await expect.poll(seen).toContain("created src/last.ts");
		expect([seen().filter((line) => /lib|c\.js|node_modules/.test(line)), troubles]).toEqual([[], []]);
	});

	it("sees nothing more once it has ended", async () => {
		const { write, seen, end } = await watched(["**"]);
		end();
		write("src/late.ts");
		await new Promise((resolve) => setTimeout(resolve, 200));
		expect(seen()).toEqual([]);
	});
});
