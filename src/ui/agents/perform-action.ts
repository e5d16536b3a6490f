import { isActive } from "../../domain/condition.ts";
import { isLive } from "../../domain/subagent-state.ts";
import { formatCount } from "../../format/figures.ts";
import { reportText } from "../../format/outcome-text.ts";
import { shownValue } from "../../platform/describe.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import { subagentName } from "../components/subagent-line.ts";
import type { SessionDialogs } from "../dialogs/dialogs.ts";
import type { Answer, SubagentCommands, SubagentSnapshot } from "../subagent-commands.ts";
import { type AgentsRequest, type OneWord, SHAPES } from "./command-parser.ts";
import { isFit, type SubagentAction } from "./subagent-actions.ts";

/** What the actions on subagents need. */
export interface ActionParts {
	readonly dialogs: SessionDialogs;
	readonly commands: SubagentCommands;
	readonly showTranscript: (snapshot: SubagentSnapshot) => Promise<void>;
	/** To the clipboard; rejects where there is none. */
	readonly copy: (text: string) => Promise<void>;
	/** Epoch milliseconds. */
	readonly clock: () => number;
}

/** Asks for what is missing, performs the action, and shows the outcome. */
export async function performAction(action: SubagentAction, id: string, parts: ActionParts): Promise<void> {
	const { commands, dialogs } = parts;
	const snapshot = commands.find(id);
	if (!snapshot) return dialogs.tell(`There is no subagent ${id} in this session any more.`, "warning");
	switch (action) {
		case "transcript":
			return parts.showTranscript(snapshot);
		case "steer":
			return askAndSteer(snapshot, parts);
		case "stop":
			return tellAnswer(commands.stop(id), dialogs);
		case "resume":
			return askAndResume(snapshot, parts);
		case "copy":
			return copyResult(snapshot, parts);
		case "discard":
			return confirmAndDiscard(snapshot, parts);
		case "dismiss":
			return tellAnswer(commands.dismiss(id), dialogs);
		default:
			return action satisfies never;
	}
}

/** Asks first: they may be many, and some may be near their end. */
export async function stopAll({ commands, dialogs }: Pick<ActionParts, "commands" | "dialogs">): Promise<void> {
	const count = inBackground(commands.list());
	const message = `${formatCount(count, "subagent")} ${count === 1 ? "is" : "are"} running or queued in the background.`;
	if (count > 0 && !(await dialogs.confirm("Stop all?", message))) return;
	tellAnswer(commands.stopAll(), dialogs);
}

async function confirmAndDiscard(
	snapshot: SubagentSnapshot,
	{ commands, dialogs }: Pick<ActionParts, "commands" | "dialogs">,
): Promise<void> {
	if (!isFit("discard", snapshot)) return tellAnswer(commands.discard(snapshot.record.id), dialogs); // it says why not
	const message = `${subagentName(snapshot)} will not be resumed and leaves the list. Its transcript stays.`;
	if (await dialogs.confirm("Discard it?", message)) tellAnswer(commands.discard(snapshot.record.id), dialogs);
}

/** The number of subagents that `stopAll` would stop. */
export function inBackground(snapshots: readonly SubagentSnapshot[]): number {
	const isMeant = ({ record, condition }: SubagentSnapshot) => record.isBackground && isActive(condition);
	return snapshots.filter(isMeant).length;
}

/** The full result under a header of figures. */
function resultText({ record, ...more }: SubagentSnapshot, now: number): string {
	return reportText(record, { ...more, now, conversation: undefined });
}

export function tellAnswer(answer: Answer, dialogs: Pick<SessionDialogs, "tell">): void {
	if (answer.kind === "done") dialogs.tell(answer.text, "info");
	else dialogs.tell(answer.reason, "error");
}

async function askAndSteer(snapshot: SubagentSnapshot, { commands, dialogs }: ActionParts): Promise<void> {
	const message = await dialogs.ask(`Steer ${subagentName(snapshot)}\nIt reads this before its next step.`);
	if (message === undefined || message.trim() === "") return;
	tellAnswer(await commands.steer(snapshot.record.id, message.trim()), dialogs);
}

async function askAndResume(snapshot: SubagentSnapshot, { commands, dialogs }: ActionParts): Promise<void> {
	const { record, condition } = snapshot;
	if (condition.kind === "suspended") return tellAnswer(commands.resume(record.id, ""), dialogs);
	const title = `Resume ${subagentName(snapshot)}\nNext task; leave it empty to continue with the current one.`;
	const prompt = await dialogs.ask(title);
	if (prompt !== undefined) tellAnswer(commands.resume(record.id, prompt.trim()), dialogs);
}

