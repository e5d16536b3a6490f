import {
	type AssistantMessage,
	type Context,
	fauxAssistantMessage,
	fauxText,
	fauxToolCall,
	getApiProvider,
	registerFauxProvider,
} from "@mariozechner/pi-ai";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";

/** As many model calls as may begin in the same moment, parent and subagents together. */
const SPARE_STEPS = 64;

/**
 * A pi extension: models `faux/faux-1` and `faux/faux-haiku` that do what the last message tells them to. The message may
 * have many lines; the last one that begins with one of the words of `DIRECTIVES` counts. Any other message is echoed as
 * `[role] text`, so a tool's result comes back as `[toolResult] ...`. `FAUX_TPS` sets the tokens per second.
 */
export default function scriptedModel(pi: ExtensionAPI): void {
	const tokensPerSecond = Number(process.env.FAUX_TPS) || undefined;
	const faux = registerFauxProvider({
		provider: "faux",
		// A fixed name: subagents load this file again, and a name of its own for each load would pile up in the process.
		api: "faux-scripted",
		models: [
			{ id: "faux-1", name: "Faux One" },
			{ id: "faux-haiku", name: "Faux Haiku" },
		],
		...(tokensPerSecond && { tokensPerSecond }),
	});
	const step = (context: Context, options: unknown): AssistantMessage | Promise<AssistantMessage> => {
		faux.appendResponses([step]);
		return answer(readSituation(context, options));
	};
	faux.setResponses(Array.from({ length: SPARE_STEPS }, () => step));
	pi.registerProvider("faux", {
		baseUrl: "http://localhost:0",
		apiKey: "k",
		api: faux.api,
		streamSimple: getApiProvider(faux.api)?.streamSimple,
		models: faux.models,
	});
}

interface Situation {
	/** Everything since the message that gives the directive: tool results, and words to wrap up. */
	readonly since: readonly Message[];
	readonly word: string;
	readonly rest: string;
	readonly signal: AbortSignal | undefined;
}

interface Message {
	readonly role: string;
	readonly text: string;
}

type Directive = (situation: Situation) => AssistantMessage | Promise<AssistantMessage>;

const DIRECTIVES: Readonly<Record<string, Directive>> = {
	/** `call <tool> <json>`: one tool call, then what came back. */
	call: ({ rest, since }) => {
		const [, name = "", json = "{}"] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
		return echo(since) ?? callTools([{ name, arguments: JSON.parse(json) }]);
	},
	/** `calls [{"name", "arguments"}, ...]`: several tool calls in one message, then what came back. */
	calls: ({ rest, since }) => echo(since) ?? callTools(JSON.parse(rest)),
	/** `bash <command>`: runs it, then repeats its output. */
	bash: ({ rest, since }) => echo(since) ?? callTools([bash(rest)]),
	/** `break <command>`: runs it, then the provider fails. */
	break: ({ rest, since }) => (since.length > 0 ? failure("it broke") : callTools([bash(rest)])),
	/** `long <n>`: n characters. */
	long: ({ rest }) => fauxAssistantMessage("w".repeat(Number(rest))),
	/** `loop <text>`: calls tools for ever, whatever it hears. */
	loop: (situation) => anotherTurn(situation),
	/** `obey <text>`: calls tools until it is asked to wrap up. */
	obey: (situation) => (situation.since.some(isWrapUp) ? fauxAssistantMessage("wrapped up") : anotherTurn(situation)),
	/** `sleep <ms> <text>`: thinks for so long, then answers. */
	sleep: async ({ rest, signal }) => {
		const [, ms, text = ""] = /^(\d+)\s*(.*)$/s.exec(rest) ?? [];
		await pause(Number(ms), signal);
		return fauxAssistantMessage(text);
	},
	/** `error <message>`: the provider fails with it. */
	error: ({ rest }) => failure(rest),
};

/** A line that tells what to do: one of the words above, then its operands. */
const DIRECTIVE_LINE = new RegExp(`^(${Object.keys(DIRECTIVES).join("|")}) (.*)$`);

function answer(situation: Situation): AssistantMessage | Promise<AssistantMessage> {
	const directive = DIRECTIVES[situation.word];
	return directive?.(situation) ?? echo(situation.since) ?? fauxAssistantMessage(`[user] ${situation.rest}`);
}

function readSituation(context: Context, options: unknown): Situation {
	const messages = spokenMessages(context);
	const told = messages.findLastIndex((message) => message.role === "user" && !isWrapUp(message));
	const text = messages[told]?.text ?? "";
	const line = text.split("\n").findLast((candidate) => DIRECTIVE_LINE.test(candidate));
	const [, word = "", rest = text] = (line && DIRECTIVE_LINE.exec(line)) || [];
	const { signal } = (options ?? {}) as { signal?: AbortSignal };
	return { since: messages.slice(told + 1), word, rest, signal };
}

/** The newer host puts its system prompt among the messages. */
function spokenMessages(context: Context): Message[] {
	const messages = context.messages as unknown as { role: string; content: string | { text?: string }[] }[];
	return messages
		.filter((message) => message.role !== "system")
		.map(({ role, content }) => ({
			role,
			text: typeof content === "string" ? content : content.map((part) => part.text ?? "").join(""),
		}))
		.filter(({ text }) => !text.startsWith("<subagent_roster>")); // for real models; it says nothing to do
}

function isWrapUp({ role, text }: Message): boolean {
	return role === "user" && text.includes("turn limit");
}

/** All results that came after the last word of the model; absent before the first. */
function echo(since: readonly Message[]): AssistantMessage | undefined {
	const spoke = since.findLastIndex((message) => message.role === "assistant");
	const heard = since.slice(spoke + 1).map((message) => `[${message.role}] ${message.text}`);
	return heard.length > 0 ? fauxAssistantMessage(heard.join("\n")) : undefined;
}

function anotherTurn({ rest, since }: Situation): AssistantMessage {
	const turn = since.filter((message) => message.role === "assistant").length + 1;
	return callTools([bash(`true ${turn}`)], `${rest} ${turn}`); // the same call each time would be a loop that is stopped
}

interface Call {
	readonly name: string;
	readonly arguments: Record<string, string | number | boolean>;
}

function failure(errorMessage: string): AssistantMessage {
	return fauxAssistantMessage("", { stopReason: "error", errorMessage });
}

function bash(command: string): Call {
	return { name: "bash", arguments: { command } };
}

function callTools(calls: readonly Call[], words?: string): AssistantMessage {
	const parts = calls.map((call) => fauxToolCall(call.name, call.arguments));
	return fauxAssistantMessage(words === undefined ? parts : [fauxText(words), ...parts], { stopReason: "toolUse" });
}

/** Ends early when the run is aborted; the provider notices the abort itself. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		signal?.addEventListener("abort", () => {
			clearTimeout(timer);
			resolve();
		});
	});
}
