import type { Random } from "./random.ts";
import type { Book } from "./session-book.ts";

/** What children are given to do, and the file in which they note that they did it. */
export interface Work {
	readonly effects: string;
	/** One for each side effect that was asked for. */
	readonly tokens: string[];
}

/** The parent's next instruction: start some, wait for one, continue one. */
export function drawPrompt(random: Random, work: Work, book: Book | undefined): string {
	const runs = book ? [...book.last.values()] : [];
	const live = runs.filter(({ record }) => record.status === "running" || record.status === "queued");
	const resumable = runs.filter(({ record }) => record.status !== "running");
	const choice = random.next();
	if (choice < 0.2 && live.length > 0) {
		return calls([{ name: "get_subagent_result", arguments: { agent_id: random.pick(live).record.id, wait: true } }]);
	}
	if (choice < 0.5 && resumable.length > 0) return calls([resume(random, work, random.pick(resumable).record.id)]);
	if (choice < 0.75) return calls(times(random.integer(2, 5), () => spawn(random, work, true)));
	return calls(times(random.integer(1, 2), () => spawn(random, work, random.chance(0.3))));
}

function spawn(random: Random, work: Work, isBackground: boolean) {
	return subagent({ ...task(random, work), run_in_background: isBackground });
}

function resume(random: Random, work: Work, id: string) {
	return subagent({ ...task(random, work), run_in_background: random.chance(0.6), resume: id });
}

function subagent(parameters: object) {
	return { name: "subagent", arguments: { description: "a task", subagent_type: "general-purpose", ...parameters } };
}

function task(random: Random, work: Work): { prompt: string; max_turns?: number } {
	const token = `t${random.integer(0, 1e9).toString(36)}`;
	const kind = random.next();
	if (kind < 0.3) return { prompt: `sleep ${random.integer(0, 300)} said ${token}` };
	if (kind < 0.4) return { prompt: `obey ${token}`, max_turns: random.integer(1, 2) };
	if (kind < 0.45) return { prompt: `long ${random.integer(60_000, 90_000)}` };
	if (kind < 0.5) return { prompt: `error no ${token}` };
	return { prompt: calls(times(random.integer(1, 2), () => effect(random, work))) };
}

/** Work in the directory, then a note of it outside, then time in which to be killed. */
function effect(random: Random, work: Work) {
	const token = `e${random.integer(0, 1e9).toString(36)}`;
	work.tokens.push(token);
	const seconds = random.integer(0, 30) / 100;
	const command = `echo ${token} > ${token} && echo ${token} >> "$TORTURE_EFFECTS" && sleep ${seconds} && echo did ${token}`;
	return { name: "bash", arguments: { command } };
}

function calls(list: readonly object[]): string {
	return `calls ${JSON.stringify(list)}`;
}

function times<T>(count: number, make: () => T): T[] {
	return Array.from({ length: count }, make);
}
