import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, output, runPi, SCRIPTED_MODEL, type Workspace } from "../support/cli.ts";
import { hostCli } from "../support/host-cli.ts";
import { callSubagent } from "../support/said.ts";

/** What a person's pi has of our dependencies: the folders the package needs at run time, and no build tools. */
const DEPENDENCIES = Object.entries<{ dev?: boolean }>(
	JSON.parse(readFileSync(join(CHECKOUT, "package-lock.json"), "utf8")).packages,
).flatMap(([folder, { dev }]) => (folder === "" || dev ? [] : [folder]));

let shelf = "";
beforeAll(() => {
	shelf = mkdtempSync(join(tmpdir(), "pi-crew-ways-"));
});
afterAll(() => rmSync(shelf, { recursive: true, force: true }));

/** Puts a package where pi looks, and lets it run a subagent. */
async function tryOut(place: (folder: string) => void): Promise<string> {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const extensions = join(workspace.agentDir, "extensions");
	mkdirSync(extensions, { recursive: true });
	place(join(extensions, "pi-crew"));
	return useIn(workspace);
}

/** Has pi itself install a package, and lets it run a subagent. */
async function installAndTry(source: string): Promise<string> {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const { cwd, env } = workspace;
	const install = spawn(hostCli.node, [hostCli.cli, "install", source], { cwd, env });
	install.stdin.end();
	const { code, stdout, stderr } = await output(install, 60_000);
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	expect(stdout).not.toMatch(/warning/i);
	const { packages } = JSON.parse(readFileSync(join(workspace.agentDir, "settings.json"), "utf8"));
	expect(packages).toHaveLength(1);
	return useIn(workspace);
}

async function useIn(workspace: Workspace): Promise<string> {
	const prompt = ["/agents set graceTurns 2", callSubagent({ prompt: "bash echo $((6*7))" })];
	const { code, stdout, stderr } = await runPi({ workspace, mode: "print", extensions: [SCRIPTED_MODEL], prompt });
	const written = join(workspace.cwd, ".pi", "subagents.json");
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	expect(stdout).toContain(`graceTurns is 2 (project), written to ${written}\n`);
	expect(JSON.parse(readFileSync(written, "utf8"))).toEqual({ graceTurns: 2 });
	return stdout.slice(stdout.indexOf("[toolResult]"));
}

function sourcesIn(folder: string): string[] {
	const paths = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" });
	return paths.filter((path) => path.endsWith(".ts")).sort();
}

/** The bundles that were compiled at an earlier start. */
function compiledIn(folder: string): string[] {
	const caches = readdirSync(join(folder, "dist")).filter((name) => name.endsWith(".cache"));
	return caches.map((name) => name.replace(/\..*/, "")).sort();
}

const WORKS = /^\[toolResult\] completed · [\s\S]*\[toolResult\] 42\s*$/;

describe("pi-crew works", () => {
	it("from the tarball, which carries the bundles and of the sources the entries alone, at the first start, the next, and by pi install", {
		timeout: 300_000,
	}, async () => {
		const [root, unpacked] = [join(shelf, "tarball"), join(shelf, "unpacked")];
		for (const folder of [root, unpacked]) mkdirSync(folder);
		execFileSync("npm", ["pack", "--silent", `--pack-destination=${root}`], {
			cwd: CHECKOUT,
			stdio: ["ignore", "ignore", "inherit"],
		});
		const [tarball = ""] = readdirSync(root);
		execFileSync("tar", ["-xzf", join(root, tarball), "--strip-components=1", "-C", unpacked]);
		expect(sourcesIn(unpacked)).toEqual([
			"entry.ts",
			"extensions/automation/entry.ts",
			"extensions/worktrees/entry.ts",
		]);
		for (const compiled of [[], ["automations", "extension", "worktrees"]]) {
			expect(compiledIn(unpacked)).toEqual(compiled);
			expect(await tryOut((folder) => symlinkSync(unpacked, folder))).toMatch(WORKS);
		}
		expect(compiledIn(unpacked)).toHaveLength(3);
		expect(await installAndTry(unpacked)).toMatch(WORKS);
	});

	it("from git, where no build tool is at hand: from the sources", async () => {
		const stdout = await tryOut((folder) => {
			for (const part of ["src", "package.json"]) cpSync(join(CHECKOUT, part), join(folder, part), { recursive: true });
			for (const name of DEPENDENCIES) cpSync(join(CHECKOUT, name), join(folder, name), { recursive: true });
			expect(existsSync(join(folder, "dist"))).toBe(false);
		});
		expect(stdout).toMatch(WORKS);
	});

	it("from a checkout, never from a stale bundle in it, and by pi install", { timeout: 300_000 }, async () => {
		const copy = join(shelf, "checkout");
		for (const part of ["src", "package.json"]) cpSync(join(CHECKOUT, part), join(copy, part), { recursive: true });
		symlinkSync(join(CHECKOUT, "node_modules"), join(copy, "node_modules"));
		mkdirSync(join(copy, "dist"));
		execFileSync("sh", ["-c", `echo 'throw new Error("stale")' > dist/extension.cjs`], { cwd: copy });
		expect(await tryOut((folder) => symlinkSync(copy, folder))).toMatch(WORKS);
		expect(await installAndTry(copy)).toMatch(WORKS);
	});
});
