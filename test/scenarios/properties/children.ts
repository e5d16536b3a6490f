import type { AssistantMessage } from "@mariozechner/pi-ai";
import { callTool, fail, say } from "../../support/script.ts";
import type { ModelCall } from "../../support/scripted-host.ts";
import type { ChildStep } from "./commands.ts";
import type { Ledger, Run } from "./ledger.ts";
import type { Trace } from "./trace.ts";

/** A child that waits for us: its model is asked, or it is in its tool. */
interface Waiting {
	readonly run: Run;
	readonly isDeaf: boolean;
	go(step: ChildStep): void;
}

/** The instructions that children got, and their outcomes. */
interface Conduct {
	asked: number;
	/** The last thing it said, when that was an answer. */
	lastAnswer: string | undefined;
	mayFail: boolean;
	mayStop: boolean;
	mustStop: boolean;
	readonly heard: Set<string>;
}

const HOLD = Symbol.for("pi-crew-test/hold");

/** An extension of somebody else, in parent and children: its tool ends when we say so. */
export const HOLD_EXTENSION = `export default (pi) => pi.registerTool({
	name: "hold",
	label: "hold",
	description: "waits",
	parameters: { type: "object", properties: { serial: { type: "number" }, deaf: { type: "boolean" } }, required: ["serial"] },
	execute: (_id, { serial, deaf }, signal) => globalThis[Symbol.for("pi-crew-test/hold")](serial, deaf ? undefined : signal),
});`;

/** All children of a life. None of them takes a step of its own: each waits until a command tells it which. */
export class Children {
	private readonly waits: Waiting[] = [];
	private readonly conducts = new Map<Run, Conduct>();

	constructor(
		private readonly ledger: Ledger,
		private readonly trace: Trace,
	) {
		(globalThis as { [HOLD]?: unknown })[HOLD] = (serial: number, signal: AbortSignal | undefined) =>
			this.wait(this.ledger.bySerial(serial) as Run, signal, () => ({ content: [{ type: "text", text: "held" }] }));
	}

	get waiting(): readonly Waiting[] {
		return this.waits;
	}

	of(run: Run): Conduct {
		const may = { mayFail: false, mayStop: false, mustStop: false };
		const conduct = this.conducts.get(run) ?? { asked: 0, lastAnswer: undefined, ...may, heard: new Set<string>() };
		this.conducts.set(run, conduct);
		return conduct;
	}

	/** The script of every child. */
	async answer(call: ModelCall): Promise<AssistantMessage> {
		const serials = call.texts.flatMap((text) =>
			[...text.matchAll(/(?:task|again) (\d+)/g)].map((match) => +`${match[1]}`),
		);
		const serial = Math.max(...serials);
		const run = this.ledger.bySerial(serial);
		this.trace.note(`child ${serial} is asked`);
		if (run?.phase !== "running" && !call.signal?.aborted)
			this.trace.violated(`the model was asked for run ${serial} while it was ${run?.phase} ${run?.status}`);
		if (!run) throw new Error("unknown run");
		const first = this.ledger.first(run.id)?.serial;
		if (!call.texts.some((text) => text.includes(`task ${first}.`)))
			this.trace.violated(`run ${serial} does not know its subagent's task`);
		const conduct = this.of(run);
		conduct.asked++;
		for (const text of call.texts) for (const [hint] of text.matchAll(/hint \d+\./g)) conduct.heard.add(hint);
		return this.wait(run, call.signal, (step) => this.reply(run, conduct, step));
	}

	private reply(run: Run, conduct: Conduct, step: ChildStep): AssistantMessage {
		conduct.lastAnswer = undefined;
		switch (step) {
			case "finish":
				conduct.lastAnswer = `result ${run.serial}-${conduct.asked}.`;
				return say(conduct.lastAnswer);
			case "fail":
				conduct.mayFail = true;
				return fail("the model is broken");
			case "stumble":
				conduct.mayFail = true;
				return fail("503 overloaded");
			case "call-tool":
				return callTool("hold", { serial: run.serial }, "thinking aloud");
			case "call-deaf-tool":
				return callTool("hold", { serial: run.serial, deaf: true }, "thinking aloud");
			default:
				return step satisfies never;
		}
	}

	private wait<T>(run: Run, signal: AbortSignal | undefined, result: (step: ChildStep) => T): Promise<T> {
		return new Promise((resolve, reject) => {
			const leave = () => void this.waits.splice(this.waits.indexOf(waiting), 1);
			const abort = () => {
				leave();
				reject(new Error("aborted"));
			};
			const waiting = {
				run,
				isDeaf: signal === undefined,
				go: (step: ChildStep) => {
					leave();
					signal?.removeEventListener("abort", abort);
					resolve(result(step));
				},
			};
			this.waits.push(waiting);
			if (signal?.aborted) abort();
			else signal?.addEventListener("abort", abort, { once: true });
		});
	}
}
