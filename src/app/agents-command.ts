import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import * as host from "@mariozechner/pi-coding-agent";
import { AgentFileWriter } from "../agents/agent-file-writer.ts";
import { type Diagnostic, diagnosticText } from "../domain/diagnostic.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { transcriptText } from "../format/transcript-text.ts";
import { exportTranscript } from "../host/export-transcript.ts";
import { readTranscript } from "../host/transcript.ts";
import { modelKey } from "../planning/model-match.ts";
import { isAllowedModel } from "../planning/model-selection.ts";
import { captureParentSnapshot, projectOf } from "../planning/parent-snapshot.ts";
import { isKnownTool } from "../planning/tool-selection.ts";
import { plainText } from "../platform/plain-text.ts";
import { type NewAgentPort, noKeptTexts } from "../ui/agents/agent-management.ts";
import { openTypes } from "../ui/agents/agent-type-list.ts";
import { createAgentsCommand } from "../ui/agents/agents-command.ts";
import { openNewAgent } from "../ui/agents/new-agent-wizard.ts";
import type { KeyAction } from "../ui/keys/key-bindings.ts";
import { listenForKeys } from "../ui/keys/session-keys.ts";
import type { Answer, SubagentCommands } from "../ui/subagent-commands.ts";
import { openViewer } from "../ui/viewer/open-viewer.ts";
import type { ViewerPort } from "../ui/viewer/viewer-port.ts";
import type { ActiveSession } from "./active-session.ts";
import { draftAgent } from "./draft-agent.ts";
import { createSubagentCommands, listed } from "./subagent-commands.ts";
import { surplusTranscripts } from "./transcript-cleanup.ts";

interface AgentsParts {
	readonly session: ActiveSession;
	readonly diagnostics: (ctx: ExtensionContext) => readonly Diagnostic[];
	readonly agentDir: string;
	readonly copy: (text: string) => Promise<void>;
}

/**
 * `/agents` of one instance of us, the keys that open its list and move subagents to the background, and `@type task` in the
 * editor. What a session leaves open on the screen is closed with it.
 */
export function registerAgents(
	pi: Pick<ExtensionAPI, "registerCommand" | "registerShortcut" | "on">,
	{ session, diagnostics, agentDir, copy }: AgentsParts,
) {
	const { planning, bindings } = session;
	let closing = new AbortController();
	let isListOpen = false;
	let stopListening = () => {};
	const management = agentManagement(agentDir, session);
	const command = createAgentsCommand({
		catalog: (ctx) => planning.catalog(projectOf(ctx)),
		diagnostics: (ctx) => distinct(diagnostics(ctx)),
		settings: (ctx) => session.runtime.settings.now(projectOf(ctx)),
		removals: (ctx) => {
			const limits = planning.settings(projectOf(ctx));
			return surplusTranscripts(ctx.sessionManager.getSessionDir(), limits, Date.now());
		},
		change: (ctx, change) => session.runtime.settings.change(projectOf(ctx), change),
		commands: (ctx) => createSubagentCommands(session, ctx),
		known: () => ({
			subagents: session.subagents ? listed(session.manager) : [],
			types: session.ctx ? planning.catalog(projectOf(session.ctx)).list() : [],
		}),
		transcriptText: ({ record: { transcriptFile } }) =>
			transcriptFile === undefined ? "" : transcriptText(readTranscript(transcriptFile)),
		openTranscript: async (id, ctx, screens) => {
			const { manager } = session.runtime;
			const port = createViewerPort({ commands: createSubagentCommands(session, ctx), manager, ctx, agentDir });
			await openViewer(ctx.ui, port, id, screens);
		},
		openTypes: (dialogs, ctx) => openTypes(dialogs, management(ctx)),
		openNewAgent: (dialogs, ctx, name) => openNewAgent(dialogs, management(ctx), name),
		pages: () => session.pages.list(),
		copy,
		closed: () => closing.signal,
		clock: Date.now,
	});
	pi.registerCommand("agents", command);
	const actions: Readonly<Record<KeyAction, () => Promise<void>>> = {
		"pi-crew.list": async () => {
			const { ctx } = session;
			if (isListOpen || !ctx) return; // a key pressed twice arrives twice before anything is shown
			isListOpen = true;
			await command.handler("running", ctx).finally(() => {
				isListOpen = false;
			});
		},
		"pi-crew.background": async () => {
			if (session.ctx) await command.handler("background", session.ctx);
		},
	};
	for (const [action, description] of Object.entries(SHORTCUTS) as [KeyAction, string][]) {
		for (const { key, isEditors } of bindings.keys[action]) {
			if (!isEditors) pi.registerShortcut(key, { description, handler: actions[action] });
		}
	}
	pi.on("input", (event, ctx) => runMentioned(event, ctx, session));
	return {
		/** In RPC mode a session starts twice. */
		begin: (): void => {
			if (closing.signal.aborted) closing = new AbortController();
			stopListening();
			const { ctx } = session;
			if (!ctx?.hasUI) return;
			stopListening = listenForKeys(ctx.ui, {
				bindings,
				applies: (action) => KEY_APPLIES[action](session.manager),
				act: (action) => void actions[action](),
				clock: Date.now,
			});
		},
		end: (): void => {
			stopListening();
			closing.abort();
		},
	};
}

