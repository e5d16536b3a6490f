import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { debuglog } from "node:util";
import type { Workspace, WorkspaceEnd, WorkspaceProvider, WorkspaceRequest } from "../domain/workspace.ts";
import { outsideChildren } from "../session/child-scope.ts";
import { untilAborted, within } from "./abort.ts";

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
	close(end: WorkspaceEnd, atMostMs: number): Promise<string>;
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
	run: { readonly signal: AbortSignal; readonly description: string },
): Promise<WorkspaceScope> {
	const preparing = outsideChildren(async () => provider.prepare(request));
	try {
		const workspace = await untilAborted(preparing, run.signal);
		return workspace ? ownWorkspace(workspace) : parentsWorkspace(request.baseCwd);
	} catch (error) {
		if (run.signal.aborted) disposeLate(preparing, run.description);
		throw error;
	}
}

async function ownWorkspace(workspace: Workspace): Promise<WorkspaceScope> {
	const { cwd } = workspace;
	const fault = faultOf(cwd);
	if (!fault) return { cwd, isOwn: true, close: (end, atMostMs) => close(workspace, end, atMostMs) };
	await close(workspace, { status: "error", description: fault }, FAULTY_AT_MOST_MS);
	throw new Error(fault);
}

const FAULTY_AT_MOST_MS = 10_000;

/** The provider is somebody else's code, and a child in a directory that is not there fails in strange ways. */
function faultOf(cwd: unknown): string | undefined {
	if (typeof cwd !== "string" || !isAbsolute(cwd)) {
		return `the workspace provider gave ${JSON.stringify(cwd)} as a directory; accepted is an absolute path`;
	}
	const isDirectory = statSync(cwd, { throwIfNoEntry: false })?.isDirectory();
	return isDirectory ? undefined : `the workspace provider gave ${cwd}, which is not a directory`;
}

async function close(workspace: Workspace, end: WorkspaceEnd, atMostMs: number): Promise<string> {
	let said = "";
	const disposing = outsideChildren(async () => workspace.dispose(end)).then(
		(disposal) => {
			const addendum: unknown = disposal?.resultAddendum;
			said = typeof addendum === "string" ? addendum : "";
		},
		(error) => {
			debug("the workspace %s could not be disposed: %O", workspace.cwd, error);
			said = `(The workspace ${workspace.cwd} could not be given back: ${error instanceof Error ? error.message : error})`;
		},
	);
	const isDone = await within(atMostMs, disposing);
	return isDone ? said : `(The workspace ${workspace.cwd} was not given back within ${atMostMs / 1000} seconds.)`;
}

function disposeLate(preparing: Promise<Workspace | undefined>, description: string): void {
	preparing
		.then((workspace) => outsideChildren(async () => workspace?.dispose({ status: "stopped", description })))
		.catch((error) => debug("a workspace that came too late could not be disposed: %O", error));
}
