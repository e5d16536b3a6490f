import type { ExtensionCommandContext, ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../../config/agent-catalog.ts";
import { acceptedValues, SETTING_KEYS, settingMeaning } from "../../config/settings.ts";
import type { ChangeOutcome, LoadedSettings } from "../../config/settings-files.ts";
import type { SettingChange } from "../../config/settings-writer.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { SettingKey } from "../../domain/settings.ts";
import { catalogText, diagnosticsText } from "../../format/catalog-text.ts";
import { removalsText, type TranscriptRemoval } from "../../format/removals-text.ts";
import { settingsList, settingText } from "../../format/settings-list.ts";
import { completeAgentsWords } from "./agents-completions.ts";
import { type AgentsRequest, readAgentsWords } from "./agents-words.ts";

export interface AgentsCommandParts {
	readonly catalog: (ctx: ExtensionContext) => AgentCatalog;
	/** Of agent files and settings alike. */
	readonly diagnostics: (ctx: ExtensionContext) => readonly Diagnostic[];
	readonly settings: (ctx: ExtensionContext) => LoadedSettings;
	/** What the next start would remove. */
	readonly removals: (ctx: ExtensionContext) => Promise<readonly TranscriptRemoval[]>;
	readonly change: (ctx: ExtensionContext, change: SettingChange) => Promise<ChangeOutcome>;
}

interface Answer {
	readonly text: string;
	readonly type: "info" | "warning" | "error";
}

/** `/agents`: the agent types and settings there are, and what was wrong with files. Without a UI it goes to stderr, for stdout is the host's. */
export function createAgentsCommand(parts: AgentsCommandParts) {
	return {
		description: "Agent types, settings (settings, set, unset), and what is wrong with their files (diagnostics)",
		getArgumentCompletions: completeAgentsWords,
		handler: async (words: string, ctx: ExtensionCommandContext): Promise<void> => {
			const { text, type } = await answer(readAgentsWords(words), ctx, parts);
			if (ctx.hasUI) ctx.ui.notify(text, type);
			else console.error(text);
		},
	};
}

async function answer(request: AgentsRequest, ctx: ExtensionContext, parts: AgentsCommandParts): Promise<Answer> {
	switch (request.kind) {
		case "overview":
			return withProblems(catalogText(parts.catalog(ctx).list()), parts.diagnostics(ctx));
		case "diagnostics":
			return withProblems("", parts.diagnostics(ctx));
		case "settings":
			return { text: listed(parts.settings(ctx)), type: "info" };
		case "transcripts":
			return { text: removalsText(await parts.removals(ctx)), type: "info" };
		case "change":
			return changed(request.change, ctx, parts);
		case "misunderstood":
			return { text: request.message, type: "error" };
		default:
			return request satisfies never;
	}
}

function withProblems(text: string, problems: readonly Diagnostic[]): Answer {
	const parts = [text, diagnosticsText(problems)].filter((part) => part !== "");
	return {
		text: parts.join("\n\n") || "nothing is wrong with agent files and settings",
		type: problems.length > 0 ? "warning" : "info",
	};
}

function listed(loaded: LoadedSettings): string {
	const rows = SETTING_KEYS.map((key) => ({
		...inForce(loaded, key),
		accepted: acceptedValues(key),
		meaning: settingMeaning(key),
	}));
	return settingsList(rows);
}

async function changed(change: SettingChange, ctx: ExtensionContext, parts: AgentsCommandParts): Promise<Answer> {
	const outcome = await parts.change(ctx, change);
	if (outcome.kind === "refused") return { text: `${change.key} was not changed: ${outcome.reason}`, type: "error" };
	const now = settingText(inForce(parts.settings(ctx), change.key));
	if (outcome.kind === "not-persisted")
		return { text: `${now}; it could not be written: ${outcome.reason}`, type: "warning" };
	const inFile = change.value === undefined ? "no longer in" : "written to";
	return { text: `${now}, ${inFile} ${outcome.file}`, type: "info" };
}

function inForce({ settings, sources }: LoadedSettings, key: SettingKey) {
	return { key, value: settings[key], source: sources[key] };
}
