import {
	appendFileSync,
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createRepository, git } from "../sample-repository.ts";

/** What a subagent does, and what must not be lost of it. */
export interface Subagent {
	/** Where the worktree is now. */
	cwd: string;
	/** Texts that it wrote, each of them once, with the place. */
	readonly written: Map<string, string>;
	/** Its commands had these set. */
	readonly variables: Readonly<Record<string, string>>;
}

export const SAME_SIZE = 60;

/** @returns a new text that is found nowhere else */
function text(subagent: Subagent, place: string): string {
	const word = `written-${subagent.written.size}-${Math.random().toString(36).slice(2, 12)}`;
	subagent.written.set(word, place);
	return word;
}

/** It writes over what it wrote itself. */
function forget(subagent: Subagent, path: string): void {
	for (const [word, place] of subagent.written) if (place === path) subagent.written.delete(word);
}

function run(subagent: Subagent, ...args: string[]): string {
	return git(subagent.cwd, ...args);
}

function writeNew(subagent: Subagent, path: string): void {
	const file = join(subagent.cwd, path);
	mkdirSync(dirname(file), { recursive: true });
	if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return;
	if (existsSync(file)) appendFileSync(file, `${text(subagent, path)}\n`);
	else writeFileSync(file, `${text(subagent, path)}\n`);
}

/** What was not committed before stays uncommitted where that fails. */
function commitAll(subagent: Subagent, folder = subagent.cwd): void {
	git(folder, "add", "--all");
	const message = text(subagent, "a commit's message");
	try {
		git(folder, "commit", "--quiet", "--allow-empty", `--message=${message}`);
	} catch (error) {
		subagent.written.delete(message);
		throw error;
	}
}

