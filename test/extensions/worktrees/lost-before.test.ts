import {
	appendFileSync,
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { worktreeFolder } from "../../../src/extensions/worktrees/prepare-worktree.ts";
import { leftWorkText } from "../../../src/extensions/worktrees/report-text.ts";
import { findRepository } from "../../../src/extensions/worktrees/repository.ts";
import { clearStaleWorktrees } from "../../../src/extensions/worktrees/stale-worktrees.ts";
import { InTurn } from "../../../src/platform/keyed-mutex.ts";
import { until } from "../../support/condition.ts";
import { ID } from "./request.ts";
import {
	branches,
	changeEnvironment,
	changes,
	createRepository,
	createSample,
	git,
	type Sample,
	treesOf,
	write,
} from "./sample-repository.ts";

const BRANCH = `pi-agent-${ID}`;

/** What the next pi says at its start. */
async function look({ agentDir, repository: path }: Sample): Promise<string> {
	const lookup = await findRepository(path);
	if (lookup.kind !== "found") throw new Error(lookup.reason);
	const { repository } = lookup;
	const left = await clearStaleWorktrees(worktreeFolder(agentDir, repository), repository, new InTurn());
	return left.length > 0 ? leftWorkText(left) : "";
}

type Fields = Record<string, unknown> & { process: Record<string, unknown> };

function changeOwner(cwd: string, change: (owner: Fields) => unknown): void {
	writeFileSync(`${cwd}.json`, JSON.stringify(change(JSON.parse(readFileSync(`${cwd}.json`, "utf8")))));
}

const DEAD = { host: hostname(), pid: 2 ** 30 };

function commitAll(folder: string, message: string): string {
	git(folder, "add", "--all");
	git(folder, "commit", "--quiet", `--message=${message}`);
	return git(folder, "rev-parse", "--short=12", "HEAD");
}

function withSubmodule(): Sample {
	const sample = createSample();
	changeEnvironment({ GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "protocol.file.allow", GIT_CONFIG_VALUE_0: "always" });
	createRepository(join(sample.root, "library"), { "a.txt": "a\n" });
	git(sample.repository, "submodule", "--quiet", "add", join(sample.root, "library"), "library");
	git(sample.repository, "commit", "--quiet", "--message=submodule");
	return sample;
}

describe("a submodule", () => {
	it("that is not filled keeps the files that were written into its folder", async () => {
		const sample = withSubmodule();
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "library/new.txt": "new" });
		expect(await dispose()).toContain(`${cwd} (the submodule library was not checked out and holds files)`);
		expect(readFileSync(join(cwd, "library/new.txt"), "utf8")).toBe("new");
		changeOwner(cwd, (owner) => ({ ...owner, process: DEAD }));
		expect(await look(sample)).toContain("the submodule library was not checked out and holds files");
		expect(readFileSync(join(cwd, "library/new.txt"), "utf8")).toBe("new");
	});

	it.each([
		["removed by git rm", ["rm", "--quiet", "library"]],
		["emptied by git submodule deinit", ["submodule", "--quiet", "deinit", "--force", "library"]],
	])("keeps its own commits though it was %s", async (_how, command) => {
		const { prepare } = withSubmodule();
		const { cwd, dispose } = await prepare();
		git(cwd, "submodule", "--quiet", "update", "--init");
		write(cwd, { "library/a.txt": "b\n" });
		const commit = commitAll(join(cwd, "library"), "b");
		commitAll(cwd, "newer library");
		git(cwd, ...command);
		const said = (await dispose()) ?? "";
		expect(said).toContain("the submodule library is not checked out any more and has commits that are nowhere else");
		const [, gitDir = ""] = /nowhere else, in (.*)\)/.exec(said) ?? [];
		expect(git(gitDir, "--git-dir=.", "--work-tree=.", "log", "-1", "--format=%s", commit)).toBe("b");
	});

	it("keeps a commit that was left by checking out another, and an edit that git was set to ignore", async () => {
		const { prepare } = withSubmodule();
		const first = await prepare();
		git(first.cwd, "submodule", "--quiet", "update", "--init");
		const library = join(first.cwd, "library");
		write(library, { "a.txt": "b\n" });
		commitAll(library, "b");
		git(library, "checkout", "--quiet", "HEAD~1");
		expect(await first.dispose()).toContain("(the submodule library has work of its own)");
		const second = await prepare({ agentId: "second" });
		git(second.cwd, "submodule", "--quiet", "update", "--init");
		git(join(second.cwd, "library"), "update-index", "--assume-unchanged", "a.txt");
		write(second.cwd, { "library/a.txt": "b\n" });
		expect(await second.dispose()).toContain("(the submodule library has work of its own)");
	});
});

