import type { Context } from "@mariozechner/pi-ai";

/** A model call as the rules see it. */
export interface Conversation {
	readonly toolNames: readonly string[];
	readonly messages: readonly Message[];
	/** The subagents that the last line of a parent's model call lists; empty where it lists none. */
	readonly roster: readonly RosterLine[];
}

export type Message =
	| { readonly role: "user"; readonly text: string }
	| { readonly role: "assistant"; readonly text: string; readonly calls: readonly Call[]; readonly isWhole: boolean }
	| { readonly role: "toolResult"; readonly id: string; readonly text: string; readonly isError: boolean };

export interface Call {
	readonly id: string;
	readonly tool: string;
	readonly arguments: Readonly<Record<string, unknown>>;
}

export interface RosterLine {
	readonly id: string;
	readonly description: string;
	readonly status: string;
}

export interface ToolResult extends Call {
	readonly text: string;
	readonly isError: boolean;
}

/** What a rule answers with. */
export interface Reply {
	readonly text?: string;
	readonly calls?: readonly PlannedCall[];
	/** How long it takes a model to think of it. @default 1 */
	readonly seconds?: number;
	/** The name of a file that it waits for instead, where pictures are taken. */
	readonly hold?: string;
}

export interface PlannedCall {
	readonly tool: string;
	readonly arguments: Readonly<Record<string, unknown>>;
	/** What the call is to be known by later; unique within a reply. */
	readonly name?: string;
}

export const say = (text: string): Reply => ({ text });

/** The parts of a message that matter here; the newer host also has system messages, which its types here do not know. */
interface HostMessage {
	readonly role: string;
	readonly content: string | readonly HostPart[];
	readonly stopReason?: string;
	readonly toolCallId?: string;
	readonly isError?: boolean;
	readonly toolsAdded?: readonly { name: string }[];
}

interface HostPart {
	readonly type: string;
	readonly text?: string;
	readonly id?: string;
	readonly name?: string;
	readonly arguments?: Record<string, unknown>;
}

const ROSTER = /<subagent_roster>/;

export function readConversation(context: Context): Conversation {
	const all = context.messages as unknown as readonly HostMessage[];
	const messages = all.flatMap((message) => readMessage(message));
	const isRoster = (message: Message) => message.role === "user" && ROSTER.test(message.text);
	const roster = messages.findLast(isRoster);
	return {
		toolNames: context.tools?.map((tool) => tool.name) ?? announcedTools(all),
		messages: messages.filter((message) => !isRoster(message)),
		roster: roster ? rosterLines(roster.text) : [],
	};
}

/** The newer host says in system messages which tools there are. */
function announcedTools(messages: readonly HostMessage[]): string[] {
	return messages.flatMap((message) => message.toolsAdded ?? []).map((tool) => tool.name);
}

function readMessage(message: HostMessage): Message[] {
	const { role, stopReason, toolCallId = "", isError = false } = message;
	const parts = typeof message.content === "string" ? [] : message.content;
	const text = typeof message.content === "string" ? message.content : parts.map((part) => part.text ?? "").join("");
	const calls = parts
		.filter(({ type }) => type === "toolCall")
		.map(({ id = "", name = "", arguments: args = {} }) => ({ id, tool: name, arguments: args }));
	if (role === "user") return [{ role, text: text.trim() }];
	if (role === "toolResult") return [{ role, id: toolCallId, text, isError }];
	if (role !== "assistant") return [];
	return [{ role, text, calls, isWhole: stopReason !== "aborted" && stopReason !== "error" }];
}

function rosterLines(text: string): RosterLine[] {
	const lines = text.matchAll(/^(\S+) .*?"([^"]*)" (\w+)/gm);
	return [...lines].map(([, id = "", description = "", status = ""]) => ({ id, description, status }));
}

/** What the tools said, each with its call; the oldest first. */
export function toolResults(messages: readonly Message[]): ToolResult[] {
	const calls = messages.flatMap((message) => (message.role === "assistant" ? message.calls : []));
	return messages.flatMap((message) => {
		if (message.role !== "toolResult") return [];
		const call = calls.find(({ id }) => id === message.id) ?? { id: message.id, tool: "", arguments: {} };
		return [{ ...call, text: message.text, isError: message.isError }];
	});
}
