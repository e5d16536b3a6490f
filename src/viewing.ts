import { homedir } from "node:os";
import { join, resolve } from "node:path";
import * as host from "@mariozechner/pi-coding-agent";
import { exportTranscript } from "./lifecycle/export-transcript.ts";
import type { SubagentManager } from "./lifecycle/subagent-manager.ts";
import type { Answer, SubagentsDesk } from "./ui/subagents-desk.ts";
import type { ViewerPort } from "./ui/viewer/viewer-port.ts";

export interface ViewingParts {
	readonly desk: Pick<SubagentsDesk, "find" | "steer">;
	readonly manager: Pick<SubagentManager, "find" | "conversation">;
	/** The session's; read now, and not again. */
	readonly ctx: Pick<host.ExtensionContext, "cwd" | "model" | "modelRegistry">;
	readonly agentDir: string;
}

/** What the transcript viewer shows and does, from the parts of one parent session. */
export function createViewerPort({ desk, manager, ctx, agentDir }: ViewingParts): ViewerPort {
	const { cwd, model, modelRegistry } = ctx;
	return {
		snapshot: (id) => desk.find(id),
		conversation: (id) => {
			const subagent = manager.find(id);
			return subagent && manager.conversation(subagent);
		},
		hidesThinking: () => personsSettings(agentDir)?.getHideThinkingBlock() ?? false,
		steer: (id, message) => desk.steer(id, message),
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

/** The project's are left out, for it may not be trusted. */
function personsSettings(agentDir: string): host.SettingsManager | undefined {
	try {
		return host.SettingsManager.create(join(agentDir, "no-project-here"), agentDir);
	} catch {
		return undefined; // the host has told of what is wrong with them
	}
}
