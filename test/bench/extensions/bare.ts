import { dirname, join } from "node:path";
import {
	createAgentSession,
	createExtensionRuntime,
	DefaultResourceLoader,
	type ExtensionAPI,
	type ExtensionContext,
	getAgentDir,
	type ResourceLoader,
	SessionManager,
	SettingsManager,
} from "@mariozechner/pi-coding-agent";
import { Type } from "typebox";

/** The least that runs a subagent in process: the yardstick. It aborts nothing, limits nothing and notifies nobody. */
export default function bare(pi: ExtensionAPI): void {
	pi.registerTool({
		name: "subagent",
		label: "Subagent",
		description: "Hand a task to a subagent",
		parameters: Type.Object({
			prompt: Type.String(),
			description: Type.Optional(Type.String()),
			subagent_type: Type.Optional(Type.String()),
		}),
		execute: async (_toolCallId, { prompt }, _signal, _onUpdate, ctx) => {
			const text = await runChild(prompt, ctx);
			return { content: [{ type: "text", text }], details: {} };
		},
	});
}

async function runChild(prompt: string, ctx: ExtensionContext): Promise<string> {
	const { cwd, model, modelRegistry } = ctx;
	const settingsManager = SettingsManager.inMemory();
	const systemPrompt = ctx.getSystemPrompt();
	const neighbours = JSON.parse(process.env.PI_CREW_BENCH_NEIGHBOURS ?? "[]") as string[];
	const { session } = await createAgentSession({
		cwd,
		model,
		modelRegistry,
		authStorage: modelRegistry.authStorage,
		settingsManager,
		resourceLoader:
			neighbours.length > 0
				? await loaderOf(neighbours, cwd, systemPrompt, settingsManager)
				: loaderWithoutExtensions(systemPrompt),
		sessionManager: SessionManager.create(cwd, join(dirname(ctx.sessionManager.getSessionFile() ?? cwd), "tasks")),
	} as Parameters<typeof createAgentSession>[0]);
	await session.bindExtensions({});
	await session.prompt(prompt, { expandPromptTemplates: false });
	const text = session.getLastAssistantText() ?? "";
	await session.abort();
	session.dispose();
	return text;
}

async function loaderOf(
	extensions: string[],
	cwd: string,
	systemPrompt: string,
	settingsManager: SettingsManager,
): Promise<ResourceLoader> {
	const loader = new DefaultResourceLoader({
		cwd,
		agentDir: getAgentDir(),
		settingsManager,
		noExtensions: true,
		noSkills: true,
		noPromptTemplates: true,
		noThemes: true,
		noContextFiles: true,
		additionalExtensionPaths: extensions,
		systemPromptOverride: () => systemPrompt,
	});
	await loader.reload();
	return loader;
}

function loaderWithoutExtensions(systemPrompt: string): ResourceLoader {
	const extensions = { extensions: [], errors: [], runtime: createExtensionRuntime() };
	return {
		getExtensions: () => extensions,
		getSkills: () => ({ skills: [], diagnostics: [] }),
		getPrompts: () => ({ prompts: [], diagnostics: [] }),
		getThemes: () => ({ themes: [], diagnostics: [] }),
		getAgentsFiles: () => ({ agentsFiles: [] }),
		getSystemPrompt: () => systemPrompt,
		getAppendSystemPrompt: () => [],
		extendResources: () => undefined,
		reload: async () => undefined,
	};
}
