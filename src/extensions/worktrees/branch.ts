import { answersYes, GitError, gitIn, type Tree, withRetries } from "./git.ts";

interface Branch {
	readonly name: string;
	readonly tip: string;
	/** The working tree it is checked out in, `""` for none. */
	readonly checkedOutIn: string;
}

/** @returns the branch that holds the subagent's latest work */
export async function latestBranch(tree: Tree, agentId: string): Promise<Omit<Branch, "checkedOutIn"> | undefined> {
	return (await branchesOf(tree, agentId)).at(-1);
}

/**
 * Puts a commit on `pi-agent-<id>`. Where that branch cannot simply go forward to it, because somebody has committed to it
 * or has it checked out, the commit gets `pi-agent-<id>-2` and so on. @returns the branch's name
 */
export async function placeOnBranch(tree: Tree, agentId: string, commit: string): Promise<string> {
	const branches = new Map((await branchesOf(tree, agentId)).map((branch) => [branch.name, branch]));
	for (let number = 1; ; number++) {
		const name = number === 1 ? `pi-agent-${agentId}` : `pi-agent-${agentId}-${number}`;
		const branch = branches.get(name);
		if (branch?.tip === commit) return name;
		if (branch && !(await canGoForward(tree, branch, commit))) continue;
		if (await moveBranch(tree, name, { from: branch?.tip ?? "", to: commit })) return name;
	}
}

export function isAncestor(tree: Tree, ancestor: string, commit: string): Promise<boolean> {
	return answersYes(gitIn(tree, ["merge-base", "--is-ancestor", ancestor, commit]));
}

/** The oldest first. */
async function branchesOf(tree: Tree, agentId: string): Promise<Branch[]> {
	const first = `refs/heads/pi-agent-${agentId}`;
	const format = "--format=%(refname:lstrip=2)%09%(objectname)%09%(worktreepath)";
	const lines = (await gitIn(tree, ["for-each-ref", format, first, `${first}-*`])).split("\n").filter(Boolean);
	const branches = lines.map((line) => line.split("\t"));
	return branches
		.map(([name = "", tip = "", checkedOutIn = ""]) => ({ name, tip, checkedOutIn }))
		.sort((one, other) => numberOf(one) - numberOf(other));

	function numberOf({ name }: Branch): number {
		return Number(/-(\d+)$/.exec(name.slice(`pi-agent-${agentId}`.length))?.[1] ?? 1);
	}
}

/** A branch that is checked out stays where it is: the files there would all of a sudden look changed. */
async function canGoForward(tree: Tree, { tip, checkedOutIn }: Branch, commit: string): Promise<boolean> {
	return checkedOutIn === "" && (await isAncestor(tree, tip, commit));
}

/** @returns false when it is not where it was expected; an empty `from` means that there is none */
async function moveBranch(tree: Tree, name: string, { from, to }: { from: string; to: string }): Promise<boolean> {
	const args = ["update-ref", "-m", "pi-crew: work of a subagent", `refs/heads/${name}`, to, from];
	try {
		await withRetries(() => gitIn(tree, args));
		return true;
	} catch (error) {
		if (error instanceof GitError && /reference already exists|but expected/.test(error.said)) return false;
		throw error;
	}
}
