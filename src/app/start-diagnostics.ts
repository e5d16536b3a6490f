import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { startText } from "../format/catalog-text.ts";
import { hasMcp, permissionFolders, projectOf } from "../planning/parent-snapshot.ts";
import { isKnownTool } from "../planning/tool-selection.ts";
import type { ActiveSession } from "./active-session.ts";
import { showWarning } from "./parent-api.ts";

/** What is wrong with settings and agent files now. */
export function diagnosticsOf(pi: ExtensionAPI, session: ActiveSession, ctx: ExtensionContext): readonly Diagnostic[] {
	const place = projectOf(ctx);
	const agents = session.planning.catalog(place);
	const tools = { toolNames: pi.getAllTools().map((tool) => tool.name), hasMcp: hasMcp(pi.getCommands()) };
	return [
		...session.runtime.settings.now(place).diagnostics,
		...agents.diagnostics,
		...agents.unknownTools((tool) => isKnownTool(tool, tools)),
		...agents.permissionTroubles(permissionFolders(pi, ctx.cwd)),
	];
}

/** Shows the person what is wrong, and what was wrong with the session's records, unless the last start has shown the same. */
export function showStartProblems(pi: ExtensionAPI, session: ActiveSession, ctx: ExtensionContext): void {
	const { atStart } = session.runtime;
	const problems = startText([...diagnosticsOf(pi, session, ctx), ...(atStart.recovery?.diagnostics ?? [])]);
	if (problems !== atStart.toldProblems) showWarning(problems, ctx);
	atStart.toldProblems = problems;
}