describe("an owner file", () => {
	it.each<[string, (owner: Fields) => unknown]>([
		["an unknown phase", (owner) => ({ ...owner, phase: "paused" })],
		["no phase", ({ phase: _phase, ...owner }) => owner],
		["the name of a method as its phase", (owner) => ({ ...owner, phase: "toString" })],
		["another version", (owner) => ({ ...owner, version: 2, phase: "removing" })],
		["no process", ({ process: _process, ...owner }) => ({ ...owner, phase: "removing" })],
		["no git directory", ({ gitDir: _gitDir, ...owner }) => owner],
		["a number for a base", (owner) => ({ ...owner, base: 5 })],
		["an object without anything", () => ({})],
		["a list", () => []],
		["a number", () => 5],
		["null", () => null],
		["a text", () => "removing"],
	])("with %s removes nothing, and the start says so", async (_what, change) => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		write(cwd, { "new.txt": "new" });
		changeOwner(cwd, (owner) => change({ ...owner, process: DEAD }));
		expect(await look(sample)).toContain(`${cwd}: unknown, for its owner file cannot be read: ${cwd}.json`);
		expect(await look(sample)).toContain(cwd);
		expect(readFileSync(join(cwd, "new.txt"), "utf8")).toBe("new");
		await expect(sample.prepare({ isResume: true })).rejects.toThrow(`nothing is known of what is in ${cwd}`);
		expect(readFileSync(join(cwd, "new.txt"), "utf8")).toBe("new");
	});

	it("that is gone, or says that the worktree is gone, removes nothing, and the start says so", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		write(cwd, { "new.txt": "new" });
		changeOwner(cwd, (owner) => ({ ...owner, phase: "branch", branch: "main", status: "stopped", description: "x" }));
		expect(await look(sample)).toContain(`${cwd}: unknown, for its owner file says that it is gone`);
		rmSync(`${cwd}.json`);
		expect(await look(sample)).toContain(`${cwd}: unknown, for it has no owner file: ${cwd}.json`);
		expect(existsSync(join(cwd, "new.txt"))).toBe(true);
	});
});

describe("a claim upon a worktree", () => {
	it("of another machine that shares the home is respected, also where its process id is free here", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		const claim = `${cwd}.json.0123456789ab-77.${2 ** 30}.claim`;
		renameSync(`${cwd}.json`, claim);
		expect([await look(sample), existsSync(claim), existsSync(cwd)]).toEqual(["", true, true]);
		await expect(sample.prepare({ isResume: true })).rejects.toThrow("exists and nothing says whose it is");
	});

	it("of another machine of the same name is respected while it says that it works there", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		const elsewhere = { ...DEAD, machine: "another machine", pidSpace: "another-boot" };
		changeOwner(cwd, (owner) => ({ ...owner, process: elsewhere }));
		expect([await look(sample), existsSync(cwd)]).toEqual(["", true]);
		await expect(sample.prepare({ isResume: true })).rejects.toThrow("is in use by the pi process");
		changeOwner(cwd, (owner) => ({ ...owner, writtenAt: Date.now() - 25 * 60 * 60 * 1000 }));
		expect([await look(sample), existsSync(cwd)]).toEqual(["", false]);
	});

	it.runIf(process.platform === "linux")("of this machine before it was started anew has ended", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		changeOwner(cwd, (owner) => ({ ...owner, process: { ...owner.process, pidSpace: "before-boot" } }));
		expect([await look(sample), existsSync(cwd)]).toEqual(["", false]);
	});
});