/** Each is said once, whichever of the folders and settings it was found through. */
function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
	return [...new Map(diagnostics.map((diagnostic) => [diagnosticText(diagnostic), diagnostic])).values()];
}

const SHORTCUTS: Readonly<Record<KeyAction, string>> = {
	"pi-crew.list": "Running and recent subagents",
	"pi-crew.background": "Move foreground subagents to the background",
};

const KEY_APPLIES: Readonly<Record<KeyAction, (manager: SubagentSupervisor) => boolean>> = {
	"pi-crew.list": (manager) => manager.list().some(({ isDismissed }) => !isDismissed),
	"pi-crew.background": (manager) => manager.working().some(({ isAwaited }) => isAwaited),
};

/**
 * `@type task`, typed into the editor, starts a subagent as `/agents run` does. A file of that name wins, for `@name` is also
 * how files are mentioned; so does whatever names no agent type. A refused text goes back into the editor.
 */
function runMentioned(
	{ text, source, images = [] }: host.InputEvent,
	ctx: ExtensionContext,
	session: ActiveSession,
): { action: "handled" } | undefined {
	const [, type = "", task = ""] = /^@(\S+)\s+(\S.*)$/s.exec(text.trim()) ?? [];
	if (type === "" || source !== "interactive" || images.length > 0 || !ctx.hasUI) return undefined;
	const { kind } = session.planning.catalog(projectOf(ctx)).find(type);
	if (kind === "unknown" || kind === "near" || existsSync(resolve(ctx.cwd, type))) return undefined;
	const answer = createSubagentCommands(session, ctx).start(type, task);
	const isRefused = answer.kind === "refused";
	ctx.ui.notify(plainText(answer.kind === "refused" ? answer.reason : answer.text), isRefused ? "error" : "info");
	if (isRefused) ctx.ui.setEditorText(text);
	return { action: "handled" };
}

export interface ViewingParts {
	readonly commands: Pick<SubagentCommands, "find" | "steer" | "stop" | "detach" | "resume">;
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
		stop: (id) => commands.stop(id),
		detach: (id) => commands.detach(id),
		resume: (id, message) => commands.resume(id, message),
		exportHtml: async (id, file) => {
			const transcript = manager.find(id)?.identity.transcriptFile;
			if (!transcript) return refused(`There is no subagent ${id}.`);
			const target = resolve(cwd, file.trim().replace(/^~(?=\/|$)/, homedir()));
			const theme = personsSettings(agentDir)?.getTheme();
			const outcome = await exportTranscript({ transcript, target, cwd }, { agentDir, model, modelRegistry, theme });
			if (outcome.kind === "refused") return refused(`Not exported: ${outcome.reason}.`);
			return { kind: "done", text: `Exported to ${outcome.file}` };
		},
	};
}

function refused(reason: string): Answer {
	return { kind: "refused", reason };
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
