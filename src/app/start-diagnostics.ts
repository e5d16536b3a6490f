import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import { folderSetting } from "../agents/additional-folders.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { startText } from "../format/catalog-text.ts";
import { hasMcp, permissionFolders, projectOf, skillNames } from "../planning/parent-snapshot.ts";
import { isKnownTool } from "../planning/tool-selection.ts";
import type { ActiveSession } from "./active-session.ts";
import { unreadFoldersHint } from "./agent-folder-hint.ts";
import { showHint, showWarning } from "./parent-api.ts";

/** What is wrong with settings and agent files now. */
export function diagnosticsOf(pi: ExtensionAPI, session: ActiveSession, ctx: ExtensionContext): readonly Diagnostic[] {
	const place = projectOf(ctx);
	const agents = session.planning.catalog(place);
	const tools = { toolNames: pi.getAllTools().map((tool) => tool.name), hasMcp: hasMcp(pi.getCommands()) };
	return [
		...session.bindings.diagnostics,
		...session.runtime.settings.now(place).diagnostics,
		...agents.diagnostics,
		...agents.unknownTools((tool) => isKnownTool(tool, tools)),
		...agents.unknownSkills(skillNames(pi.getCommands())),
		...agents.permissionTroubles(permissionFolders(pi, ctx.cwd)),
	];
}

/**
 * Shows the person what is wrong, and what was wrong with the session's records, unless the last start has shown the same; and
 * once ever that there are agent files that are not read.
 */
export function showStartProblems(pi: ExtensionAPI, session: ActiveSession, ctx: ExtensionContext): void {
	const { atStart } = session.runtime;
	const problems = startText([...diagnosticsOf(pi, session, ctx), ...(atStart.recovery?.diagnostics ?? [])]);
	if (problems !== atStart.toldProblems) showWarning(problems, ctx);
	atStart.toldProblems = problems;
	const [place, { agentDir, home }] = [projectOf(ctx), session.agentFiles];
	const hint = unreadFoldersHint(folderSetting(session.runtime.settings.now(place)), { place, agentDir, home });
	if (hint !== "") showHint(hint, ctx);
}
