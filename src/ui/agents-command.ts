import type { ExtensionCommandContext, ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../config/agent-catalog.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { catalogText, diagnosticsText } from "../format/catalog-text.ts";

export interface AgentsCommandParts {
	readonly catalog: (ctx: ExtensionContext) => AgentCatalog;
	/** Of agent files and settings alike. */
	readonly diagnostics: (ctx: ExtensionContext) => readonly Diagnostic[];
}

/** `/agents`: the agent types there are, and what was wrong with files. Without a UI it goes to stderr, for stdout is the host's. */
export function createAgentsCommand({ catalog, diagnostics }: AgentsCommandParts) {
	return {
		description: "The agent types there are, and what is wrong with agent files and settings",
		handler: async (_args: string, ctx: ExtensionCommandContext): Promise<void> => {
			const problems = diagnostics(ctx);
			const text = [catalogText(catalog(ctx).list()), diagnosticsText(problems)]
				.filter((part) => part !== "")
				.join("\n\n");
			if (ctx.hasUI) ctx.ui.notify(text, problems.length > 0 ? "warning" : "info");
			else console.error(text);
		},
	};
}
