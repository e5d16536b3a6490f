import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentFileWriter } from "../../../src/agents/agent-file-writer.ts";
import { AgentFolders } from "../../../src/agents/agent-folders.ts";
import { type DraftAnswer, type NewAgentPort, noKeptTexts } from "../../../src/ui/agents/agent-management.ts";

/** The real files and catalog under a folder of the test; only the subagent that drafts is made up. */
export function samplePort(
	root: string,
	{ isTrusted = true, draft = noDraft }: { isTrusted?: boolean; draft?: NewAgentPort["draft"] } = {},
) {
	const agentDir = join(root, "agent");
	const project = { cwd: join(root, "project"), isTrusted };
	mkdirSync(project.cwd, { recursive: true });
	const files = new AgentFolders(agentDir);
	const isKnownTool = (tool: string) => tool === "lookup";
	const port: NewAgentPort = {
		catalog: () => files.load(project),
		isKnownTool,
		writer: new AgentFileWriter({ agentDir, project, isKnownTool }),
		kept: noKeptTexts(),
		models: () => ["faux/small", "faux/large"],
		thinkingLevels: () => ["off", "low", "high"],
		draft,
	};
	const paths = {
		project: (name: string) => join(project.cwd, ".pi", "agents", name),
		personal: (name: string) => join(agentDir, "agents", name),
	};
	const write = (file: string, text: string) => {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text);
		return file;
	};
	const read = (file: string) => readFileSync(file, "utf8");
	const states = () =>
		port
			.catalog()
			.overview(isKnownTool)
			.map(({ name, origin, state }) => `${name} ${origin} ${state.kind}`);
	return { port, ...paths, write, read, states };
}

async function noDraft(): Promise<DraftAnswer> {
	throw new Error("nothing was to be drafted");
}
