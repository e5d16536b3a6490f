import { answersYes, GitError, gitIn, type Tree, withRetries } from "./git.ts";

interface Branch {
	readonly name: string;
	/** 1 for `pi-agent-<id>`, 2 for `pi-agent-<id>-2`. */
	readonly number: number;
	readonly tip: string;
	/** In another working tree than the one that asks. */
	readonly isCheckedOutElsewhere: boolean;
}

/** @returns the branch that holds the subagent's latest work */
export async function latestBranch(tree: Tree, agentId: string): Promise<Branch | undefined> {
	return (await branchesOf(tree, agentId)).at(-1);
}

/**
 * Puts a commit on `pi-agent-<id>`. Where that branch cannot simply go forward to it, because somebody has committed to it
 * or has it checked out, the commit gets `pi-agent-<id>-2` and so on. @returns the branch's name
 */
export async function placeOnBranch(tree: Tree, agentId: string, commit: string): Promise<string> {
	const latest = await latestBranch(tree, agentId);
	if (latest?.tip === commit) return latest.name;
	if (latest && (await canGoForward(tree, latest, commit))) {
		if (await moveBranch(tree, latest.name, { from: latest.tip, to: commit })) return latest.name;
	}
	for (let number = (latest?.number ?? 0) + 1; ; number++) {
		const name = number === 1 ? `pi-agent-${agentId}` : `pi-agent-${agentId}-${number}`;
		if (await moveBranch(tree, name, { from: "", to: commit })) return name;
	}
}

export function isAncestor(tree: Tree, ancestor: string, commit: string): Promise<boolean> {
	return answersYes(gitIn(tree, ["merge-base", "--is-ancestor", ancestor, commit]));
}

/** The oldest first. */
async function branchesOf(tree: Tree, agentId: string): Promise<Branch[]> {
	const first = `pi-agent-${agentId}`;
	const format = "--format=%(refname:lstrip=2)%09%(objectname)%09%(HEAD)%09%(worktreepath)";
	const lines = await gitIn(tree, ["for-each-ref", format, `refs/heads/${first}`, `refs/heads/${first}-*`]);
	return lines
		.split("\n")
		.map((line) => line.split("\t"))
		.filter(([name = ""]) => /^(-\d+)?$/.test(name.slice(first.length)) && name !== "")
		.map(([name = "", tip = "", here = "", somewhere = ""]) => {
			const number = Number(name.slice(first.length + 1) || 1);
			return { name, number, tip, isCheckedOutElsewhere: here !== "*" && somewhere !== "" };
		})
		.sort((one, other) => one.number - other.number);
}

/** A branch that is checked out stays where it is: the files there would all of a sudden look changed. */
async function canGoForward(tree: Tree, { tip, isCheckedOutElsewhere }: Branch, commit: string): Promise<boolean> {
	return !isCheckedOutElsewhere && (await isAncestor(tree, tip, commit));
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
