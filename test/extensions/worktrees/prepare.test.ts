import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ID, requestFor } from "./request.ts";
import {
	branches,
	changeEnvironment,
	changes,
	createRepository,
	createSample,
	git,
	temporaryFolder,
	treesOf,
	write,
} from "./sample-repository.ts";

const NOT_POSSIBLE = "worker has to work in a git worktree (`worktreeAgents` in subagents-worktrees.json), but ";

describe("the directory of a run", () => {
	it("is a worktree at HEAD in the agent directory, on no branch", async () => {
		const { repository, agentDir, prepare } = createSample();
		const { cwd } = await prepare();
		expect(cwd).toMatch(new RegExp(`^${agentDir}/worktrees/project-[0-9a-f]{10}/${ID}$`));
		expect(git(cwd, "rev-parse", "HEAD")).toBe(git(repository, "rev-parse", "main"));
		expect(git(cwd, "branch", "--show-current")).toBe("");
		expect(git(cwd, "status", "--porcelain")).toBe("");
	});

	it("is the parent's for a type that is not configured", async () => {
		const { repository, provider } = createSample();
		expect(await provider.prepare(requestFor({ baseCwd: repository, agentType: "other" }))).toBeUndefined();
		expect(treesOf(repository)).toBe(1);
	});

	it("is a worktree for a type whose file says `isolation: worktree`, and for a listed one in any letter case", async () => {
		const { repository, provider } = createSample();
		const { invocation } = requestFor({ baseCwd: repository });
		const isolated = { ...invocation, agentFile: { isolation: "worktree" } };
		const byFile = requestFor({ baseCwd: repository, agentType: "other", invocation: isolated });
		expect(await provider.prepare(byFile)).toBeDefined();
		expect(
			await provider.prepare(requestFor({ baseCwd: repository, agentType: "Worker", agentId: "two" })),
		).toBeDefined();
	});

	it("is the subdirectory that the parent is in, empty if no commit has it", async () => {
		const { repository, prepare } = createSample();
		const sub = await prepare({ baseCwd: join(repository, "sub") });
		expect(readFileSync(join(sub.cwd, "inner.txt"), "utf8")).toBe("inner\n");
		expect(await sub.dispose()).toBeUndefined();
		mkdirSync(join(repository, "untracked/deep"), { recursive: true });
		const untracked = await prepare({ baseCwd: join(repository, "untracked/deep") });
		expect(untracked.cwd).toMatch(/untracked\/deep$/);
		expect(await untracked.dispose()).toBeUndefined();
		expect(existsSync(untracked.cwd)).toBe(false);
	});

	it("may have spaces, letters of all alphabets and links in its path", async () => {
		const { root, prepare, repository } = createSample({}, "mein Prøject 日本 -x");
		symlinkSync(repository, join(root, "link"));
		write(repository, { "ordner ü/datei ß.txt": "1" });
		git(repository, "add", ".");
		git(repository, "commit", "--quiet", "--message=more");
		const { cwd, dispose } = await prepare({ baseCwd: join(root, "link", "ordner ü") });
		write(cwd, { "datei ß.txt": "2", "-neu ☃.txt": "3" });
		expect(await dispose()).toContain("2 files changed");
		expect(git(repository, "show", `pi-agent-${ID}:ordner ü/datei ß.txt`)).toBe("2");
	});

	it("belongs to the innermost repository", async () => {
		const { repository, prepare } = createSample();
		const nested = join(repository, "sub/nested");
		createRepository(nested, { "a.txt": "a" });
		const { cwd, dispose } = await prepare({ baseCwd: nested });
		write(cwd, { "a.txt": "b" });
		await dispose();
		expect([branches(nested), branches(repository)]).toEqual([["main", `pi-agent-${ID}`], ["main"]]);
	});

	it("can be made from a linked worktree, of a bare repository too", async () => {
		const { root, repository, prepare } = createSample();
		git(root, "clone", "--quiet", "--bare", repository, "bare.git");
		git(join(root, "bare.git"), "worktree", "add", "--quiet", "-b", "topic", join(root, "linked"));
		const { cwd, dispose } = await prepare({ baseCwd: join(root, "linked") });
		write(cwd, { "new.txt": "new" });
		expect(await dispose()).toContain("is gone");
		expect(branches(join(root, "linked"))).toEqual(["main", `pi-agent-${ID}`, "topic"]);
	});

	it("can be made in a submodule", async () => {
		const { root, repository, prepare } = createSample();
		createRepository(join(root, "library"), { "a.txt": "a" });
		git(
			repository,
			"-c",
			"protocol.file.allow=always",
			"submodule",
			"--quiet",
			"add",
			join(root, "library"),
			"library",
		);
		const { cwd, dispose } = await prepare({ baseCwd: join(repository, "library") });
		write(cwd, { "a.txt": "b" });
		expect(await dispose()).toContain("is gone");
		expect(changes(join(repository, "library"), "main", `pi-agent-${ID}`)).toEqual(["M a.txt"]);
	});

	it("does not depend on what git has set for the process that pi runs in", async () => {
		const { root, repository, prepare } = createSample();
		createRepository(join(root, "other"), { "a.txt": "a" });
		changeEnvironment({
			GIT_DIR: join(root, "other/.git"),
			GIT_INDEX_FILE: join(root, "nothing"),
			GIT_LITERAL_PATHSPECS: "1",
		});
		const { cwd, dispose } = await prepare();
		expect(existsSync(join(cwd, "kept.txt"))).toBe(true);
		write(cwd, { "new.txt": "new" });
		await dispose();
		changeEnvironment({ GIT_DIR: undefined, GIT_INDEX_FILE: undefined });
		expect([branches(repository), branches(join(root, "other"))]).toEqual([["main", `pi-agent-${ID}`], ["main"]]);
	});

	it("is there for ten at once, each with a branch of its own", async () => {
		const { repository, prepare } = createSample();
		const ids = Array.from({ length: 10 }, (_, number) => `agent-${number}`);
		const prepared = await Promise.all(ids.map((agentId) => prepare({ agentId })));
		prepared.forEach(({ cwd }, number) => {
			write(cwd, { [`${number}.txt`]: "x" });
		});
		const addenda = await Promise.all(prepared.map(({ dispose }) => dispose()));
		for (const addendum of addenda) expect(addendum).toContain("is gone");
		expect(branches(repository)).toEqual(["main", ...ids.map((id) => `pi-agent-${id}`)]);
		for (const id of ids) expect(changes(repository, "main", `pi-agent-${id}`)).toEqual([`A ${id.slice(6)}.txt`]);
		expect(treesOf(repository)).toBe(1);
	});
});

