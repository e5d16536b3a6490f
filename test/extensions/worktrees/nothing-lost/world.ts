import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRepository, git } from "../sample-repository.ts";
import type { Setting } from "./configurations.ts";
import { SAME_SIZE } from "./subagent-acts.ts";

export const SHAPES = ["plain", "submodule", "sparse", "linked", "bare", "packed", "filtered"] as const;
export type Shape = (typeof SHAPES)[number];

/** The repository in which a parent works. */
export interface World {
	readonly root: string;
	readonly agentDir: string;
	/** The parent's directory. */
	readonly cwd: string;
	/** Git's directory of the repository. */
	readonly commonDir: string;
}

/** Made once, because each costs a dozen processes; the others are copies. */
export class Templates {
	private readonly made = new Set<Shape>();

	constructor(private readonly folder: string) {}

	copy(shape: Shape, root: string): World {
		if (!this.made.has(shape)) this.make(shape);
		this.made.add(shape);
		cpSync(join(this.folder, shape), root, { recursive: true, verbatimSymlinks: true });
		const [project, linked] = [join(root, "project"), join(root, "linked")];
		if (shape === "linked") git(project, "worktree", "add", "--quiet", "--detach", linked, "main");
		if (shape === "bare") {
			renameSync(join(project, ".git"), join(root, "project.git"));
			rmSync(project, { recursive: true });
			git(join(root, "project.git"), "config", "core.bare", "true");
			git(join(root, "project.git"), "worktree", "add", "--quiet", "--detach", linked, "main");
		}
		const cwd = existsSync(linked) ? linked : project;
		const commonDir = join(cwd, git(cwd, "rev-parse", "--git-common-dir"));
		const agentDir = join(root, "agent");
		mkdirSync(agentDir);
		writeFileSync(join(agentDir, "subagents-worktrees.json"), '{"worktreeAgents": ["worker"]}');
		return {
			root,
			agentDir,
			cwd,
			commonDir: existsSync(commonDir) ? commonDir : git(cwd, "rev-parse", "--git-common-dir"),
		};
	}

	private make(shape: Shape): void {
		const project = join(this.folder, shape, "project");
		createRepository(project, {
			"kept.txt": "kept\n",
			"edited.txt": "before\n",
			"timed.txt": `${"x".repeat(SAME_SIZE - 1)}\n`,
			"sub/inner.txt": "inner\n",
			"old.lossy": "cut: away\n",
			".gitignore": "*.log\nbuild/\n",
			...(shape === "filtered" && { ".gitattributes": "*.lossy filter=lossy\n" }),
		});
		git(project, "switch", "--quiet", "--create", "other");
		writeFileSync(join(project, "edited.txt"), "other\n");
		git(project, "commit", "--quiet", "--all", "--message=other");
		git(project, "switch", "--quiet", "main");
		if (shape === "submodule") this.addSubmodule(project);
		if (shape === "sparse") git(project, "sparse-checkout", "set", "sub");
		if (shape === "packed") git(project, "gc", "--quiet");
	}

	private addSubmodule(project: string): void {
		const library = join(this.folder, "library");
		createRepository(library, { "a.txt": "a\n" });
		git(project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "library");
		git(project, "commit", "--quiet", "--message=submodule");
	}
}

/** Repositories refer to these by a name in capitals. */
export function configure({ root, commonDir }: World, settings: readonly Setting[]): void {
	const files: Record<string, string> = {
		IGNORE_ALL: "*\n",
		IGNORE_TEXTS: "*.txt\n",
		LOSSY_ATTRIBUTES: "*.lossy filter=lossy\n",
		HOOKS_THAT_FAIL: "",
	};
	for (const { key, value } of settings) {
		const content = files[value];
		const file = join(root, value);
		if (value === "HOOKS_THAT_FAIL") {
			for (const hook of ["post-checkout", "reference-transaction", "post-index-change"]) {
				mkdirSync(file, { recursive: true });
				writeFileSync(join(file, hook), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
			}
		} else if (content !== undefined) writeFileSync(file, content);
		git(commonDir, `--git-dir=${commonDir}`, "config", key, content === undefined ? value : file);
	}
}

export function readJson(file: string): Record<string, unknown> {
	return JSON.parse(readFileSync(file, "utf8"));
}