/** Set for the repository, as `git config` in the worktree does. */
const configure = ({ repository }: Sample, ...settings: [string, string][]) => {
	for (const [key, value] of settings) git(repository, "config", key, value);
};

describe("the configuration hides", () => {
	it("no file whose name differs from another's in its case only", async () => {
		const sample = createSample();
		configure(sample, ["core.ignoreCase", "true"]);
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "KEPT.TXT": "another", "SUB/other.txt": "other" });
		const isCaseSensitive = readFileSync(join(cwd, "kept.txt"), "utf8") === "kept\n";
		await dispose();
		if (isCaseSensitive) expect(changes(sample.repository, "main", BRANCH)).toContain("A KEPT.TXT");
		expect(git(sample.repository, "show", `${BRANCH}:${isCaseSensitive ? "KEPT.TXT" : "kept.txt"}`)).toBe("another");
	});

	it("no commit on no branch where HEAD is to have no log", async () => {
		const sample = createSample();
		configure(sample, ["core.logAllRefUpdates", "false"]);
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "one.txt": "1" });
		const commit = commitAll(cwd, "one");
		git(cwd, "checkout", "--quiet", "--detach", "main");
		expect(await dispose()).toContain(`(it has commits that no branch has, up to ${commit})`);
		expect(git(cwd, "show", `${commit}:one.txt`)).toBe("1");
	});

	it("no edit that keeps a file's size and its time", async () => {
		const sample = createSample();
		configure(sample, ["core.checkStat", "minimal"], ["core.trustctime", "false"]);
		const { cwd, dispose } = await sample.prepare();
		const file = join(cwd, "edited.txt");
		const { atime, mtime } = statSync(file);
		await until("another second", () => Date.now() > Math.floor(mtime.getTime() / 1000 + 2) * 1000);
		git(cwd, "update-index", "--force-write-index"); // so that the time of the index says that it is older
		writeFileSync(file, "beforf\n");
		utimesSync(file, atime, mtime);
		await dispose();
		expect(changes(sample.repository, "main", BRANCH)).toEqual(["M edited.txt"]);
	});

	it("no change of a mode, and no link", async () => {
		const sample = createSample();
		configure(sample, ["core.fileMode", "false"], ["core.symlinks", "false"]);
		const { cwd, dispose } = await sample.prepare();
		chmodSync(join(cwd, "edited.txt"), 0o755);
		symlinkSync("kept.txt", join(cwd, "link"));
		await dispose();
		expect(git(sample.repository, "diff", "--summary", "main", BRANCH).trim().split("\n")).toEqual([
			"mode change 100644 => 100755 edited.txt",
			" create mode 120000 link",
		]);
	});

	it("no new file from a cache of untracked files", async () => {
		const sample = createSample();
		configure(sample, ["core.untrackedCache", "true"], ["core.checkStat", "minimal"], ["core.trustctime", "false"]);
		const { cwd, dispose } = await sample.prepare();
		const { atime, mtime } = statSync(join(cwd, "sub"));
		git(cwd, "update-index", "--force-untracked-cache");
		git(cwd, "status");
		write(cwd, { "sub/new.txt": "new" });
		utimesSync(join(cwd, "sub"), atime, mtime);
		await dispose();
		expect(changes(sample.repository, "main", BRANCH)).toEqual(["A sub/new.txt"]);
	});

	it("nothing from want of a file that orders differences", async () => {
		const sample = createSample();
		configure(sample, ["diff.orderFile", "/nowhere"], ["add.ignoreErrors", "true"]);
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "new.txt": "new" });
		expect(await dispose()).toContain("is gone");
		configure(sample, ["diff.orderFile", "/dev/null"]);
		expect(changes(sample.repository, "main", BRANCH)).toEqual(["A new.txt"]);
	});

	it("no part of a file that a filter drops, neither of a new nor of an edited one", async () => {
		const sample = createSample();
		write(sample.repository, { "old.note": "keep\n", ".gitattributes": "*.note filter=short\n" });
		git(sample.repository, "add", ".");
		git(sample.repository, "commit", "--quiet", "--message=notes");
		configure(sample, ["filter.short.clean", "head -c 5"], ["filter.short.smudge", "cat"]);
		const edited = await sample.prepare();
		appendFileSync(join(edited.cwd, "old.note"), "an edit\n");
		expect(await edited.dispose()).toContain("(git does not keep all that is in old.note, because of a filter");
		expect(readFileSync(join(edited.cwd, "old.note"), "utf8")).toBe("keep\nan edit\n");
		const made = await sample.prepare({ agentId: "second" });
		write(made.cwd, { "new.note": "keep\nand this\n", "plain.txt": "plain" });
		const said = await made.dispose();
		expect(said).toContain("on the branch `pi-agent-second`");
		expect(said).toContain("(git does not keep all that is in new.note, because of a filter");
	});

	it("nothing where a filter or a line ending only changes the form of a file", async () => {
		const sample = createSample();
		write(sample.repository, { ".gitattributes": "*.rot filter=rot\n*.id ident\n" });
		git(sample.repository, "add", ".");
		git(sample.repository, "commit", "--quiet", "--message=attributes");
		configure(sample, ["filter.rot.clean", "tr a-z b-za"], ["filter.rot.smudge", "tr b-za a-z"]);
		configure(sample, ["core.autocrlf", "true"]);
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "a.rot": "secret\n", "b.id": "$Id: 12 $\n", "c.txt": "one\r\ntwo\r\n", "d.txt": "one\n" });
		expect(await dispose()).toContain("is gone");
		expect(changes(sample.repository, "main", BRANCH)).toEqual(["A a.rot", "A b.id", "A c.txt", "A d.txt"]);
	});
});

