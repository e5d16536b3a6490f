import { homedir } from "node:os";

/** pi's directory for the person, as the host finds it; a bundle that node loads cannot ask the host's module. */
export function agentDirectory(environment: NodeJS.ProcessEnv): string {
	const named = environment.PI_CODING_AGENT_DIR;
	if (!named) return `${homedir()}/.pi/agent`;
	return /^~(\/|$)/.test(named) ? homedir() + named.slice(1) : named;
}
