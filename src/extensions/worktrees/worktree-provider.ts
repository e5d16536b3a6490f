import { existsSync } from "node:fs";
import { join } from "node:path";
import type { InTurn } from "../../platform/keyed-mutex.ts";
import { cutText } from "../../platform/shorten.ts";
import type {
	Workspace,
	WorkspaceDisposal,
	WorkspaceEnd,
	WorkspaceProvider,
	WorkspaceRequest,
} from "../../service/subagents-service.ts";
import { type Ending, finishWorktree, type UsedWorktree } from "./finish.ts";
import { type PreparedWorktree, prepareWorktree, worktreeFolder } from "./prepare-worktree.ts";
import { addendumText } from "./report-text.ts";
import { findRepository, type Repository } from "./repository.ts";
import type { Seen } from "./start-point.ts";
import { removeOwner, writeOwner } from "./worktree-owner.ts";
import { type WorktreeSettings, whereConfigured } from "./worktree-settings.ts";

export interface WorktreeProviderParts {
	readonly agentDir: string;
	/** The settings in force for a session's directory, read anew. */
	readonly settings: (cwd: string) => WorktreeSettings;
	readonly inTurn: InTurn;
}

/** Gives the configured agent types a git worktree each, and puts on a branch what they leave in it. */
export class WorktreeProvider implements WorkspaceProvider {
	constructor(private readonly parts: WorktreeProviderParts) {}

	/** Rejects when a requested worktree cannot be made: the run never falls back to the parent's tree. */
	async prepare(request: WorkspaceRequest): Promise<Workspace | undefined> {
		const { agentId, agentType, baseCwd, invocation } = request;
		const settings = this.parts.settings(baseCwd);
		const configured = whereConfigured({ name: agentType, keys: invocation.agentFile }, settings);
		if (configured === undefined) return undefined;
		if (!/^[\w-]+$/.test(agentId)) throw new Error(`the id "${agentId}" cannot name a directory and a branch`);
		const refused = (reason: string) =>
			new Error(`${agentType} has to work in a git worktree (${configured}), but ${reason}`);
		const lookup = await findRepository(baseCwd).catch((error: Error) => {
			throw refused(error.message);
		});
		if (lookup.kind === "unusable") throw refused(`${baseCwd} ${lookup.reason}`);
		const { repository } = lookup;
		const wish = {
			agentId,
			agentType,
			folder: worktreeFolder(this.parts.agentDir, repository),
			start: invocation.isResume ? "from-its-branch" : "afresh",
			uncommitted: settings.includeUncommitted ? "carry-over" : "leave-out",
		} as const;
		const prepared = await prepareWorktree(repository, wish, this.parts.inTurn).catch((error: Error) => {
			throw refused(`it could not be made: ${error.message}`);
		});
		return this.workspace(repository, prepared);
	}

	private workspace(repository: Repository, prepared: PreparedWorktree): Workspace {
		const { worktree, cwd, seen } = prepared;
		const hasSubmodules = existsSync(join(worktree.tree.path, ".gitmodules"));
		const dispose = async (end: WorkspaceEnd): Promise<WorkspaceDisposal | undefined> => {
			const finished = await finishWorktree(worktree, this.parts.inTurn, commitMessage(worktree, end));
			recordEnding(prepared, { ending: finished.ending, end });
			const text = addendumText(worktree, { ...finished, seen, parentTree: repository.tree.path, hasSubmodules });
			return text === undefined ? undefined : { resultAddendum: text };
		};
		return { cwd, dispose };
	}
}

/** What the next start of pi must know: a remaining worktree, or work that no result has reported. */
function recordEnding(
	{ worktree: { place, agentType, made }, seen }: PreparedWorktree,
	{ ending, end }: { readonly ending: Ending; readonly end: WorkspaceEnd },
): void {
	const branch = ending.kind === "unchanged" ? branchSeen(seen) : ending.work?.branch;
	const subagent = { agentId: place.agentId, agentType };
	try {
		if (ending.kind === "not-removed") return; // its owner file says so already
		const isKept = ending.kind === "kept" || (ending.kind === "moved" && ending.reason !== undefined);
		if (isKept) writeOwner(place.ownerFile, subagent, { phase: "kept", reason: ending.reason ?? "", ...made });
		else if (branch === undefined || ANSWERED.includes(end.status)) removeOwner(place);
		else writeOwner(place.ownerFile, subagent, { phase: "branch", branch, ...end });
	} catch {
		// A full disk, for example. The result reports it all the same, and the old owner file makes the next start check the place.
	}
}

/** Where a resumed subagent that added nothing has its earlier work. */
function branchSeen(seen: Seen): string | undefined {
	return seen.kind === "branch" ? seen.name : undefined;
}

const ANSWERED: readonly WorkspaceEnd["status"][] = ["completed", "steered"];

function commitMessage({ place, agentType }: UsedWorktree, { status, description }: WorkspaceEnd): string {
	const [firstLine = ""] = description.trim().split(/\r?\n/);
	const subject = cutText(firstLine, LONGEST_SUBJECT).text || `Work of ${agentType}`;
	return `${subject}\n\nLeft uncommitted by the subagent ${place.agentId} (${agentType}), which ended as ${status}.\n`;
}

const LONGEST_SUBJECT = 72;
