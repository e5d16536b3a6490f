import type { LeftWork } from "./stale-worktrees.ts";

/** Names to the person what earlier subagents left: where it is, what it is, how to get it. */
export function leftWorkText(left: readonly LeftWork[]): string {
	return ["Subagents that ended early left work:", ...left.map((work) => `- ${oneText(work)}`)].join("\n");
}

function oneText(work: LeftWork): string {
	if (work.kind === "branch") {
		const { branch, status, description } = work;
		return `branch ${branch} (${description}; ${status}), not merged. To merge it: git merge ${branch}; to drop it: git branch -D ${branch}`;
	}
	const { path, owner, holds } = work;
	const whose = owner ? ` (${owner.agentType} ${owner.agentId})` : "";
	return `${path}${whose}: ${typeof holds === "string" ? holds : heldText(holds)}. ${WAY_OUT}`;
}

const WAY_OUT =
	"To keep it: resume the subagent, or put it on a branch there (git switch -c NAME, git branch NAME COMMIT); " +
	"to drop it: git worktree remove --force PATH";

function heldText({
	uncommitted,
	commits,
	obstacles,
}: Exclude<Extract<LeftWork, { kind: "worktree" }>["holds"], string>): string {
	const [latest] = commits;
	const parts = [
		...(uncommitted > 0 ? [`${uncommitted} uncommitted ${uncommitted === 1 ? "path" : "paths"}`] : []),
		...(latest
			? [`${commits.length} ${commits.length === 1 ? "commit" : "commits"} on no branch (${latest.slice(0, 12)})`]
			: []),
		...obstacles,
	];
	return parts.join(", ");
}
