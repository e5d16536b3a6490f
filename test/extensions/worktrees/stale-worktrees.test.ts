import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { worktreeFolder } from "../../../src/extensions/worktrees/prepare-worktree.ts";
import { leftWorkText } from "../../../src/extensions/worktrees/report-text.ts";
import { findRepository } from "../../../src/extensions/worktrees/repository.ts";
import { clearStaleWorktrees } from "../../../src/extensions/worktrees/stale-worktrees.ts";
import { InTurn } from "../../../src/platform/keyed-mutex.ts";
import { processScope } from "../../../src/platform/process-identity.ts";
import { ID } from "./request.ts";
import { createRepository, createSample, git, type Sample, treesOf, write } from "./sample-repository.ts";

const BRANCH = `pi-agent-${ID}`;
const fileAt = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Another pi process with a subagent running in a worktree. */
async function startOther({ agentDir, repository }: Sample): Promise<{ cwd: string; kill: () => Promise<unknown> }> {
	const jiti = fileAt("../../../node_modules/jiti/lib/jiti-cli.mjs");
	const other = spawn(process.execPath, [jiti, fileAt("hold-worktree.ts"), agentDir, repository, ID]);
	const ended = once(other, "exit");
	const kill = () => {
		other.kill("SIGKILL");
		return ended;
	};
	onTestFinished(() => void kill());
	const [line] = await Promise.race([once(other.stdout, "data"), once(other.stderr, "data")]);
	return { cwd: String(line).trim(), kill };
}

/** What the next pi does at its start. */
async function look({ agentDir, repository: path }: Sample): Promise<string[]> {
	const lookup = await findRepository(path);
	if (lookup.kind !== "found") throw new Error(lookup.reason);
	const { repository } = lookup;
	const left = await clearStaleWorktrees(worktreeFolder(agentDir, repository), repository, new InTurn());
	return left.length > 0 ? leftWorkText(left).split("\n").slice(1) : [];
}

/** As if the process that owns the place had died. */
function orphan(cwd: string): void {
	const owner = JSON.parse(readFileSync(`${cwd}.json`, "utf8"));
	writeFileSync(`${cwd}.json`, JSON.stringify({ ...owner, process: { host: hostname(), pid: 2 ** 30 } }));
}

const filesBeside = (cwd: string) => readdirSync(dirname(cwd)).sort();