function fillLibrary(subagent: Subagent): string {
	run(subagent, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--checkout");
	const library = join(subagent.cwd, "library");
	if (!existsSync(join(library, ".git"))) throw new Error("the submodule was not filled");
	return library;
}

function editAtTheSameTime(subagent: Subagent, path: string): void {
	const file = join(subagent.cwd, path);
	const { mtime, atime, size } = statSync(file);
	if (size !== SAME_SIZE) return;
	forget(subagent, path);
	writeFileSync(file, `${text(subagent, path).padEnd(SAME_SIZE - 1, ".")}\n`);
	utimesSync(file, atime, mtime);
}

function inFolder(subagent: Subagent, name: string, more: (folder: string) => void): void {
	const folder = join(subagent.cwd, name);
	if (existsSync(join(folder, ".git"))) return;
	createRepository(folder, { "own.txt": `${text(subagent, `${name}/own.txt`)}\n` });
	more(folder);
}

/** Each may fail, as a model's commands do; whatever it has written by then counts. */
export const ACTS: Record<string, (subagent: Subagent) => void> = {
	"writes a file": (s) => writeNew(s, "new.txt"),
	"writes a file in a folder": (s) => writeNew(s, "deep/er/new file é.txt"),
	"writes a file with a strange name": (s) => writeNew(s, "-x\n'\"*?.txt"),
	"writes a file whose name differs in its case": (s) => writeNew(s, "KEPT.TXT"),
	"writes a file in a folder whose name differs in its case": (s) => writeNew(s, "SUB/inner.txt"),
	"edits a file": (s) => writeNew(s, "edited.txt"),
	"edits a file and sets its time back": (s) => editAtTheSameTime(s, "timed.txt"),
	"edits a file and sets its time back, after a look": (s) => {
		run(s, "status");
		editAtTheSameTime(s, "timed.txt");
	},
	"writes a file with line ends of Windows": (s) => {
		forget(s, "windows.txt");
		writeFileSync(join(s.cwd, "windows.txt"), `one\r\n${text(s, "windows.txt")}\r\n`);
	},
	"writes a file that a filter shortens": (s) => {
		forget(s, "new.lossy");
		writeFileSync(join(s.cwd, "new.lossy"), `cut: ${text(s, "new.lossy")}\n`);
	},
	"edits a file that a filter shortens": (s) => {
		appendFileSync(join(s.cwd, "old.lossy"), `cut: ${text(s, "old.lossy")}\n`);
	},
	"makes a link": (s) => symlinkSync(text(s, "a link"), join(s.cwd, `link-${s.written.size}`)),
	"makes a link in place of a file": (s) => {
		rmSync(join(s.cwd, "edited.txt"));
		forget(s, "edited.txt");
		symlinkSync(text(s, "edited.txt"), join(s.cwd, "edited.txt"));
	},
	"makes a folder that nobody can read": (s) => {
		writeNew(s, "closed/new.txt");
		chmodSync(join(s.cwd, "closed"), 0o000);
	},
	"writes into the submodule": (s) => writeNew(s, "library/new.txt"),
	"fills the submodule and edits it": (s) => {
		fillLibrary(s);
		writeNew(s, "library/a.txt");
	},
	"fills the submodule and edits it unseen": (s) => {
		git(fillLibrary(s), "update-index", "--assume-unchanged", "a.txt");
		writeNew(s, "library/a.txt");
	},
	"commits in the submodule": (s) => {
		const library = fillLibrary(s);
		writeNew(s, "library/new.txt");
		commitAll(s, library);
	},
	"commits in the submodule and leaves the commit": (s) => {
		const library = fillLibrary(s);
		writeNew(s, "library/new.txt");
		commitAll(s, library);
		git(library, "checkout", "--quiet", "HEAD~1");
	},
	"commits in the submodule and removes it": (s) => {
		const library = fillLibrary(s);
		writeNew(s, "library/new.txt");
		commitAll(s, library);
		commitAll(s);
		run(s, "rm", "--quiet", "library");
	},
	"commits in the submodule and empties it": (s) => {
		const library = fillLibrary(s);
		writeNew(s, "library/new.txt");
		commitAll(s, library);
		run(s, "submodule", "deinit", "--force", "library");
	},
	"stashes in the submodule": (s) => {
		const library = fillLibrary(s);
		writeNew(s, "library/a.txt");
		git(library, "stash");
	},
	commits: (s) => commitAll(s),
	"commits on no branch and checks out another": (s) => {
		writeNew(s, "left.txt");
		commitAll(s);
		run(s, "checkout", "--quiet", "--detach", "main");
	},
	"commits on no branch and points HEAD elsewhere": (s) => {
		writeNew(s, "left.txt");
		commitAll(s);
		run(s, "symbolic-ref", "HEAD", "refs/heads/elsewhere");
		run(s, "reset", "--quiet", "main");
	},
	"commits on a branch and goes back": (s) => {
		run(s, "switch", "--quiet", "--create", `feature-${s.written.size}`);
		writeNew(s, "feature.txt");
		commitAll(s);
		run(s, "checkout", "--quiet", "--detach", "main");
	},
	"commits on a branch and deletes it": (s) => {
		run(s, "switch", "--quiet", "--create", "gone");
		writeNew(s, "gone.txt");
		commitAll(s);
		run(s, "checkout", "--quiet", "--detach", "main");
		run(s, "branch", "--quiet", "-D", "gone");
	},
	"renames its branch": (s) => {
		run(s, "switch", "--quiet", "--create", `before-${s.written.size}`);
		writeNew(s, "renamed.txt");
		commitAll(s);
		run(s, "branch", "--quiet", "-M", `after-${s.written.size}`);
	},
	"commits, tags and goes back": (s) => {
		writeNew(s, "tagged.txt");
		commitAll(s);
		run(s, "tag", "-a", "-m", "a tag", `tag-${s.written.size}`);
		run(s, "checkout", "--quiet", "--detach", "main");
	},
	"keeps a commit as the worktree's own reference": (s) => {
		writeNew(s, "own.txt");
		commitAll(s);
		run(s, "update-ref", "refs/worktree/mine", "HEAD");
		run(s, "reset", "--quiet", "--hard", "HEAD~1");
	},
	stashes: (s) => {
		writeNew(s, "stashed.txt");
		run(s, "stash", "--include-untracked");
	},
	"hides an edit from git": (s) => {
		run(s, "update-index", "--assume-unchanged", "edited.txt");
		writeNew(s, "edited.txt");
	},
	"hides an edit from git as a sparse checkout does": (s) => {
		run(s, "update-index", "--skip-worktree", "kept.txt");
		writeNew(s, "kept.txt");
	},
	"ignores what it writes": (s) => {
		writeFileSync(join(s.cwd, ".gitignore"), "*\n");
		writeNew(s, "new.txt");
	},
	"ignores what it writes in the repository": (s) => {
		appendFileSync(git(s.cwd, "rev-parse", "--git-path", "info/exclude"), "*.excluded\n");
		writeNew(s, "new.excluded");
	},
	"adds what is ignored": (s) => {
		writeNew(s, "forced.log");
		run(s, "add", "--force", "forced.log");
	},
	"makes a repository": (s) => inFolder(s, "own repo", () => undefined),
	"makes a repository and adds it": (s) => inFolder(s, "added", (folder) => void run(s, "add", folder)),
	"makes a repository of a folder": (s) => inFolder(s, "sub", () => undefined),
	"makes a worktree in its own": (s) => {
		run(s, "worktree", "add", "--quiet", "--detach", "nested");
		writeNew(s, "nested/new.txt");
	},
	"makes a worktree in its own where git ignores it": (s) => {
		run(s, "worktree", "add", "--quiet", "--detach", "build/nested");
		writeNew(s, "build/nested/new.txt");
	},
	"moves its worktree": (s) => {
		const moved = `${s.cwd}-moved`;
		run(s, "worktree", "move", s.cwd, moved);
		s.cwd = moved;
	},
	"removes its .git": (s) => rmSync(join(s.cwd, ".git")),
	"begins a merge": (s) => {
		writeNew(s, "edited.txt");
		commitAll(s);
		run(s, "merge", "other");
	},
	"begins a rebase": (s) => {
		writeNew(s, "edited.txt");
		commitAll(s);
		run(s, "rebase", "other");
	},
	"begins a cherry-pick": (s) => {
		writeNew(s, "edited.txt");
		run(s, "cherry-pick", "--no-commit", "other");
	},
	"begins a bisection": (s) => {
		writeNew(s, "bisected.txt");
		commitAll(s);
		run(s, "bisect", "start", "HEAD", "main~0");
	},
	"begins a branch without a past": (s) => {
		run(s, "switch", "--quiet", "--orphan", "orphan");
		writeNew(s, "orphan.txt");
	},
	"cuts the log of HEAD": (s) => {
		writeNew(s, "cut.txt");
		commitAll(s);
		run(s, "checkout", "--quiet", "--detach", "main");
		run(s, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
	},
	"makes the checkout sparse": (s) => {
		run(s, "sparse-checkout", "set", "sub");
		writeNew(s, "outside/new.txt");
		writeNew(s, "kept.txt");
	},
	"locks its worktree": (s) => void run(s, "worktree", "lock", s.cwd),
	"leaves a lock": (s) => writeFileSync(git(s.cwd, "rev-parse", "--git-path", "index.lock"), ""),
	"renames a folder": (s) => {
		renameSync(join(s.cwd, "sub"), join(s.cwd, "renamed"));
		writeNew(s, "renamed/inner.txt");
	},
};
