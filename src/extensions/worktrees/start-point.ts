import { gitIn } from "./git.ts";
import { countUncommitted, type Repository } from "./repository.ts";
import { commitTree, removeIndex, stageAll, treeOf } from "./staging.ts";
import { isAncestor, latestBranch } from "./worktree.ts";

/** Where a subagent begins. */
export interface StartPoint {
	readonly commit: string;
	/** The commit that holds the parent's uncommitted changes, if there is one behind it. */
	readonly snapshot?: string;
	readonly seen: Seen;
}

/** What of the parent's state the subagent sees. `leftOut` counts the uncommitted paths it does not see. */
export type Seen =
	| { readonly kind: "head"; readonly commit: string; readonly leftOut: number }
	| { readonly kind: "snapshot"; readonly leftOut: number }
	| { readonly kind: "branch"; readonly name: string; readonly leftOut: number }
	| { readonly kind: "previous-worktree" };

export interface StartWish {
	readonly agentId: string;
	readonly start: "from-its-branch" | "afresh";
	readonly uncommitted: "carry-over" | "leave-out";
	/** A file that may be written and removed. */
	readonly indexFile: string;
}

/** A resumed subagent starts from its own branch, unless that was merged into HEAD or deleted. */
export async function chooseStart(repository: Repository, wish: StartWish): Promise<StartPoint> {
	if (wish.start === "from-its-branch") {
		const branch = await latestBranch(repository.tree, wish.agentId);
		if (branch && !(await isAncestor(repository.tree, branch.tip, repository.head)))
			return atBranch(repository, branch);
	}
	return wish.uncommitted === "carry-over" ? atSnapshot(repository, wish.indexFile) : atHead(repository);
}

const SNAPSHOT = "Uncommitted changes that the subagent found";

async function atBranch({ tree, head }: Repository, { name, tip }: { name: string; tip: string }): Promise<StartPoint> {
	const search = ["rev-list", "--max-count=1", "--fixed-strings", `--grep=${SNAPSHOT}`, tip, "--not", head];
	const snapshot = await gitIn(tree, search);
	const seen: Seen = { kind: "branch", name, leftOut: await countUncommitted(tree) };
	return { commit: tip, ...(snapshot && { snapshot }), seen };
}

async function atHead({ tree, head }: Repository): Promise<StartPoint> {
	return { commit: head, seen: { kind: "head", commit: head, leftOut: await countUncommitted(tree) } };
}

/** Neither the parent's files nor its index nor its stashes are touched: the changes become a commit on no branch. */
async function atSnapshot({ tree, head }: Repository, indexFile: string): Promise<StartPoint> {
	try {
		const { id: treeId, nestedRepositories } = await stageAll(tree, indexFile);
		const leftOut = nestedRepositories.length;
		if (treeId === (await treeOf(tree, head))) return { commit: head, seen: { kind: "head", commit: head, leftOut } };
		const snapshot = await commitTree(tree, { treeId, parent: head, message: `${SNAPSHOT}\n` });
		return { commit: snapshot, snapshot, seen: { kind: "snapshot", leftOut } };
	} finally {
		removeIndex(indexFile);
	}
}
