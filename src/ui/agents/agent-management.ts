import type { AgentCatalog } from "../../agents/agent-catalog.ts";
import type { FileOrigin } from "../../agents/agent-file.ts";
import type { AgentFileWriter } from "../../agents/agent-file-writer.ts";
import type { RefusedForPerson } from "../../domain/refusal.ts";

/** What managing agent files needs of the session. */
export interface AgentManagement {
	/** The agents there are now; the same object as long as nothing has changed. */
	readonly catalog: () => AgentCatalog;
	readonly isKnownTool: (tool: string) => boolean;
	readonly writer: AgentFileWriter;
	readonly kept: KeptTexts;
}

/** The same for a new agent. */
export interface NewAgentPort extends AgentManagement {
	/** Names of the models subagents may use. */
	readonly models: () => readonly string[];
	readonly thinkingLevels: () => readonly string[];
	/** Has a subagent write the file. Resolves always; the signal stops the subagent. */
	readonly draft: (wish: DraftWish, signal: AbortSignal) => Promise<DraftAnswer>;
}

export interface DraftWish {
	readonly name: string;
	/** What the agent is for, in the person's words. */
	readonly purpose: string;
}

/** The file's text as the subagent wrote it, or why there is none. */
export type DraftAnswer = { readonly kind: "drafted"; readonly text: string } | RefusedForPerson;

/** What was typed and not written, for as long as the session lasts. */
export interface KeptTexts {
	/** By the path of the file. */
	readonly edits: Map<string, string>;
	/** Of the new agent that was not finished. */
	newAgent: NewAgentAnswers;
	/** A draft in progress, or one that the person has not seen yet. */
	drafting: Drafting | undefined;
}

export interface Drafting {
	readonly wish: DraftWish;
	readonly answer: Promise<DraftAnswer>;
	/** The answer has come. */
	readonly isThere: () => boolean;
	readonly stop: () => void;
}

/** What a person has answered so far. */
export interface NewAgentAnswers {
	readonly way?: "by hand" | "drafted";
	readonly origin?: FileOrigin;
	readonly name?: string;
	readonly description?: string;
	/** In the syntax of the file's key; `""` is all. */
	readonly tools?: string;
	readonly model?: string;
	readonly thinking?: string;
	readonly instructions?: string;
	readonly purpose?: string;
	/** The draft that a subagent wrote from a purpose. */
	readonly drafted?: { readonly purpose: string; readonly text: string };
	/** The person's edit of a text that was not written yet. */
	readonly edited?: { readonly from: string; readonly text: string };
}

export function noKeptTexts(): KeptTexts {
	return { edits: new Map(), newAgent: {}, drafting: undefined };
}
