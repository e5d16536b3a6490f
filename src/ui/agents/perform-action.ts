import { isActive } from "../../domain/condition.ts";
import { isLive } from "../../domain/subagent-state.ts";
import { formatCount, shortId } from "../../format/figures.ts";
import { reportText } from "../../format/outcome-text.ts";
import { shownValue } from "../../platform/describe.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import { subagentName } from "../components/subagent-line.ts";
import type { SessionDialogs } from "../dialogs/dialogs.ts";
import type { Answer, SubagentCommands, SubagentSnapshot } from "../subagent-commands.ts";
import { type AgentsRequest, type OneWord, usage } from "./command-parser.ts";
import { isFit, type SubagentAction, stopLoss } from "./subagent-actions.ts";

/** What the actions on subagents need. */
export interface ActionParts {
	readonly dialogs: SessionDialogs;
	readonly commands: SubagentCommands;
	readonly showTranscript: (snapshot: SubagentSnapshot) => Promise<void>;
	/** Closes every screen that was opened from here. */
	readonly closeAll: () => void;
	/** To the clipboard; rejects where there is none. */
	readonly copy: (text: string) => Promise<void>;
	/** Epoch milliseconds. */
	readonly clock: () => number;
}

/** Asks for what is missing and before work is lost, does it, and says what came of it. */
export async function performAction(action: SubagentAction, id: string, parts: ActionParts): Promise<void> {
	const { commands, dialogs } = parts;
	const snapshot = commands.find(id);
	if (!snapshot) return dialogs.tell(`There is no subagent ${shortId(id)} in this session any more.`, "warning");
	switch (action) {
		case "transcript":
			return parts.showTranscript(snapshot);
		case "steer":
			return askAndSteer(snapshot, parts);
		case "background":
			return tellAnswer(commands.detach(id), dialogs);
		case "stop":
			return confirmAndStop(snapshot, parts);
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

/** One that is queued has done nothing yet. */
async function confirmAndStop(
	snapshot: SubagentSnapshot,
	{ commands, dialogs }: Pick<ActionParts, "commands" | "dialogs">,
): Promise<void> {
	const loss = stopLoss(snapshot);
	if (loss === "" || (await dialogs.confirm("Stop it?", `${subagentName(snapshot)}: ${loss}`)))
		tellAnswer(commands.stop(snapshot.record.id), dialogs);
}

async function confirmAndDiscard(
	snapshot: SubagentSnapshot,
	{ commands, dialogs }: Pick<ActionParts, "commands" | "dialogs">,
): Promise<void> {
	if (!isFit("discard", snapshot)) return tellAnswer(commands.discard(snapshot.record.id), dialogs); // it says why not
	const message = `${subagentName(snapshot)} is not continued and leaves the list. Its transcript stays.`;
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
	const message = await dialogs.ask(`Steer ${subagentName(snapshot)}\nMessage; it reads this before its next step`);
	if (message === undefined || message.trim() === "") return;
	tellAnswer(await commands.steer(snapshot.record.id, message.trim()), dialogs);
}

async function askAndResume(snapshot: SubagentSnapshot, { commands, dialogs }: ActionParts): Promise<void> {
	const { record, condition } = snapshot;
	if (condition.kind === "suspended") return tellAnswer(commands.resume(record.id, ""), dialogs);
	const title = `Resume ${subagentName(snapshot)}\nMessage (optional); without one it continues its task`;
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
		dialogs.tell(`The result of ${name} was copied to the clipboard.`, "info");
	} catch (error) {
		dialogs.tell(`Not copied: ${reasonOf(error)}. /agents result ${shortId(snapshot.record.id)} shows it.`, "error");
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
		case "background":
			return tellAnswer(commands.detach(id), dialogs);
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

/** `unclear`: the message says what was wrong with the id, and which can be used. */
export type Target =
	| { readonly kind: "found"; readonly snapshot: SubagentSnapshot }
	| { readonly kind: "unclear"; readonly message: string };

/** Stands for the newest subagent that the word applies to, where an id is asked for. */
const LATEST = "latest";

const SHOWN = 8;
const NONE = "There is no subagent in this session.";

/** @param typed a whole id, the beginning of exactly one, or `latest` */
export function findTarget(commands: Pick<SubagentCommands, "list" | "find">, word: OneWord, typed: string): Target {
	const all = commands.list();
	if (all.length === 0 && typed === "") return { kind: "unclear", message: NONE };
	const fit = all.filter((snapshot) => isFit(word, snapshot));
	if (typed === "") return unclear(usage(word), word, fit);
	if (typed.toLowerCase() === LATEST) {
		const latest = fit.at(-1) ?? all.at(-1);
		return latest ? { kind: "found", snapshot: latest } : { kind: "unclear", message: NONE };
	}
	const whole = commands.find(typed);
	if (whole) return { kind: "found", snapshot: whole };
	const begun = all.filter(({ record }) => record.id.startsWith(typed));
	const [only] = begun;
	if (only && begun.length === 1) return { kind: "found", snapshot: only };
	if (!only) return unclear(`There is no subagent ${shownValue(typed)}.`, word, fit);
	return { kind: "unclear", message: [`Several ids begin with ${shownValue(typed)}:`, ...linesOf(begun)].join("\n") };
}

function unclear(reason: string, word: OneWord, fit: readonly SubagentSnapshot[]): Target {
	if (fit.length === 0) {
		return { kind: "unclear", message: `${reason}\nThere is no subagent now that can be used with /agents ${word}.` };
	}
	const message = [reason, `Subagents that can be used with /agents ${word}:`, ...linesOf(fit)].join("\n");
	return { kind: "unclear", message };
}

/** The newest of them, in the order in which they were started. */
function linesOf(known: readonly SubagentSnapshot[]): string[] {
	const shown = known.slice(-SHOWN);
	const isDistinct = new Set(known.map(({ record }) => shortId(record.id))).size === known.length;
	const lines = shown.map((snapshot) => {
		const { id, status } = snapshot.record;
		return `${isDistinct ? shortId(id) : id} ${status} ${subagentName(snapshot)}`;
	});
	const older = known.length - shown.length;
	return older > 0 ? [`(${older} older not shown)`, ...lines] : lines;
}
