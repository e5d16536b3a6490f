import type { Context } from "@mariozechner/pi-ai";

/** What a rule sees of a model call: the person's last message, and what the tools have said since. */
export interface Conversation {
	readonly toolNames: readonly string[];
	readonly question: string;
	readonly results: readonly ToolResult[];
}

export interface ToolResult {
	readonly tool: string;
	readonly arguments: Readonly<Record<string, unknown>>;
	readonly text: string;
	readonly isError: boolean;
}

/** What a rule answers with. */
export type Reply =
	| { readonly kind: "text"; readonly text: string }
	| { readonly kind: "call"; readonly tool: string; readonly arguments: Record<string, string | number> };

export const say = (text: string): Reply => ({ kind: "text", text });

/** The parts of a message that matter here; the newer host also has system messages, which its types here do not know. */
interface Message {
	readonly role: string;
	readonly content: string | readonly Part[];
	readonly toolCallId?: string;
	readonly toolName?: string;
	readonly isError?: boolean;
	readonly toolsAdded?: readonly { name: string }[];
}

interface Part {
	readonly type: string;
	readonly text?: string;
	readonly id?: string;
	readonly arguments?: Record<string, unknown>;
}

export function readConversation(context: Context): Conversation {
	const messages = context.messages as unknown as readonly Message[];
	const asked = messages.findLastIndex((message) => message.role === "user");
	const sinceThen = messages.slice(asked + 1);
	const calls = sinceThen.flatMap((message) => (typeof message.content === "string" ? [] : message.content));
	return {
		toolNames: context.tools?.map((tool) => tool.name) ?? announcedTools(messages),
		question: textOf(messages[asked]).trim(),
		results: sinceThen
			.filter((message) => message.role === "toolResult")
			.map((message) => ({
				tool: message.toolName ?? "",
				arguments: calls.find((call) => call.id === message.toolCallId)?.arguments ?? {},
				text: textOf(message),
				isError: message.isError ?? false,
			})),
	};
}

/** The newer host says in system messages which tools there are. */
function announcedTools(messages: readonly Message[]): string[] {
	return messages.flatMap((message) => message.toolsAdded ?? []).map((tool) => tool.name);
}

function textOf(message: Message | undefined): string {
	if (!message) return "";
	if (typeof message.content === "string") return message.content;
	return message.content.map((part) => part.text ?? "").join("");
}
