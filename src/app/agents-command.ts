import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { AgentFileWriter } from "../agents/agent-file-writer.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { transcriptText } from "../format/transcript-text.ts";
import { exportTranscript } from "../host/export-transcript.ts";
import { readTranscript } from "../host/transcript.ts";
import { modelKey } from "../planning/model-match.ts";
import { isAllowedModel } from "../planning/model-selection.ts";
import { captureParentSnapshot, projectOf } from "../planning/parent-snapshot.ts";
import { isKnownTool } from "../planning/tool-selection.ts";
import { type NewAgentPort, noKeptTexts } from "../ui/agents/agent-management.ts";
import { openTypes } from "../ui/agents/agent-type-list.ts";
import { createAgentsCommand } from "../ui/agents/agents-command.ts";
import { openNewAgent } from "../ui/agents/new-agent-wizard.ts";
import type { Answer, SubagentCommands } from "../ui/subagent-commands.ts";
import { openViewer } from "../ui/viewer/open-viewer.ts";
import type { ViewerPort } from "../ui/viewer/viewer-port.ts";
import type { ActiveSession } from "./active-session.ts";
import { draftAgent } from "./draft-agent.ts";
import { createSubagentCommands, listed } from "./subagent-commands.ts";
import { surplusTranscripts } from "./transcript-cleanup.ts";

/** A key that neither host and no usual editor binds. */
const RUNNING_KEY = "alt+a";

interface AgentsParts {
	readonly session: ActiveSession;
	readonly diagnostics: (ctx: ExtensionContext) => readonly Diagnostic[];
	readonly agentDir: string;
	readonly copy: (text: string) => Promise<void>;
}

/** `/agents` of one instance of us, and the key that opens its list. Open screens close with the session. */
export function registerAgents(
	pi: Pick<ExtensionAPI, "registerCommand" | "registerShortcut">,
	{ session, diagnostics, agentDir, copy }: AgentsParts,
) {
	const { planning } = session;
	let closing = new AbortController();
	let isListOpen = false;
	const management = agentManagement(agentDir, session);
	const command = createAgentsCommand({
		catalog: (ctx) => planning.catalog(projectOf(ctx)),
		diagnostics,
		settings: (ctx) => session.runtime.settings.now(projectOf(ctx)),
		removals: (ctx) => {
			const limits = planning.settings(projectOf(ctx));
			return surplusTranscripts(ctx.sessionManager.getSessionDir(), limits, Date.now());
		},
		change: (ctx, change) => session.runtime.settings.change(projectOf(ctx), change),
		commands: (ctx) => createSubagentCommands(session, ctx),
		subagents: () => listed(session.runtime.manager),
		transcriptText: ({ record: { transcriptFile } }) =>
			transcriptFile === undefined ? "" : transcriptText(readTranscript(transcriptFile)),
		openTranscript: async (id, ctx) => {
			const { manager } = session.runtime;
			const port = createViewerPort({ commands: createSubagentCommands(session, ctx), manager, ctx, agentDir });
			await openViewer(ctx.ui, port, id, closing.signal);
		},
		openTypes: (dialogs, ctx) => openTypes(dialogs, management(ctx)),
		openNewAgent: (dialogs, ctx, name) => openNewAgent(dialogs, management(ctx), name),
		pages: () => session.pages.list(),
		copy,
		closed: () => closing.signal,
		clock: Date.now,
	});
	pi.registerCommand("agents", command);
	pi.registerShortcut(RUNNING_KEY, {
		description: "Running and recent subagents",
		handler: async () => {
			const { ctx } = session;
			if (isListOpen || !ctx) return; // a key pressed twice arrives twice before anything is shown
			isListOpen = true;
			await command.handler("running", ctx).finally(() => {
				isListOpen = false;
			});
		},
	});
	return {
		/** In RPC mode a session starts twice. */
		begin: (): void => {
			if (closing.signal.aborted) closing = new AbortController();
		},
		end: (): void => {
			closing.abort();
		},
	};
}

export interface ViewingParts {
	readonly commands: Pick<SubagentCommands, "find" | "steer">;
	readonly manager: Pick<SubagentSupervisor, "find" | "conversation">;
	/** The session's; read now, and not again. */
	readonly ctx: Pick<host.ExtensionContext, "cwd" | "model" | "modelRegistry">;
	readonly agentDir: string;
}

/** What the transcript viewer shows and does, from the parts of one parent session. */
export function createViewerPort({ commands, manager, ctx, agentDir }: ViewingParts): ViewerPort {
	const { cwd, model, modelRegistry } = ctx;
	return {
		snapshot: (id) => commands.find(id),
		conversation: (id) => {
			const subagent = manager.find(id);
			return subagent && manager.conversation(subagent);
		},
		hidesThinking: () => personsSettings(agentDir)?.getHideThinkingBlock() ?? false,
		steer: (id, message) => commands.steer(id, message),
		exportHtml: async (id, file) => {
			const transcript = manager.find(id)?.identity.transcriptFile;
			if (!transcript) return refused(`There is no subagent ${id}.`);
			const target = resolve(cwd, file.trim().replace(/^~(?=\/|$)/, homedir()));
			const theme = personsSettings(agentDir)?.getTheme();
			const outcome = await exportTranscript({ transcript, target, cwd }, { agentDir, model, modelRegistry, theme });
			if (outcome.kind === "refused") return refused(`Not exported: ${outcome.message}.`);
			return { kind: "done", text: `Exported to ${outcome.file}` };
		},
	};
}

function refused(text: string): Answer {
	return { kind: "refused", text };
}

/** Leaves out the project's, which may not be trusted. */
function personsSettings(agentDir: string): host.SettingsManager | undefined {
	try {
		return host.SettingsManager.create(join(agentDir, "no-project-here"), agentDir);
	} catch {
		return undefined; // the host has reported their problems
	}
}

/**
 * What a person needs to manage agent files.
 *
 * @returns makes it for one command; what was typed and not written is kept between them
 */
function agentManagement(agentDir: string, session: ActiveSession): (ctx: ExtensionContext) => NewAgentPort {
	const { planning } = session;
	const kept = noKeptTexts();
	return (ctx) => {
		const project = projectOf(ctx);
		const parent = () => captureParentSnapshot(planning.pi, ctx);
		const isKnown = (tool: string) => isKnownTool(tool, parent().loaded);
		return {
			catalog: () => planning.catalog(project),
			isKnownTool: isKnown,
			writer: new AgentFileWriter({ agentDir, project, isKnownTool: isKnown }),
			kept,
			models: () => {
				const allowed = planning.settings(project).models;
				return parent()
					.availableModels.filter((model) => isAllowedModel(model, allowed))
					.map(modelKey);
			},
			thinkingLevels: () => parent().thinkingLevels,
			draft: (wish, signal) => draftAgent(wish, signal, session, ctx),
		};
	};
}
