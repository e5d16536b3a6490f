import type { Call } from "../../support/script.ts";
import type { Act, Command } from "./commands.ts";
import { turn } from "./patience.ts";
import { isBlocked, parentReady, quiet } from "./quiet.ts";
import { type SessionLife, spawnCall } from "./session-life.ts";

/** The parent waits in a tool: a child that it waits for ends. */
function unblock(runtime: SessionLife): void {
	const awaited = runtime.parent.openCalls.map((call) => runtime.awaitedBy(call));
	const { waiting } = runtime.children;
	(waiting.find(({ run }) => awaited.includes(run)) ?? waiting[0])?.go("finish");
}

type AimedAct = Exclude<Act, { act: "spawn" }>;

/** Does what a command says. One that cannot be done now is passed over, or what stands in its way is done first. */
export async function play(runtime: SessionLife, command: Command): Promise<void> {
	runtime.trace.note(`> ${JSON.stringify(command)}`);
	await perform(runtime, command);
	if (command.pause === "settle") await quiet(runtime);
	if (command.pause === "turn") await turn();
	runtime.trace.check();
}

async function perform(runtime: SessionLife, command: Command): Promise<void> {
	const { parent, children, limits } = runtime;
	switch (command.do) {
		case "tell-parent":
			await parentReady(runtime);
			return isBlocked(runtime) ? unblock(runtime) : tellParent(runtime, command.acts);
		case "answer-child":
			return children.waiting[command.pick % children.waiting.length]?.go(command.step);
		case "set-limit":
			return limits.write(command.to);
		case "think":
			return parent.think();
		case "rest":
			return parent.rest();
		case "abort":
			return interrupt(runtime);
		case "reload":
			await parentReady(runtime);
			return parent.isIdle ? reload(runtime) : undefined;
		default:
			return command satisfies never;
	}
}

function tellParent(runtime: SessionLife, acts: readonly Act[]): void {
	const calls: Call[] = [];
	const [used, resumed] = [new Set<string>(), new Set<string>()];
	for (const act of acts) {
		if (act.act === "spawn" || runtime.ledger.runs.length === 0) {
			const serial = runtime.nextSerial();
			const { background, maxTurns } = { background: true, maxTurns: undefined, ...act };
			if (maxTurns !== undefined) runtime.limited.add(serial);
			calls.push(spawnCall(serial, background, maxTurns));
			continue;
		}
		const id = target(runtime, act);
		// Of a resume and another call for one subagent in one message, nobody could tell afterwards which run was meant.
		if (resumed.has(id) || (act.act === "resume" && used.has(id))) continue;
		used.add(id);
		if (act.act === "resume") resumed.add(id);
		calls.push(callFor(runtime, act, id));
	}
	if (calls.length > 0) runtime.parent.act(runtime.nextSerial(), calls);
}

/** Apt are for a resume those that have settled, for a word or a wait those that live. */
function target({ ledger }: SessionLife, act: AimedAct): string {
	const all = ledger.ids();
	const wantsSettled = act.act === "resume" || (act.act === "read" && !act.wait);
	const apt = all.filter((id) => (ledger.latest(id)?.phase === "settled") === wantsSettled);
	const candidates = act.aim.at === "apt" && apt.length > 0 ? apt : all;
	return candidates[act.aim.pick % candidates.length] as string;
}

function callFor(runtime: SessionLife, act: AimedAct, id: string): Call {
	switch (act.act) {
		case "resume": {
			const serial = runtime.nextSerial();
			const { name, args } = spawnCall(serial, act.background);
			return { name, args: { ...args, prompt: `again ${serial}.`, resume: id } };
		}
		case "steer":
			return { name: "steer_subagent", args: { agent_id: id, message: `hint ${runtime.nextSerial()}.` } };
		case "read":
			return { name: "get_subagent_result", args: { agent_id: id, wait: act.wait } };
		default:
			return act satisfies never;
	}
}

/** Ends the parent's turn with its foreground runs, and where the settings say so the others too. */
function interrupt(runtime: SessionLife): void {
	const { parent, ledger, children, life } = runtime;
	for (const run of parent.isStreaming ? ledger.live() : []) {
		const conduct = children.of(run);
		if (run.isBackground && life.onInterrupt !== "stop-all") continue;
		conduct.mayStop = true;
		conduct.mustStop = true;
	}
	parent.interrupt();
}

/** The older host has no model provider for a moment while it reloads; a run that begins then fails. */
function reload({ parent, ledger, children }: SessionLife): void {
	for (const run of ledger.live()) children.of(run).mayFail = true;
	parent.reload();
}
