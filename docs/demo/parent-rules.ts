import { execFileSync } from "node:child_process";
import {
	type Conversation,
	type Message,
	type PlannedCall,
	type Reply,
	type RosterLine,
	say,
	type ToolResult,
	toolResults,
} from "./conversation.ts";
import { searchWords } from "./search-words.ts";
import { FIX_CALL, REVIEW_CALLS, SENTENCES } from "./story.ts";

const HELP = `I am demo-1: a script instead of a language model, so that pi-crew can be tried without a key and without a network. I know these sentences, in this or similar words:

${Object.values(SENTENCES)
	.map((sentence) => `- ${sentence}`)
	.join("\n")}

I also hand a question about the files here to an Explore subagent, if it names something that is in them: "Where is rounded?"`;

const NOTIFICATION = /<task-notification>/;

/**
 * The parent's whole mind: do what the person asks for, then say what came of it. A notification is only ever answered in
 * words, whatever is in it.
 */
export function actAsParent(conversation: Conversation): Reply {
	const { messages } = conversation;
	const asked = messages.findLastIndex((message) => message.role === "user" && !NOTIFICATION.test(message.text));
	const told = messages.findLastIndex((message) => message.role === "user" && NOTIFICATION.test(message.text));
	const results = toolResults(messages.slice(asked + 1));
	const isAnswered = messages.slice(asked + 1).some((message) => message.role === "assistant" && message.text !== "");
	if (told > asked && (isAnswered || results.length === 0)) return say(onNotification(messages[told], conversation));
	if (results.length > 0) return say(onResults(results));
	const request = (messages[asked]?.text ?? "").trim();
	const known = INTENTS.find(({ isMeant }) => isMeant(request));
	return known?.act(request, conversation) ?? say(HELP);
}

interface Intent {
	isMeant(request: string): boolean;
	/** @returns undefined where the sentence cannot be followed after all */
	act(request: string, conversation: Conversation): Reply | undefined;
}

/** The first that fits counts. */
const INTENTS: readonly Intent[] = [
	{
		isMeant: (request) => /^(tell|ask|steer|message)\b.+?\bto\s+\S/is.test(request),
		act: messageToReviewer,
	},
	{
		isMeant: (request) =>
			/\b(subagents?|agents|reviewers?|background)\b/i.test(request) && /\b(review|look at|check)\b/i.test(request),
		act: () => ({ text: "I start one reviewer for each file.", calls: REVIEW_CALLS }),
	},
	{
		isMeant: (request) =>
			/\bfixer\b/i.test(request) ||
			(/\b(worktree|branch)\b/i.test(request) && /\b(fix|limit|repair|change)\b/i.test(request)),
		act: () => ({ calls: [FIX_CALL] }),
	},
	{
		isMeant: (request) =>
			/\b(find|found|findings?|results?|back|status|news)\b/i.test(request) &&
			/\b(they|reviewers?|reviews?|subagents?|results?|findings)\b/i.test(request),
		act: findings,
	},
	{ isMeant: () => true, act: explore },
];

interface Started {
	readonly id: string;
	readonly description: string;
}

/** The background subagents of this conversation, the newest last, each once. */
function reviewers({ messages }: Conversation): Started[] {
	const started = toolResults(messages).flatMap((result) => {
		const id = result.tool === "subagent" ? /^Agent ID: (\S+)$/m.exec(result.text)?.[1] : undefined;
		return id === undefined ? [] : [{ id, description: String(result.arguments.description) }];
	});
	return started.filter(({ id }, index) => started.findIndex((other) => other.id === id) === index);
}

const NONE_YET = say(`No reviewer has been started yet. Say this first:\n\n- ${SENTENCES.review}`);

/** A running one is steered, one that has ended is resumed. */
function messageToReviewer(request: string, conversation: Conversation): Reply {
	const [, whom = "", message = ""] = /^\w+\s+(.*?)\bto\s+(.*)$/is.exec(request) ?? [];
	const all = reviewers(conversation);
	const [, name = ""] = /\b(cart|money|routes)\b/i.exec(whom) ?? [];
	const chosen =
		all.findLast(({ description }) => name !== "" && description.includes(name.toLowerCase())) ?? all.at(-1);
	if (!chosen) return NONE_YET;
	const live = conversation.roster.find(({ id, status }) => id === chosen.id && isLive(status));
	const call: PlannedCall = live
		? { tool: "steer_subagent", arguments: { agent_id: chosen.id, message } }
		: {
				tool: "subagent",
				arguments: {
					subagent_type: "reviewer",
					description: chosen.description,
					prompt: message,
					resume: chosen.id,
					run_in_background: true,
				},
			};
	return { calls: [call] };
}

