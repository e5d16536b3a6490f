import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { debuglog, inspect } from "node:util";
import { reasonOf } from "../domain/reason-of.ts";
import type { Workspace, WorkspaceEnd, WorkspaceProvider, WorkspaceRequest } from "../domain/workspace.ts";
import { outsideChildren } from "../session/child-scope.ts";
import { AbortedEarly, untilAborted } from "./abort.ts";
import type { WorkspaceReturns } from "./workspace-returns.ts";

/** The directory of one run, from before its session exists until after it is gone. */
export interface WorkspaceScope {
	readonly cwd: string;
	/** It was prepared for this run alone; without a provider a run works in its parent's directory. */
	readonly isOwn: boolean;
	/**
	 * Gives the directory back, once. Never rejects, and is bounded in time.
	 *
	 * @returns what is to be said after the result
	 */
	close(end: WorkspaceEnd): Promise<string>;
}

/** The run that a workspace is for. */
export interface WorkspaceUser {
	readonly signal: AbortSignal;
	readonly description: string;
	readonly returns: WorkspaceReturns;
}

const debug = debuglog("pi-crew");

/** The parent's own directory, which nobody has to prepare or give back. */
export function parentsWorkspace(cwd: string): WorkspaceScope {
	return { cwd, isOwn: false, close: async () => "" };
}

/**
 * Asks the provider for a directory. When the run is stopped meanwhile, what the provider still comes up with is given back
 * at once: preparing without disposing would leave it lying about.
 *
 * @throws AbortedEarly when the signal fires first, else what the provider rejects with
 */
export async function openWorkspace(
	provider: WorkspaceProvider,
	request: WorkspaceRequest,
	user: WorkspaceUser,
): Promise<WorkspaceScope> {
	const { signal, returns, description } = user;
	if (signal.aborted) throw new AbortedEarly();
	const preparing = outsideChildren(async () => provider.prepare(request));
	let workspace: Workspace | undefined;
	try {
		workspace = await untilAborted(preparing, signal);
	} catch (error) {
		if (signal.aborted) returns.leave(disposeLate(preparing, description));
		throw error;
	}
	return workspace ? ownWorkspace(workspace, user) : parentsWorkspace(request.baseCwd);
}

async function ownWorkspace(workspace: Workspace, user: WorkspaceUser): Promise<WorkspaceScope> {
	const { cwd } = workspace;
	const fault = faultOf(cwd);
	if (!fault) return { cwd, isOwn: true, close: (end) => close(workspace, end, user) };
	await close(workspace, { status: "error", description: fault }, user);
	throw new Error(fault);
}

/** The provider is somebody else's code, and a child in a directory that is not there fails in strange ways. */
function faultOf(cwd: unknown): string | undefined {
	if (typeof cwd !== "string" || !isAbsolute(cwd)) {
		return `the workspace provider gave ${inspect(cwd, { depth: 0 })} as a directory; accepted is an absolute path`;
	}
	return isDirectory(cwd) ? undefined : `the workspace provider gave ${cwd}, which is not a directory`;
}

function isDirectory(path: string): boolean {
	try {
		return statSync(path).isDirectory();
	} catch {
		return false; // not there, or not for us to see: a child could not work in it
	}
}

async function close(workspace: Workspace, end: WorkspaceEnd, { returns, signal }: WorkspaceUser): Promise<string> {
	let said = "";
	const disposing = outsideChildren(async () => workspace.dispose(end)).then(
		(disposal) => {
			const addendum: unknown = disposal?.resultAddendum;
			said = typeof addendum === "string" ? addendum : "";
		},
		(error) => {
			debug("the workspace %s could not be disposed: %O", workspace.cwd, error);
			said = `(The workspace ${workspace.cwd} could not be given back: ${reasonOf(error)})`;
		},
	);
	const isDone = await returns.inTime(disposing, signal);
	return isDone ? said : `(The workspace ${workspace.cwd} was not given back in time.)`;
}

/** Never rejects. */
async function disposeLate(preparing: Promise<Workspace | undefined>, description: string): Promise<void> {
	try {
		const workspace = await preparing;
		await outsideChildren(async () => workspace?.dispose({ status: "stopped", description }));
	} catch (error) {
		debug("a workspace that came too late could not be disposed: %O", error);
	}
}
