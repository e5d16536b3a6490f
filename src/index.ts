import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { ActiveSession } from "./app/active-session.ts";
import { registerAgents } from "./app/agents-command.ts";
import { createDisplay } from "./app/live-display.ts";
import { subscribeParentEvents } from "./app/parent-events.ts";
import { offerResume } from "./app/recovery.ts";
import { publishService } from "./app/session-service.ts";
import { registerTools } from "./app/session-tools.ts";
import { diagnosticsOf, showStartProblems } from "./app/start-diagnostics.ts";

/**
 * Connects pi-crew to the host, for the parent sessions that this loading of it serves.
 *
 * @param ownEntry the file pi loaded us from
 */
export default function start(pi: ExtensionAPI, ownEntry: string): void {
	const agentDir = host.getAgentDir();
	const session = new ActiveSession(pi, { agentDir, ownEntry });
	const listTypes = registerTools(pi, session);
	const diagnostics = (ctx: host.ExtensionContext) => diagnosticsOf(pi, session, ctx);
	const agents = registerAgents(pi, { session, diagnostics, agentDir, copy: host.copyToClipboard });
	const service = publishService(session);
	const display = createDisplay(session);

	pi.on("session_start", (_event, ctx) => {
		session.begin(ctx);
		service.begin();
		agents.begin();
		display.connect(ctx);
		listTypes(ctx);
		showStartProblems(pi, session, ctx);
	});
	// Follows the session's start, so that a workspace provider has registered itself whatever the order of the extensions.
	pi.on("resources_discover", (_event, ctx) => void offerResume(session, ctx));
	pi.on("before_agent_start", (_event, ctx) => listTypes(ctx));
	pi.on("session_shutdown", async ({ reason }, ctx) => {
		service.end();
		agents.end();
		display.disconnect();
		await session.end(reason, ctx);
	});
	subscribeParentEvents(pi, session);
}
