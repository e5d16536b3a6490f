import type { WorkspaceRequest } from "../../../src/service/subagents-service.ts";

export const ID = "agent-0123456789abcdef";

/** Asks for a directory for the type `worker`. */
export function requestFor({
	isResume = false,
	...request
}: Partial<WorkspaceRequest> & { baseCwd: string; isResume?: boolean }): WorkspaceRequest {
	const invocation = {
		modelName: "faux/faux-1",
		thinking: "off",
		inheritContext: false,
		runInBackground: false,
		isResume,
		agentFile: {},
	};
	return { agentId: ID, agentType: "worker", invocation, ...request };
}
