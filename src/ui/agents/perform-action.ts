import { isActive } from "../../domain/condition.ts";
import { reasonOf } from "../../domain/reason-of.ts";
import { formatCount } from "../../format/figures.ts";
import { reportText } from "../../format/report-text.ts";
import type { SessionDialogs } from "../dialogs.ts";
import { subagentName } from "../subagent-text.ts";
import type { Answer, SubagentSnapshot, SubagentsDesk } from "../subagents-desk.ts";
import { isFit, type SubagentAction } from "./subagent-actions.ts";

/** What a person does something to subagents with. */
export interface ActionParts {
	readonly dialogs: SessionDialogs;
	readonly desk: SubagentsDesk;
	readonly showTranscript: (snapshot: SubagentSnapshot) => Promise<void>;
	/** To the clipboard; rejects where there is none. */
	readonly copy: (text: string) => Promise<void>;
	/** Epoch milliseconds. */
	readonly clock: () => number;
}

/** Asks for what is missing, does it, and says what came of it. */
export async function performAction(action: SubagentAction, id: string, parts: ActionParts): Promise<void> {
	const { desk, dialogs } = parts;
	const snapshot = desk.find(id);
	if (!snapshot) return dialogs.tell(`There is no subagent ${id} in this session any more.`, "warning");
	switch (action) {
		case "transcript":
			return parts.showTranscript(snapshot);
		case "steer":
			return askAndSteer(snapshot, parts);
		case "stop":
			return tellAnswer(desk.stop(id), dialogs);
		case "resume":
			return askAndResume(snapshot, parts);
		case "copy":
			return copyResult(snapshot, parts);
		case "discard":
			return confirmAndDiscard(snapshot, parts);
		case "dismiss":
			return tellAnswer(desk.dismiss(id), dialogs);
		default:
			return action satisfies never;
	}
}

/** Asks first: they may be many, and some may be near their end. */
export async function stopAll({ desk, dialogs }: Pick<ActionParts, "desk" | "dialogs">): Promise<void> {
	const count = inBackground(desk.list());
	const message = `${formatCount(count, "subagent")} ${count === 1 ? "works or waits" : "work or wait"} in the background.`;
	if (count > 0 && !(await dialogs.confirm("Stop all?", message))) return;
	tellAnswer(desk.stopAll(), dialogs);
}

export async function confirmAndDiscard(
	snapshot: SubagentSnapshot,
	{ desk, dialogs }: Pick<ActionParts, "desk" | "dialogs">,
): Promise<void> {
	if (!isFit("discard", snapshot)) return tellAnswer(desk.discard(snapshot.record.id), dialogs); // it says why not
	const message = `${subagentName(snapshot)} is not gone on with and leaves the list. Its transcript stays.`;
	if (await dialogs.confirm("Discard it?", message)) tellAnswer(desk.discard(snapshot.record.id), dialogs);
}

/** How many `stopAll` is about. */
export function inBackground(snapshots: readonly SubagentSnapshot[]): number {
	const isMeant = ({ record, condition }: SubagentSnapshot) => record.isBackground && isActive(condition);
	return snapshots.filter(isMeant).length;
}

/** In full, under its figures. */
export function resultText({ record, ...more }: SubagentSnapshot, now: number): string {
	return reportText(record, { ...more, now, conversation: undefined });
}

export function tellAnswer({ kind, text }: Answer, dialogs: Pick<SessionDialogs, "tell">): void {
	dialogs.tell(text, kind === "done" ? "info" : "error");
}

async function askAndSteer(snapshot: SubagentSnapshot, { desk, dialogs }: ActionParts): Promise<void> {
	const message = await dialogs.ask(`Steer ${subagentName(snapshot)}\nIt reads this before its next step.`);
	if (message === undefined || message.trim() === "") return;
	tellAnswer(await desk.steer(snapshot.record.id, message.trim()), dialogs);
}

async function askAndResume(snapshot: SubagentSnapshot, { desk, dialogs }: ActionParts): Promise<void> {
	const { record, condition } = snapshot;
	if (condition.kind === "suspended") return tellAnswer(desk.resume(record.id, ""), dialogs);
	const title = `Resume ${subagentName(snapshot)}\nWhat it is to do next; nothing: it goes on with its task.`;
	const prompt = await dialogs.ask(title);
	if (prompt !== undefined) tellAnswer(desk.resume(record.id, prompt.trim()), dialogs);
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
