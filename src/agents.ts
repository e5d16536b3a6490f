import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import { surplusTranscripts } from "./clean-up.ts";
import type { Crew } from "./crew.ts";
import { createDesk, listed } from "./desk.ts";
import type { Diagnostic } from "./domain/diagnostic.ts";
import { transcriptText } from "./format/transcript-text.ts";
import type { Launcher } from "./lifecycle/launcher.ts";
import { readTranscript } from "./lifecycle/transcript.ts";
import { agentManagement } from "./manage-agents.ts";
import { projectOf } from "./session/parent-snapshot.ts";
import type { PlanningParts } from "./session/plan-run.ts";
import { createAgentsCommand } from "./ui/agents/agents-command.ts";
import { openNewAgent } from "./ui/agents/new-agent.ts";
import { openTypes } from "./ui/agents/types-menu.ts";
import { openViewer } from "./ui/viewer/open-viewer.ts";
import { createViewerPort } from "./viewing.ts";

/** Nothing of either host, and of no editor's usual keys. */
const RUNNING_KEY = "alt+a";

interface AgentsParts {
	readonly crew: () => Crew;
	readonly planning: PlanningParts;
	readonly launcher: () => Launcher;
	readonly diagnostics: (ctx: ExtensionContext) => readonly Diagnostic[];
	readonly agentDir: string;
	readonly copy: (text: string) => Promise<void>;
}

/** `/agents` of one instance of us, and the key that opens its list. What a session leaves open on the screen is closed with it. */
export function registerAgents(
	pi: Pick<ExtensionAPI, "registerCommand" | "registerShortcut">,
	{ crew, planning, launcher, diagnostics, agentDir, copy }: AgentsParts,
) {
	const parts = { manager: () => crew().manager, launcher };
	let closing = new AbortController();
	let session: ExtensionContext | undefined;
	let isListOpen = false;
	const management = agentManagement({ agentDir, planning, ...parts });
	const command = createAgentsCommand({
		catalog: (ctx) => planning.catalog(projectOf(ctx)),
		diagnostics,
		settings: (ctx) => crew().settings.now(projectOf(ctx)),
		removals: (ctx) => {
			const limits = planning.settings(projectOf(ctx));
			return surplusTranscripts(ctx.sessionManager.getSessionDir(), limits, Date.now());
		},
		change: (ctx, change) => crew().settings.change(projectOf(ctx), change),
		desk: (ctx) => createDesk(parts, ctx),
		subagents: () => listed(crew().manager),
		transcriptText: ({ record: { transcriptFile } }) =>
			transcriptFile === undefined ? "" : transcriptText(readTranscript(transcriptFile)),
		openTranscript: async (id, ctx) => {
			const { manager } = crew();
			const port = createViewerPort({ desk: createDesk(parts, ctx), manager, ctx, agentDir });
			await openViewer(ctx.ui, port, id, closing.signal);
		},
		openTypes: (dialogs, ctx) => openTypes(dialogs, management(ctx)),
		openNewAgent: (dialogs, ctx, name) => openNewAgent(dialogs, management(ctx), name),
		copy,
		closed: () => closing.signal,
		clock: Date.now,
	});
	pi.registerCommand("agents", command);
	pi.registerShortcut(RUNNING_KEY, {
		description: "Running and recent subagents",
		// The session's own context: the one that is handed in cannot plan a run.
		handler: async () => {
			if (isListOpen || !session) return; // a key that is hit twice comes twice before anything is shown
			isListOpen = true;
			await command.handler("running", session).finally(() => {
				isListOpen = false;
			});
		},
	});
	return {
		/** In RPC mode a session starts twice. */
		begin: (ctx: ExtensionContext): void => {
			session = ctx;
			if (closing.signal.aborted) closing = new AbortController();
		},
		end: (): void => {
			session = undefined;
			closing.abort();
		},
	};
}