describe("the result names", () => {
	it("the branch, the tag and the stash that the subagent left, though its worktree holds nothing more", async () => {
		const { repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		git(cwd, "switch", "--quiet", "--create", "feature");
		write(cwd, { "one.txt": "1" });
		commitAll(cwd, "one");
		git(cwd, "tag", "-a", "-m", "x", "v1");
		write(cwd, { "two.txt": "2" });
		git(cwd, "stash", "--include-untracked");
		git(cwd, "checkout", "--quiet", "--detach", "main");
		const stash = git(repository, "rev-parse", "--short=12", "refs/stash");
		expect(await dispose()).toBe(
			`It also left the branch \`feature\`, the tag \`v1\`, the stash ${stash} (see \`git stash list\`).`,
		);
		expect([existsSync(cwd), treesOf(repository)]).toEqual([false, 1]);
	});

	it("files that are not kept because the subagent itself, or the repository's configuration, ignores them", async () => {
		const sample = createSample();
		write(sample.root, { ignore: "*.global\n" });
		configure(sample, ["core.excludesFile", join(sample.root, "ignore")]);
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { ".gitignore": "*.log\n*.mine\n", "a.log": "old", "b.mine": "new", "c.global": "c", "d.txt": "d" });
		write(cwd, { "cache/.gitignore": "*\n", "cache/e.txt": "e" });
		expect(await dispose()).toMatch(/Not kept, because git ignores it: a\.log, b\.mine, c\.global, cache\/\.$/);
		expect(changes(sample.repository, "main", BRANCH)).toEqual(["M .gitignore", "A d.txt"]);
	});

	it("the place to which the subagent moved its worktree; it stays there, and its work is on the branch", async () => {
		const { root, repository, prepare } = createSample();
		const { cwd, dispose } = await prepare();
		const moved = join(root, "moved");
		write(cwd, { "new.txt": "new" });
		git(cwd, "worktree", "move", cwd, moved);
		const said = await dispose();
		expect(said).toContain(`\`${BRANCH}\` (1 file changed`);
		expect(said).toContain(`The subagent moved its worktree to ${moved}, where it was left.`);
		expect(said).not.toContain("deleted");
		expect([changes(repository, "main", BRANCH), readFileSync(join(moved, "new.txt"), "utf8")]).toEqual([
			["A new.txt"],
			"new",
		]);
	});

	it("the place of a moved worktree after a kill as well, until it holds nothing", async () => {
		const sample = createSample();
		const { cwd } = await sample.prepare();
		const moved = join(sample.root, "moved");
		write(cwd, { "new.txt": "new" });
		git(cwd, "worktree", "move", cwd, moved);
		changeOwner(cwd, (owner) => ({ ...owner, process: DEAD }));
		expect(await look(sample)).toContain(`${moved} (worker ${ID}): 1 uncommitted path`);
		commitAll(moved, "saved");
		git(moved, "branch", "saved");
		expect([await look(sample), existsSync(moved), existsSync(`${cwd}.json`)]).toEqual(["", true, false]);
	});

	it("a branch without a commit, and all that a reference of the worktree alone or a cut log leads to", async () => {
		const { prepare } = createSample();
		const orphan = await prepare({ agentId: "one" });
		git(orphan.cwd, "switch", "--quiet", "--orphan", "fresh");
		write(orphan.cwd, { "new.txt": "new" });
		expect(await orphan.dispose()).toContain("(it is on a branch that has no commit yet)");
		const own = await prepare({ agentId: "two" });
		write(own.cwd, { "new.txt": "new" });
		const commit = commitAll(own.cwd, "own");
		git(own.cwd, "update-ref", "refs/worktree/mine", "HEAD");
		git(own.cwd, "reset", "--quiet", "--hard", "HEAD~1");
		expect(await own.dispose()).toContain(`(it has commits that no branch has, up to ${commit})`);
		const cut = await prepare({ agentId: "three" });
		write(cut.cwd, { "cut.txt": "cut" });
		const lost = commitAll(cut.cwd, "cut");
		git(cut.cwd, "checkout", "--quiet", "--detach", "main");
		git(cut.cwd, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "HEAD");
		expect(await cut.dispose()).toMatch(new RegExp(`these are on no branch: .*commit ${lost}`));
	});

	it("a worktree that the subagent made within its own, also where git ignores it", async () => {
		const { repository, prepare } = createSample();
		write(repository, { ".git/info/exclude": "inner/\n" });
		const { cwd, dispose } = await prepare();
		git(cwd, "worktree", "add", "--quiet", "--detach", "inner/nested");
		write(cwd, { "inner/nested/new.txt": "new" });
		expect(await dispose()).toContain(`(the worktree ${join(cwd, "inner/nested")} is in it)`);
		expect(existsSync(join(cwd, "inner/nested/new.txt"))).toBe(true);
	});

	it("everything that keeps a worktree, not the first thing only", async () => {
		const { prepare } = withSubmodule();
		const { cwd, dispose } = await prepare();
		write(cwd, { "library/new.txt": "new" });
		rmSync(join(cwd, ".git"));
		expect(await dispose()).toContain(
			"(its `.git` was removed or replaced; the submodule library was not checked out and holds files)",
		);
	});
});

