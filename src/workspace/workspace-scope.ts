import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import type {
	Workspace,
	WorkspaceDisposal,
	WorkspaceEnd,
	WorkspaceProvider,
	WorkspaceRequest,
} from "../domain/workspace.ts";
import { AbortedEarly, untilAborted, within } from "../platform/cancellation.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import { debug } from "../platform/debug.ts";
import { inspected, reasonOf } from "../platform/reason-of.ts";

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
	// Anything else that is no workspace is a fault: the run was meant to have a directory of its own.
	if (workspace === undefined || workspace === null) return parentsWorkspace(request.baseCwd);
	if (!mayHaveMembers(workspace)) {
		throw new Error(
			`the workspace provider gave ${inspected(workspace)} as a workspace; expected { cwd, dispose }, or undefined for the parent's directory`,
		);
	}
	return ownWorkspace(takeOver(workspace), user);
}

/** What a provider handed over, read once: it is somebody else's object, whose getters may throw or change their mind. */
interface Handed {
	readonly cwd: string;
	/** Why nothing can work in it. */
	readonly fault: string | undefined;
	readonly dispose: (end: WorkspaceEnd) => unknown;
}

function mayHaveMembers(value: unknown): boolean {
	return (typeof value === "object" && value !== null) || typeof value === "function";
}

function takeOver(workspace: Workspace): Handed {
	const cwd = readOnce(() => workspace.cwd);
	const dispose = readOnce(() => workspace.dispose);
	return {
		...("value" in cwd ? checkedCwd(cwd.value) : unusable(`gave a directory that cannot be read: ${cwd.reason}`)),
		dispose: (end) => {
			if (!("value" in dispose)) throw new Error(`its \`dispose\` cannot be read: ${dispose.reason}`);
			if (typeof dispose.value !== "function")
				throw new Error(`its \`dispose\` is ${inspected(dispose.value)}, no function`);
			return Reflect.apply(dispose.value, workspace, [end]);
		},
	};
}

function readOnce(read: () => unknown): { readonly value: unknown } | { readonly reason: string } {
	try {
		return { value: read() };
	} catch (error) {
		return { reason: reasonOf(error) };
	}
}

/** A child in a directory that is not there fails in strange ways. */
function checkedCwd(cwd: unknown): Pick<Handed, "cwd" | "fault"> {
	if (typeof cwd !== "string" || !isAbsolute(cwd))
		return unusable(`gave ${inspected(cwd)} as a directory; expected an absolute path`);
	if (!isDirectory(cwd)) return unusable(`gave ${inspected(cwd)}, which is not a directory`);
	return { cwd, fault: undefined };
}

function unusable(what: string): Pick<Handed, "cwd" | "fault"> {
	return { cwd: "of its provider", fault: `the workspace provider ${what}` };
}

function isDirectory(path: string): boolean {
	try {
		return statSync(path).isDirectory();
	} catch {
		return false; // not there, or not for us to see: a child could not work in it
	}
}

async function ownWorkspace(handed: Handed, user: WorkspaceUser): Promise<WorkspaceScope> {
	const { cwd, fault } = handed;
	if (fault === undefined) return { cwd, isOwn: true, close: (end) => close(handed, end, user) };
	const said = await close(handed, { status: "error", description: fault }, user);
	throw new Error(said === "" ? fault : `${fault} ${said}`);
}

async function close(handed: Handed, end: WorkspaceEnd, { returns, signal }: WorkspaceUser): Promise<string> {
	let said = "";
	const disposing = outsideChildren(async () => handed.dispose(end))
		.then((disposal) => {
			said = addendumOf((disposal as WorkspaceDisposal | undefined)?.resultAddendum);
		})
		.catch((error) => {
			debug("the workspace %s could not be disposed: %O", handed.cwd, error);
			said = `(The workspace ${handed.cwd} could not be given back: ${reasonOf(error)})`;
		});
	const isDone = await returns.inTime(disposing, signal);
	return isDone ? said : `(The workspace ${handed.cwd} was not given back in time.)`;
}

const LONGEST_ADDENDUM = 50_000;

/** Word for word, as long as it is no flood. */
function addendumOf(addendum: unknown): string {
	if (addendum === undefined || addendum === null) return "";
	if (typeof addendum !== "string")
		return `(The workspace provider's \`resultAddendum\` is ${inspected(addendum)}, expected a string.)`;
	if (addendum.length <= LONGEST_ADDENDUM) return addendum;
	const beginning = Buffer.from(addendum.slice(0, LONGEST_ADDENDUM))
		.toString()
		.replace(/\uFFFD$/, "");
	return `${beginning}\n(The workspace provider said ${addendum.length} characters; those after the first ${LONGEST_ADDENDUM} were left out.)`;
}

/** Never rejects. */
async function disposeLate(preparing: Promise<Workspace | undefined>, description: string): Promise<void> {
	try {
		const workspace = await preparing;
		if (!mayHaveMembers(workspace)) return;
		const { dispose } = takeOver(workspace as Workspace);
		await outsideChildren(async () => dispose({ status: "stopped", description }));
	} catch (error) {
		debug("a workspace that came too late could not be disposed: %O", error);
	}
}

/** A workspace is given this long to be given back; who stops its run, or ends the session, does not wait as long. */
const RETURNED_AT_MOST_MS = 60_000;
const RETURNED_IN_A_HURRY_MS = 10_000;

/** What waits for workspaces that are given back to their provider: a run for its own, the session's end for all. */
export class WorkspaceReturns {
	private readonly unattended = new Set<Promise<unknown>>();
	private readonly ending = new AbortController();

	/**
	 * @param stops signals of those who do not want to wait, beside the session's end
	 * @returns whether it was done in time, well or badly; otherwise it continues by itself
	 */
	inTime(returning: Promise<unknown>, ...stops: readonly AbortSignal[]): Promise<boolean> {
		const signals = [this.ending.signal, ...stops];
		return within(RETURNED_AT_MOST_MS, returning, { signals, grace: RETURNED_IN_A_HURRY_MS });
	}

	/** The run that it was for has settled; only the session's end still waits for it. */
	leave(returning: Promise<unknown>): void {
		const watched = this.inTime(returning).finally(() => this.unattended.delete(watched));
		this.unattended.add(watched);
	}

	/** From now on there is less time. */
	hurry(): void {
		this.ending.abort();
	}

	/** Resolves when nothing is on its way back any more that no run waits for. */
	async whenNoneIsLeft(): Promise<void> {
		await Promise.all(this.unattended);
	}
}