describe("a run that asks for a worktree where there can be none", () => {
	const refusal = async (baseCwd: (sample: ReturnType<typeof createSample>) => string) => {
		const sample = createSample();
		const path = baseCwd(sample);
		const error = await sample.prepare({ baseCwd: path }).catch((reason: Error) => reason);
		return (error as Error).message.replace(path, "PATH");
	};

	it("is refused outside of a repository", async () => {
		expect(await refusal(() => temporaryFolder())).toBe(
			`${NOT_POSSIBLE}PATH is not in a git repository; expected one with a commit`,
		);
	});

	it("is refused in a repository without a commit", async () => {
		const empty = ({ root }: { root: string }) => {
			git(root, "init", "--quiet", "empty");
			return join(root, "empty");
		};
		expect(await refusal(empty)).toBe(
			`${NOT_POSSIBLE}PATH is in a repository without a commit; expected one that has a commit`,
		);
	});

	it("is refused in a bare repository and in a git directory", async () => {
		const bare = ({ root }: { root: string }) => {
			git(root, "init", "--quiet", "--bare", "bare");
			return join(root, "bare");
		};
		expect(await refusal(bare)).toContain("PATH is in a bare repository; expected one with a working tree");
		expect(await refusal(({ repository }) => join(repository, ".git"))).toContain("PATH is in the git directory");
	});

	it("is refused without git, which is said", async () => {
		const { prepare } = createSample();
		changeEnvironment({ PATH: "/nonexistent" });
		await expect(prepare()).rejects.toThrow("there is no program `git` on the PATH; install git");
	});

	it("leaves nothing behind when the worktree cannot be made", async () => {
		const { agentDir, repository, prepare } = createSample();
		git(repository, "config", "filter.broken.smudge", "false");
		git(repository, "config", "filter.broken.clean", "cat");
		git(repository, "config", "filter.broken.required", "true");
		write(repository, { ".git/info/attributes": "kept.txt filter=broken\n" });
		await expect(prepare()).rejects.toThrow("it could not be made: git reset failed");
		expect(treesOf(repository)).toBe(1);
		rmSync(join(repository, ".git/info/attributes"));
		await expect(prepare()).resolves.toBeDefined();
		expect(existsSync(join(agentDir, "worktrees"))).toBe(true);
	});

	it("leaves nothing behind when what corresponds to the parent's folder is a file in the commit", async () => {
		const { repository, prepare } = createSample();
		rmSync(join(repository, "kept.txt"));
		mkdirSync(join(repository, "kept.txt"));
		const made = prepare({ baseCwd: join(repository, "kept.txt") });
		await expect(made).rejects.toThrow(`${NOT_POSSIBLE}it could not be made: EEXIST`);
		expect(treesOf(repository)).toBe(1);
	});

	it("is refused in a directory with a line break in its path", async () => {
		const broken = ({ repository }: { repository: string }) => {
			mkdirSync(join(repository, "two\nlines"));
			return join(repository, "two\nlines");
		};
		expect(await refusal(broken)).toBe(
			`${NOT_POSSIBLE}PATH has a line break in its path; expected a directory without`,
		);
	});

	it("is refused for an id that could lead elsewhere", async () => {
		const { prepare } = createSample();
		await expect(prepare({ agentId: "../x" })).rejects.toThrow("cannot name a directory");
	});
});
