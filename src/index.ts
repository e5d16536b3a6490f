import { randomBytes } from "node:crypto";
import { type ExtensionAPI, getAgentDir } from "@mariozechner/pi-coding-agent";
import { AgentCatalog } from "./config/agent-catalog.ts";
import { DEFAULT_SETTINGS } from "./config/settings.ts";
import { ChildHooks } from "./events/child-hooks.ts";
import { ChildResourceLoaders } from "./lifecycle/child-resource-loader.ts";
import { ChildResourceFinder } from "./lifecycle/child-resources.ts";
import { readCommandLine } from "./lifecycle/command-line.ts";
import { SubagentManager } from "./lifecycle/subagent-manager.ts";
import { createSubagentTool, failedRunMark } from "./tools/subagent-tool.ts";
import { createSubagentToolView } from "./ui/subagent-tool-view.ts";

const ID_BYTES = 10; // 20 characters: more than anyone can guess, few enough for a model to repeat

/**
 * Builds pi-crew for one parent session and connects it to the host.
 *
 * @param ownEntry the file pi loaded us from
 */
export default function start(pi: ExtensionAPI, ownEntry: string): void {
	const clock = Date.now;
	const manager = new SubagentManager({
		factory: {
			resources: new ChildResourceFinder({
				agentDir: getAgentDir(),
				commandLine: readCommandLine(process.argv.slice(2)),
				ownEntry,
			}),
			loaders: new ChildResourceLoaders(),
			hooks: new ChildHooks((channel, payload) => pi.events.emit(channel, payload)),
		},
		clock,
		newId: () => randomBytes(ID_BYTES).toString("hex"),
	});
	pi.registerTool(
		createSubagentTool({
			pi,
			manager,
			catalog: new AgentCatalog(),
			settings: DEFAULT_SETTINGS,
			clock,
			view: createSubagentToolView(clock),
		}),
	);
	pi.on("tool_result", failedRunMark);
	pi.on("session_shutdown", () => manager.shutdown());
}