function isLive(status: RosterLine["status"]): boolean {
	return status === "running" || status === "queued";
}

function findings(_request: string, conversation: Conversation): Reply {
	const latest = reviewers(conversation).slice(-REVIEW_CALLS.length);
	if (latest.length === 0) return NONE_YET;
	return { calls: latest.map(({ id }) => ({ tool: "get_subagent_result", arguments: { agent_id: id } })) };
}

/** Only for words that are in the files; anything else is answered with the sentences that are known. */
function explore(request: string): Reply | undefined {
	const prompt = request.replace(/^(please\s+)?(let|have|ask)\s+\S+\s+(find out\s+)?/i, "");
	const word = searchWords(prompt).find(isInFiles);
	if (word === undefined) return undefined;
	const description = `Find out about ${word}`.slice(0, 60);
	return { calls: [{ tool: "subagent", arguments: { subagent_type: "Explore", description, prompt } }] };
}

function isInFiles(word: string): boolean {
	try {
		execFileSync("git", ["grep", "-qiIF", "--no-index", "--exclude-standard", "-e", word], { stdio: "ignore" });
		return true;
	} catch {
		return false; // not found, or no git
	}
}

function onResults(results: readonly ToolResult[]): string {
	const failed = results.filter(({ isError }) => isError);
	if (failed.length > 0) return failed.map(({ text }) => text).join("\n\n");
	const background = results.filter(({ tool, text }) => tool === "subagent" && /^Agent ID: /m.test(text));
	if (background.length > 1)
		return `${background.length} subagents are running in the background. I continue as soon as they have finished; press Alt+A to watch them.`;
	return results.map(onResult).join("\n\n");
}

function onResult({ tool, arguments: args, text }: ToolResult): string {
	if (tool === "steer_subagent") return "I passed that on. The reviewer reads it before its next step.";
	if (tool === "get_subagent_result") return reportOf(text);
	if (args.resume !== undefined)
		return "That reviewer had ended, so I resumed it with your request, in the background.";
	const [figures = ""] = text.split("\n", 1);
	const [, branch] = /git merge (pi-agent-[\w-]+)/.exec(text) ?? [];
	const result = bodyOf(text);
	if (branch === undefined) return `${withoutPlace(figures)}\n\n${result}`;
	return `${result}\n\nYour own files are as they were. See the change: git diff main ${branch}`;
}

/** The demo's transcripts are gone when a person could open them. */
function withoutPlace(figures: string): string {
	return figures.replace(/ · transcript \S+/, "");
}

function reportOf(text: string): string {
	const of = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1] ?? "";
	const status = of("Status");
	return isLive(status)
		? `${of("Description")}: still ${status}.`
		: `${of("Description")} (${status}):\n${bodyOf(text)}`;
}

/** What follows the lines of figures. */
function bodyOf(text: string): string {
	const blank = text.indexOf("\n\n");
	return blank < 0 ? text : text.slice(blank).trim();
}

function onNotification(message: Message | undefined, { roster, messages }: Conversation): string {
	const blocks = [...(message?.text ?? "").matchAll(/<task-notification>([\s\S]*?)<\/task-notification>/g)];
	const ended = blocks.map(([, block = ""]) => endedText(block));
	const live = roster.filter(({ status }) => isLive(status)).length;
	const rest =
		live > 0
			? `${live} still running; I wait for ${live === 1 ? "it" : "them"} before I change anything.`
			: `All subagents have ended. Next you could say: ${unsaid(messages)}`;
	return [...ended, rest].join("\n");
}

/** A sentence that was not said yet, as it is written; the last one where all were. */
function unsaid(messages: readonly Message[]): string {
	const { findings: first, fix: second, explore: third } = SENTENCES;
	return [first, second, third].find((sentence) => !messages.some(({ text }) => text === sentence)) ?? first;
}

function endedText(block: string): string {
	const value = (tag: string) => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(block)?.[1] ?? "";
	const [, description = "A subagent"] = /&quot;(.*?)&quot;/.exec(value("summary")) ?? [];
	const status = value("status");
	const [first = ""] = plain(value("result")).split("\n");
	if (status === "completed" || status === "steered") return `${plain(description)} has ended: ${first}`;
	return `${plain(description)} ended as ${status}. You can resume it: Alt+A, then r.`;
}

function plain(xml: string): string {
	const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
	return xml.replace(/&(lt|gt|quot|apos|amp);/g, (_all, name: string) => ENTITIES[name] ?? "");
}