async function copyResult(snapshot: SubagentSnapshot, { dialogs, copy, clock }: ActionParts): Promise<void> {
	const { result } = snapshot.record;
	const name = subagentName(snapshot);
	if (result === undefined)
		return dialogs.tell(`${name} has no result to copy; it is ${snapshot.record.status}.`, "error");
	if (!(await dialogs.isTerminal())) return dialogs.read(`Result of ${name}`, resultText(snapshot, clock()));
	try {
		await copy(result);
		dialogs.tell(`The result of ${name} is on the clipboard.`, "info");
	} catch (error) {
		dialogs.tell(`Not copied: ${reasonOf(error)}. /agents result ${snapshot.record.id} shows it.`, "error");
	}
}

/** Performs a typed command on one subagent. It asks for nothing that was not typed. */
export async function performWord(
	{ word, target, text }: AgentsRequest & { kind: "one" },
	parts: ActionParts,
): Promise<void> {
	const { commands, dialogs } = parts;
	const found = findTarget(commands, word, target);
	if (found.kind === "unclear") return dialogs.tell(found.message, "error");
	const { snapshot } = found;
	const { id } = snapshot.record;
	switch (word) {
		case "stop":
			return tellAnswer(commands.stop(id), dialogs);
		case "steer":
			return tellAnswer(await commands.steer(id, text), dialogs);
		case "resume":
			return tellAnswer(commands.resume(id, text), dialogs);
		case "discard":
			return confirmAndDiscard(snapshot, parts);
		case "dismiss":
			return tellAnswer(commands.dismiss(id), dialogs);
		case "result":
			return showResult(snapshot, parts);
		case "transcript":
			return parts.showTranscript(snapshot);
		default:
			return word satisfies never;
	}
}

async function showResult(snapshot: SubagentSnapshot, { dialogs, clock }: ActionParts): Promise<void> {
	const { status } = snapshot.record;
	const name = subagentName(snapshot);
	if (isLive(status)) return dialogs.tell(`${name} is ${status}; it has no result before it ends.`, "error");
	await dialogs.read(`Result of ${name}`, resultText(snapshot, clock()));
}

/** `unclear`: the message says what is wrong with the id and lists valid ones. */
export type Target =
	| { readonly kind: "found"; readonly snapshot: SubagentSnapshot }
	| { readonly kind: "unclear"; readonly message: string };

/** Stands for the newest subagent where an id is asked for. */
const LATEST = "latest";

const SHOWN = 8;
const NONE = "There is no subagent in this session.";

/** @param typed a whole id, the beginning of exactly one, or `latest` */
export function findTarget(commands: Pick<SubagentCommands, "list" | "find">, word: OneWord, typed: string): Target {
	const all = commands.list();
	const isLatest = typed.toLowerCase() === LATEST;
	if (all.length === 0 && (typed === "" || isLatest)) return { kind: "unclear", message: NONE };
	if (typed === "") return unclear(`Usage: /agents ${SHAPES[word]}`, fitFor(word, all));
	const whole = isLatest ? all[0] : commands.find(typed);
	if (whole) return { kind: "found", snapshot: whole };
	const begun = all.filter(({ record }) => record.id.startsWith(typed));
	const [only] = begun;
	if (only && begun.length === 1) return { kind: "found", snapshot: only };
	if (only) return unclear(`${shownValue(typed)} is the start of several ids`, begun);
	return unclear(`No subagent id starts with ${shownValue(typed)}`, fitFor(word, all));
}

/** The subagents that the command applies to; all of them when it applies to none. */
function fitFor(word: OneWord, all: readonly SubagentSnapshot[]): readonly SubagentSnapshot[] {
	const fit = all.filter((snapshot) => isFit(word, snapshot));
	return fit.length > 0 ? fit : all;
}

function unclear(reason: string, known: readonly SubagentSnapshot[]): Target {
	if (known.length === 0) return { kind: "unclear", message: `${reason}. ${NONE}` };
	const lines = known.slice(0, SHOWN).map((snapshot) => {
		return `${snapshot.record.id} ${subagentName(snapshot)} ${snapshot.record.status}`;
	});
	const more = known.length > SHOWN ? [`and ${known.length - SHOWN} more`] : [];
	const message = [`${reason}. Subagents, newest first:`, ...lines, ...more].join("\n");
	return { kind: "unclear", message };
}
