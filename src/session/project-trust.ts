/**
 * What the host has decided about projects in this process, for the settings loader: other extensions have a copy of that of their
 * own, and nothing but the working directory to ask with.
 */
export interface ProjectTrustNotes {
	/** Whether this host knows project trust at all; one that does not counts as trusting. */
	readonly hostDecides: boolean;
	/** By working directory. */
	readonly decisions: Map<string, boolean>;
}

/** The loader looks there, too. */
const PROJECT_TRUST = Symbol.for("pi-crew:project-trust/v1");

/** Notes what a session's context says. */
export function noteProjectTrust(ctx: { readonly cwd: string; isProjectTrusted?: () => boolean }): void {
	const shared = globalThis as { [PROJECT_TRUST]?: ProjectTrustNotes };
	const hostDecides = ctx.isProjectTrusted !== undefined;
	const notes = shared[PROJECT_TRUST] ?? { hostDecides, decisions: new Map() };
	shared[PROJECT_TRUST] = notes;
	notes.decisions.set(ctx.cwd, ctx.isProjectTrusted?.() ?? true);
}
