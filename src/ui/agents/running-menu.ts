import { isActive } from "../../domain/condition.ts";
import { shortId } from "../../format/figures.ts";
import { subagentCounts, subagentLabel, subagentLine, subagentNews } from "../components/subagent-line.ts";
import type { Choice, Menu, MenuKey } from "../dialogs/dialogs.ts";

import type { SubagentCommands, SubagentSnapshot } from "../subagent-commands.ts";
import { type ActionParts, inBackground, performAction, stopAll } from "./perform-action.ts";
import { possibleActions, type SubagentAction } from "./subagent-actions.ts";

type Picked =
	| { readonly kind: "open"; readonly id: string }
	| { readonly kind: "act"; readonly id: string; readonly action: SubagentAction }
	| { readonly kind: "stop all" };

const ACTIONS: Readonly<Record<SubagentAction, { readonly label: string; readonly key: MenuKey<Picked>["key"] }>> = {
	transcript: { label: "Open transcript", key: "t" },
	steer: { label: "Steer", key: "s" },
	background: { label: "Move to the background", key: "b" },
	stop: { label: "Stop", key: "x" },
	resume: { label: "Resume", key: "r" },
	copy: { label: "Copy result", key: "c" },
	discard: { label: "Discard", key: "d" },
	dismiss: { label: "Dismiss", key: "d" },
};

/** The subagents there are, as they are at every moment, and what can be done with them. Ends with Escape. */
export async function openRunning(parts: ActionParts): Promise<void> {
	let last: string | undefined;
	for (;;) {
		const picked = await parts.dialogs.choose(runningMenu(parts, last));
		if (!picked) return;
		if (picked.kind === "stop all") await stopAll(parts);
		else if (picked.kind === "act") await performAction(picked.action, picked.id, parts);
		else await openSubagent(picked.id, parts);
		last = picked.kind === "stop all" ? last : picked.id;
	}
}

/** What can be done with one, until a person steps back or it leaves the list. */
async function openSubagent(id: string, parts: ActionParts): Promise<void> {
	const { commands, dialogs, clock } = parts;
	for (;;) {
		const action = await dialogs.choose<SubagentAction>({
			title: `Subagent ${shortId(id)}`,
			closeAll: parts.closeAll,
			about: () => {
				const snapshot = commands.find(id);
				return snapshot ? `${subagentLabel(snapshot, toTheSecond(snapshot, clock()))}\n${subagentNews(snapshot)}` : "";
			},
			choices: () => actionsOf(commands.find(id)).map((value) => ({ value, label: ACTIONS[value].label })),
			keys: Object.entries(ACTIONS).map(([action, { label, key }]) => ({
				key,
				does: label.toLowerCase(),
				answer: () => actionsOf(commands.find(id)).find((possible) => possible === action),
			})),
			empty: "There is no action for this subagent now.",
		});
		if (action === undefined) return;
		await performAction(action, id, parts);
		if (!commands.list().some(({ record }) => record.id === id)) return;
	}
}

/** The time it has run in whole seconds: the screen is drawn anew whenever a word on it changes. */
function toTheSecond({ record: { startedAt } }: SubagentSnapshot, now: number): number {
	return startedAt + Math.floor((now - startedAt) / 1000) * 1000;
}

function runningMenu({ commands, clock, closeAll }: ActionParts, last: string | undefined): Menu<Picked> {
	return {
		title: "Running and recent",
		closeAll,
		about: () => subagentCounts(commands.list()),
		choices: () => {
			const now = clock();
			const all = commands.list();
			const choices = all.map((snapshot) => subagentChoice(snapshot, now));
			const count = inBackground(all);
			const stop: Choice<Picked> = { value: { kind: "stop all" }, label: `Stop all in the background (${count})` };
			return count > 0 ? [...choices, stop] : choices;
		},
		keys: [...actionKeys(commands), stopAllKey(commands)],
		empty: "No subagents yet. The model starts them, or you do: /agents run <type> <task>.",
		begin: (value) => value.kind === "open" && value.id === (last ?? mostWanted(commands.list())),
	};
}

function subagentChoice(snapshot: SubagentSnapshot, now: number): Choice<Picked> {
	return {
		value: { kind: "open", id: snapshot.record.id },
		// Made when they are looked at: in a terminal that is seldom, and there may be a thousand of them ten times a second.
		get label() {
			return subagentLabel(snapshot, now);
		},
		get description() {
			return subagentNews(snapshot);
		},
		draw: (width, theme) => subagentLine(snapshot, { width, theme, now }),
	};
}

/** The cursor begins on the first that is running or queued, else on the newest. */
function mostWanted(snapshots: readonly SubagentSnapshot[]): string | undefined {
	const wanted = snapshots.find(({ condition }) => isActive(condition)) ?? snapshots.at(-1);
	return wanted?.record.id;
}

function actionKeys(commands: SubagentCommands): MenuKey<Picked>[] {
	return Object.entries(ACTIONS).map(([name, { label, key }]) => ({
		key,
		does: label.toLowerCase(),
		answer: (selected) => {
			if (selected?.kind !== "open") return undefined;
			const action = actionsOf(commands.find(selected.id)).find((possible) => possible === name);
			return action && { kind: "act", id: selected.id, action };
		},
	}));
}

function stopAllKey(commands: SubagentCommands): MenuKey<Picked> {
	return {
		key: "shift+x",
		does: "stop all",
		answer: () => (inBackground(commands.list()) > 0 ? { kind: "stop all" } : undefined),
	};
}

function actionsOf(snapshot: SubagentSnapshot | undefined): readonly SubagentAction[] {
	return snapshot ? possibleActions(snapshot) : [];
}
