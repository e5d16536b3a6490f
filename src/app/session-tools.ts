import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import { AgentCatalog } from "../agents/agent-catalog.ts";
import { resultForPerson } from "../format/outcome-text.ts";
import { readTranscript } from "../host/transcript.ts";
import { projectOf } from "../planning/parent-snapshot.ts";
import { createResultTool, RESULT_TOOL } from "../tools/get-result-tool.ts";
import { ResultRoom } from "../tools/result-room.ts";
import { createSteerTool, STEER_TOOL } from "../tools/steer-tool.ts";
import { namesOfRuns, withPlainErrors } from "../tools/structured-result.ts";
import { createSubagentTool, failedRunMark } from "../tools/subagent-tool.ts";
import { showTypesInColors } from "../ui/components/type-colors.ts";
import { keysHint } from "../ui/keys/key-bindings.ts";
import { createNotificationView } from "../ui/messages/notification-view.ts";
import { createLookupToolView, createSubagentToolView } from "../ui/messages/tool-views.ts";
import type { ActiveSession } from "./active-session.ts";

/**
 * Registers the model's three tools and what draws their answers.
 *
 * @returns registers the subagent tool again when the agent types it lists have changed
 */
export function registerTools(pi: ExtensionAPI, session: ActiveSession): (ctx: ExtensionContext) => void {
	const { parentTools, planning } = session;
	const room = new ResultRoom();
	const clock = Date.now;
	const parts = {
		session,
		clock,
		room,
		view: createSubagentToolView(clock, keysHint(session.bindings, "pi-crew.background")),
	};
	const register = (types: AgentCatalog) =>
		pi.registerTool(parentTools.observe(withPlainErrors(createSubagentTool(parts, types))));
	let listed = new AgentCatalog();
	register(listed);
	const resultTool = createResultTool({
		session,
		claimReleased: () => session.runtime.mailbox.consider(),
		readTranscript,
		clock,
		room,
		view: createLookupToolView(RESULT_TOOL, clock),
	});
	pi.registerTool(withPlainErrors(resultTool));
	pi.registerTool(withPlainErrors(createSteerTool(session, createLookupToolView(STEER_TOOL, clock))));
	const resultOf = (id: string, attempt: number) => {
		const subagent = session.subagents?.manager.find(id);
		return subagent?.attempt === attempt ? resultForPerson(subagent.record()) : undefined;
	};
	pi.registerMessageRenderer("subagent-notification", createNotificationView(resultOf));
	pi.on("tool_result", failedRunMark);
	pi.on("tool_result", (event) => namesOfRuns(event, session.manager.all()));
	return (ctx) => {
		const current = planning.catalog(projectOf(ctx));
		if (current === listed) return;
		listed = current;
		showTypesInColors(current.list());
		register(current);
	};
}