describe("a worktree of a pi process that was killed", () => {
	it("is kept while it holds work and named at the next start; resuming the subagent saves it", async () => {
		const sample = createSample();
		const { cwd, kill } = await startOther(sample);
		write(cwd, { "new.txt": "new", "edited.txt": "after" });
		git(cwd, "commit", "--quiet", "--all", "--message=edited");
		const commit = git(cwd, "rev-parse", "--short=12", "HEAD");
		expect(await look(sample)).toEqual([]);
		await kill();
		expect(await look(sample)).toEqual([
			`- ${cwd} (worker ${ID}): 1 uncommitted path, 1 commit on no branch (${commit}). To keep it: resume the subagent, or put it ` +
				"on a branch there (git switch -c NAME, git branch NAME COMMIT); to drop it: git worktree remove --force PATH",
		]);
		expect(await look(sample)).toHaveLength(1);
		expect(readFileSync(join(cwd, "new.txt"), "utf8")).toBe("new");
		const resumed = await sample.prepare({ isResume: true });
		expect(resumed.cwd).toBe(cwd);
		expect(await look(sample)).toEqual([]);
		expect(await resumed.dispose()).toContain(`\`${BRANCH}\` (2 files changed`);
	});

	it("is removed when it holds nothing", async () => {
		const sample = createSample();
		const { cwd, kill } = await startOther(sample);
		await kill();
		expect(await look(sample)).toEqual([]);
		expect([existsSync(cwd), treesOf(sample.repository), filesBeside(cwd)]).toEqual([false, 1, []]);
	});

	it("is removed when its making was cut short, locked or unknown to git", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		const owner = JSON.parse(readFileSync(`${cwd}.json`, "utf8"));
		const preparing = { ...owner, phase: "preparing" };
		writeFileSync(`${cwd}.json`, JSON.stringify(preparing));
		orphan(cwd);
		git(sample.repository, "worktree", "lock", cwd);
		rmSync(join(cwd, "kept.txt"));
		expect(await look(sample)).toEqual([]);
		expect([existsSync(cwd), treesOf(sample.repository)]).toEqual([false, 1]);
		mkdirSync(cwd);
		writeFileSync(`${cwd}.json`, JSON.stringify(preparing));
		orphan(cwd);
		expect(await look(sample)).toEqual([]);
		expect(filesBeside(cwd)).toEqual([]);
	});

	it("is removed when its removal was cut short, whatever is missing in it", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		const owner = JSON.parse(readFileSync(`${cwd}.json`, "utf8"));
		writeFileSync(`${cwd}.json`, JSON.stringify({ ...owner, phase: "removing" }));
		rmSync(join(cwd, "kept.txt"));
		expect(await look(sample)).toEqual([]);
		expect([existsSync(cwd), treesOf(sample.repository), filesBeside(cwd)]).toEqual([false, 1, []]);
	});

	it("is left alone while its process lives, and when another machine may have it", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		expect(await look(sample)).toEqual([]);
		const owner = JSON.parse(readFileSync(`${cwd}.json`, "utf8"));
		const elsewhere = { ...owner, process: { host: "elsewhere", pid: 1 } };
		writeFileSync(`${cwd}.json`, JSON.stringify(elsewhere));
		expect(await look(sample)).toEqual([]);
		expect(existsSync(cwd)).toBe(true);
		const yesterday = Date.now() - 25 * 60 * 60 * 1000;
		writeFileSync(`${cwd}.json`, JSON.stringify({ ...elsewhere, writtenAt: yesterday }));
		expect(await look(sample)).toEqual([]);
		expect(existsSync(cwd)).toBe(false);
	});

	it.runIf(process.platform === "linux")("is found also when a later process has the same number", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		const owner = JSON.parse(readFileSync(`${cwd}.json`, "utf8"));
		writeFileSync(`${cwd}.json`, JSON.stringify({ ...owner, process: { ...owner.process, started: "1" } }));
		expect(await look(sample)).toEqual([]);
		expect(existsSync(cwd)).toBe(false);
	});

	it("is cleared once by several that start at the same time", async () => {
		const sample = createSample();
		const ids = ["one", "two", "three", "four"];
		const prepared = await Promise.all(ids.map((agentId) => sample.prepare({ agentId })));
		for (const { cwd } of prepared) orphan(cwd);
		write(prepared[0]!.cwd, { "new.txt": "new" });
		const said = await Promise.all([look(sample), look(sample), look(sample)]);
		expect(said.flat().filter((line) => !line.includes("(worker one): 1 uncommitted path."))).toEqual([]);
		expect(said.flat().length).toBeGreaterThan(0);
		expect([treesOf(sample.repository), filesBeside(prepared[0]!.cwd)]).toEqual([2, ["one", "one.json"]]);
	});

	it("is looked at again when the process that was clearing it died as well", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		orphan(cwd);
		renameSync(`${cwd}.json`, `${cwd}.json.${processScope()}-0.${2 ** 30}.claim`);
		expect(await look(sample)).toEqual([]);
		expect([existsSync(cwd), filesBeside(cwd)]).toEqual([false, []]);
	});

	it("is named when nothing certain can be said of it", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		orphan(cwd);
		rmSync(join(sample.repository, ".git/worktrees"), { recursive: true });
		expect(await look(sample)).toEqual([expect.stringContaining(`${cwd} (worker ${ID}): unknown, for `)]);
		writeFileSync(`${cwd}.json`, "{");
		expect(await look(sample)).toEqual([expect.stringContaining("unknown, for its owner file cannot be read")]);
		expect(existsSync(join(cwd, "kept.txt"))).toBe(true);
		await expect(sample.prepare()).rejects.toThrow(`nothing is known of what is in ${cwd}; move it away`);
	});

	it("is forgotten when the person has removed it", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		orphan(cwd);
		git(sample.repository, "worktree", "remove", cwd);
		expect(await look(sample)).toEqual([]);
		expect(filesBeside(cwd)).toEqual([]);
	});

	it("is of this repository only", async () => {
		const sample = createSample();
		const other = join(sample.root, "elsewhere/project");
		createRepository(other, { "a.txt": "a" });
		const { cwd } = await sample.prepare({ baseCwd: other });
		orphan(cwd);
		expect(await look(sample)).toEqual([]);
		expect(existsSync(cwd)).toBe(true);
	});
});