describe("a folder that cannot be read", () => {
	const isRoot = process.getuid?.() === 0;
	it.skipIf(isRoot || process.platform === "win32")("keeps the worktree, which is not said to be empty", async () => {
		const sample = createSample();
		const { cwd, dispose } = await sample.prepare();
		write(cwd, { "closed/new.txt": "new" });
		chmodSync(join(cwd, "closed"), 0o000);
		const said = await dispose();
		chmodSync(join(cwd, "closed"), 0o700);
		expect(said).toContain("left in place");
		expect(said).toContain("could not open directory 'closed/': Permission denied");
		expect(readFileSync(join(cwd, "closed/new.txt"), "utf8")).toBe("new");
	});
});

it("a link to nowhere in place of a file that git was set to skip is saved", async () => {
	const { repository, prepare } = createSample();
	const { cwd, dispose } = await prepare();
	git(cwd, "config", "sparse.expectFilesOutsideOfPatterns", "true");
	git(cwd, "update-index", "--skip-worktree", "kept.txt");
	rmSync(join(cwd, "kept.txt"));
	symlinkSync("/nowhere/at/all", join(cwd, "kept.txt"));
	expect(lstatSync(join(cwd, "kept.txt")).isSymbolicLink()).toBe(true);
	mkdirSync(join(cwd, "empty"));
	await dispose();
	expect([changes(repository, "main", BRANCH), branches(repository)]).toEqual([["T kept.txt"], ["main", BRANCH]]);
});
