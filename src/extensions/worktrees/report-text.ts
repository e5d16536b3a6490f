import type { Ending, Finished, SavedWork, UsedWorktree } from "./finish.ts";
import type { LeftElsewhere } from "./left-elsewhere.ts";
import type { LeftWork } from "./stale-worktrees.ts";
import type { Seen } from "./start-point.ts";

/** The report under the result, for the parent's model and the person. @returns `undefined` when there is nothing to say */
export function addendumText(
	worktree: UsedWorktree,
	{
		ending,
		elsewhere,
		seen,
		parentTree,
		hasSubmodules,
	}: Finished & { seen: Seen; parentTree: string; hasSubmodules: boolean },
): string | undefined {
	const parts = [...endingText(worktree, ending), ...elsewhereText(elsewhere), ...seenText(seen, parentTree)];
	if (hasSubmodules) parts.push("Submodules are empty in a new worktree.");
	return parts.length > 0 ? parts.join(" ") : undefined;
}

function endingText(worktree: UsedWorktree, ending: Ending): string[] {
	const { path } = worktree.place;
	switch (ending.kind) {
		case "unchanged":
			return [];
		case "saved":
			return [savedText(worktree, ending.work), "The worktree it was made in is gone."];
		case "kept":
			return [
				...(ending.work ? [savedText(worktree, ending.work)] : []),
				`The subagent's worktree was left in place, with what ${ending.work ? "else " : ""}it holds: ${path} (${ending.reason}).`,
			];
		case "not-removed":
			return [
				...(ending.work ? [savedText(worktree, ending.work)] : []),
				`The worktree holds nothing more but could not be removed: ${path} (${ending.reason}). The next start of pi tries again.`,
			];
		case "moved":
			return [
				...(ending.work ? [savedText(worktree, ending.work)] : []),
				`The subagent moved its worktree to ${ending.path}, where it was left${ending.reason === undefined ? "" : ` (${ending.reason})`}.`,
			];
		case "vanished":
			return [
				`The subagent's worktree ${path} was deleted during the run, or moved without git; changes in it that were not committed are lost.`,
				...(ending.work ? [savedText(worktree, ending.work)] : []),
			];
		default:
			return ending satisfies never;
	}
}

/** Nothing of it is in the worktree, so a result that is silent about it would hide it. */
function elsewhereText({ references, stashes, ignored }: LeftElsewhere): string[] {
	const also = [
		...references.map((name) => name.replace(/^(\w+) (.*)$/, "the $1 `$2`")),
		...stashes.map((id) => `the stash ${id.slice(0, SHORT)} (see \`git stash list\`)`),
	];
	return [
		...(also.length > 0 ? [`It also left ${listed(also)}.`] : []),
		...(ignored.length > 0 ? [`Not kept, because git ignores it: ${listed(ignored)}.`] : []),
	];
}

function listed(names: readonly string[]): string {
	const more = names.length > MOST_NAMES ? [`${names.length - MOST_NAMES} more`] : [];
	return [...names.slice(0, MOST_NAMES), ...more].join(", ");
}

const MOST_NAMES = 10;

function savedText({ made: { snapshot } }: UsedWorktree, { branch, commits, changes }: SavedWork): string {
	const what = [changes || "no file differs", counted(commits, "commit")].join(", ");
	const where = `The subagent's work is on the branch \`${branch}\` (${what}).`;
	if (snapshot === undefined) return `${where} To merge it: \`git merge ${branch}\`.`;
	const copy = snapshot.slice(0, SHORT);
	// Not `git diff`, for what configuration makes of that may be no patch; nor in a subfolder, where only its part is applied.
	return (
		`${where} Below it, ${copy} is a copy of the uncommitted changes it started from; a merge would bring these too. ` +
		`Its own part alone: \`git cherry-pick ${copy}..${branch}\` in a clean tree, ` +
		`or \`git diff-tree -p --binary ${copy} ${branch} | git -C "$(git rev-parse --show-toplevel)" apply\` ` +
		"over the uncommitted changes."
	);
}

function seenText(seen: Seen, parentTree: string): string[] {
	if (seen.kind === "previous-worktree") return ["The subagent continued in the worktree of its last run."];
	if (seen.leftOut === 0) return [];
	const paths = counted(seen.leftOut, "uncommitted path");
	switch (seen.kind) {
		case "head":
			return [`The subagent saw HEAD (${seen.commit.slice(0, SHORT)}), not the ${paths} in ${parentTree}.`];
		case "branch":
			return [`The subagent continued from the branch \`${seen.name}\` and did not see the ${paths} in ${parentTree}.`];
		case "snapshot":
			return [`Repositories within ${parentTree} were not carried over (${seen.leftOut}).`];
		default:
			return seen satisfies never;
	}
}

const SHORT = 12;

function counted(count: number, thing: string): string {
	return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

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