describe("a worktree that was left in place", () => {
	it("is named though its process lives, until what it held is gone", async () => {
		const sample = createSample();
		const { cwd, dispose } = await sample.prepare();
		createRepository(join(cwd, "nested"), { "a.txt": "a" });
		expect(await dispose()).toContain("left in place");
		expect(await look(sample)).toEqual([expect.stringContaining(`${cwd} (worker ${ID}): 1 uncommitted path. `)]);
		rmSync(join(cwd, "nested"), { recursive: true });
		expect(await look(sample)).toEqual([]);
		expect(existsSync(cwd)).toBe(false);
	});
});

describe("a branch of a run that did not end well", () => {
	it.each(["error", "stopped", "aborted"] as const)("is named after %s until it is merged", async (status) => {
		const sample = createSample();
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "new.txt": "new" });
		await dispose({ status, description: "tidy" });
		expect(await look(sample)).toEqual([
			`- branch ${BRANCH} (tidy; ${status}), not merged. To merge it: git merge ${BRANCH}; to drop it: git branch -D ${BRANCH}`,
		]);
		git(sample.repository, "merge", "--quiet", BRANCH);
		expect(await look(sample)).toEqual([]);
		expect(filesBeside(cwd)).toEqual([]);
	});

	it("is still named after a resume that added nothing and was stopped or killed", async () => {
		const sample = createSample();
		const first = await sample.prepare();
		write(first.cwd, { "new.txt": "new" });
		await first.dispose({ status: "stopped", description: "tidy" });
		const second = await sample.prepare({ isResume: true });
		await second.dispose({ status: "error", description: "again" });
		expect(await look(sample)).toEqual([expect.stringContaining(`branch ${BRANCH} (again; error), not merged`)]);
		const third = await sample.prepare({ isResume: true });
		orphan(third.cwd);
		const named = [expect.stringContaining(`branch ${BRANCH} (worker; its pi process ended), not merged`)];
		expect(await look(sample)).toEqual(named);
		expect([await look(sample), treesOf(sample.repository)]).toEqual([named, 1]);
		git(sample.repository, "merge", "--quiet", BRANCH);
		expect([await look(sample), filesBeside(first.cwd)]).toEqual([[], []]);
	});

	it("is not named when the person deleted it, or when the subagent was resumed and answered", async () => {
		const sample = createSample();
		const stopped = await sample.prepare();
		write(stopped.cwd, { "new.txt": "new" });
		await stopped.dispose({ status: "stopped", description: "tidy" });
		const resumed = await sample.prepare({ isResume: true });
		write(resumed.cwd, { "two.txt": "2" });
		await resumed.dispose();
		expect(await look(sample)).toEqual([]);
		const again = await sample.prepare({ isResume: true });
		write(again.cwd, { "three.txt": "3" });
		await again.dispose({ status: "stopped", description: "tidy" });
		expect(await look(sample)).toHaveLength(1);
		git(sample.repository, "branch", "--quiet", "-D", BRANCH);
		expect(await look(sample)).toEqual([]);
	});
});
