import { type Conversation, type Message, type Reply, say, toolResults } from "./conversation.ts";
import { exploreRepository } from "./explore-rules.ts";
import { searchWords } from "./search-words.ts";
import { ROLES, type Role } from "./story.ts";

/** What pi-crew says to a subagent at its turn limit, and when it is resumed after pi was killed. */
const WRAP_UP = /reached your turn limit/;
const CONTINUE = /^you were interrupted|^(please )?(continue|carry on|proceed|go ahead|resume)\b/i;
/** Whoever drafts an agent file. */
const DRAFT = /^Write the agent file (\S+)\.md\.[\s\S]*?\n\n([\s\S]*)/;

/**
 * A subagent's whole mind: it plays its part of the story, and answers what it is asked meanwhile or afterwards. Everything
 * it knows is in the conversation, so a resume continues where the run ended.
 */
export function actAsSubagent({ messages }: Conversation): Reply {
	const users = messages.filter((message) => message.role === "user").map(({ text }) => text);
	const task = users[0] ?? "";
	const role = ROLES.find((one) => task.includes(one.task));
	if (role) return play(role, messages);
	const [, name, purpose = ""] = DRAFT.exec(task) ?? [];
	if (name !== undefined) return say(draft(purpose));
	if (WRAP_UP.test(users.at(-1) ?? "")) return say("I reached my turn limit before I found anything to quote.");
	const asked = messages.findLastIndex((message) => message.role === "user" && !CONTINUE.test(message.text));
	const question = messages[asked]?.text ?? "";
	return exploreRepository(question, toolResults(messages.slice(asked + 1)));
}

/** A message that came after the task: a steer, or a resume's prompt. */
interface Request {
	readonly text: string;
	/** Where it is in the conversation. */
	readonly at: number;
}

function play(role: Role, messages: readonly Message[]): Reply {
	const [, ...later] = messages.flatMap(({ role: from, text }, at) => (from === "user" ? [{ text, at }] : []));
	const last = later.at(-1);
	const lastAnswer = messages.findLastIndex(isAnswer);
	const requests = later.filter(({ text, at }) => at > lastAnswer && !WRAP_UP.test(text) && !CONTINUE.test(text));
	const open = requests.find((request) => lookFor(request, messages) === undefined && searchWords(request.text)[0]);
	const isAtLimit = last !== undefined && last.at > lastAnswer && WRAP_UP.test(last.text);
	if (isAtLimit)
		return { ...role.result, text: finalText(role, requests, { messages, isFirst: lastAnswer < 0 }), seconds: 1 };
	if (open) return lookInto(open);
	const step = nextStep(messages);
	const planned = lastAnswer < 0 ? role.steps[step] : undefined;
	if (planned) return { ...planned, calls: planned.calls?.map((call) => ({ ...call, name: `step-${step}-` })) ?? [] };
	return { ...role.result, text: finalText(role, requests, { messages, isFirst: lastAnswer < 0 }) };
}

function isAnswer(message: Message): boolean {
	return message.role === "assistant" && message.isWhole && message.calls.length === 0 && message.text !== "";
}

/** A step whose tool failed or was interrupted is taken again. */
function nextStep(messages: readonly Message[]): number {
	const done = toolResults(messages).filter(({ isError }) => !isError);
	return Math.max(-1, ...done.map(({ id }) => Number(/^step-(\d+)-/.exec(id)?.[1] ?? -1))) + 1;
}

function lookInto({ text, at }: Request): Reply {
	const words = searchWords(text).slice(0, 3).join("|");
	return {
		text: `You also ask: ${quoted(text)} I look for that next.`,
		calls: [
			{ tool: "bash", name: `asked-${at}-`, arguments: { command: `grep -rnwiE '(${words})[a-z]*' src | head -n 5` } },
		],
		seconds: 2,
	};
}

/** What it has found for a request; undefined when it has not looked yet. */
function lookFor({ at }: Request, messages: readonly Message[]): string | undefined {
	return toolResults(messages).find(({ id, isError }) => !isError && id.startsWith(`asked-${at}-`))?.text;
}

function finalText(
	role: Role,
	requests: readonly Request[],
	{ messages, isFirst }: { messages: readonly Message[]; isFirst: boolean },
): string {
	const answers = requests.map((request) => {
		const scripted = role.asked?.find(({ about }) => about.test(request.text))?.finding;
		const lines = lookFor(request, messages)?.trim();
		const found = lines?.includes(":") ? `These lines are about it:\n${lines}` : "I found no line about it.";
		return `You also asked: ${quoted(request.text)} ${scripted ?? found}`;
	});
	if (isFirst || answers.length === 0) return [role.result.text, ...answers].join("\n\n");
	return [...answers, `The rest is as before:\n${role.result.text}`].join("\n\n");
}

function quoted(request: string): string {
	const text = request.trim();
	return `“${text.length > 80 ? `${text.slice(0, 79)}…` : text}”`;
}

function draft(purpose: string): string {
	const description = purpose.trim().split("\n")[0] ?? "";
	return `<agent_file>
---
description: ${JSON.stringify(description)}
tools: read, grep, find
---

You do one thing: ${description}
Answer in a few sentences, with file and line for everything you name.
</agent_file>`;
}
