import { Document, Scalar } from "yaml";
import { type AgentDefinition, BUILTIN_TOOLS } from "../domain/agent-definition.ts";

/** What a new agent file is to say, each as a person would write it after its key; `""` leaves the key out. */
export interface AgentDraft {
	readonly description: string;
	readonly tools: string;
	readonly model: string;
	readonly thinking: string;
	readonly promptMode?: AgentDefinition["promptMode"];
	readonly instructions: string;
}

/** Blanks and empty lines around description and instructions are dropped, and line ends are those of Unix. */
export function agentFileText(draft: AgentDraft): string {
	return fileText(draft, {});
}

const PINNED = " in a file it is fixed: a call cannot name another, as it can for the built-in agent";

/** A built-in agent as the file that says the same. */
export function ejectedText(definition: AgentDefinition): string {
	const { description, tools, model, thinking = "", promptMode, instructions } = definition;
	const draft: AgentDraft = {
		description,
		tools: tools.length === BUILTIN_TOOLS.length ? "" : tools.join(", ") || "none",
		model: model?.queries.join(", ") ?? "",
		thinking,
		promptMode,
		instructions,
	};
	return fileText(draft, model?.strength === "preferred" ? { model: PINNED } : {});
}

/** There is front matter even without a key, for instructions may begin with what looks like one. */
function fileText(draft: AgentDraft, remarks: Readonly<Record<string, string>>): string {
	const { description, tools, model, thinking, promptMode, instructions } = draft;
	const mode = promptMode === "replace" ? promptMode : "";
	const values = { description: unixText(description), tools, model, thinking, prompt_mode: mode };
	const said = Object.entries(values).filter(([, text]) => text.trim() !== "");
	const matter = new Document({});
	for (const [key, value] of said) {
		const scalar = new Scalar(value.trim());
		scalar.comment = remarks[key];
		matter.set(key, scalar);
	}
	const keys = said.length > 0 ? matter.toString({ lineWidth: 0 }) : "";
	const body = unixText(instructions);
	return `---\n${keys}---\n${body === "" ? "" : `\n${body}\n`}`;
}

function unixText(text: string): string {
	return text.replace(/\r\n?/g, "\n").trim();
}
