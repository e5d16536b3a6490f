import { type Call, isChild, say } from "../../support/script.ts";
import { type Script, type ScriptedHost, startHost } from "../../support/scripted-host.ts";
import { Children, HOLD_EXTENSION } from "./children.ts";
import type { Life } from "./commands.ts";
import { Deliveries } from "./deliveries.ts";
import { Ledger, type Run } from "./ledger.ts";
import { LimitFile } from "./limit-file.ts";
import { Parent, type ToolCall, type ToolEnd } from "./parent.ts";
import { SessionBook } from "./session-book.ts";
import { Trace } from "./trace.ts";

/** A parent with its runtime in the real host, and the books that are kept of it. */
export class SessionLife {
	readonly trace = new Trace();
	readonly ledger: Ledger;
	readonly sessions: SessionBook;
	readonly limits: LimitFile;
	readonly children: Children;
	readonly parent: Parent;
	readonly deliveries: Deliveries;
	/** What the parent told a run and was accepted. */
	readonly hints: { readonly run: Run; readonly text: string }[] = [];
	/** Serials of the runs that got a turn limit when they were spawned. */
	readonly limited = new Set<number>();
	private serials = 0;

	constructor(
		readonly host: ScriptedHost,
		readonly life: Life,
	) {
		const { trace } = this;
		this.limits = new LimitFile(host.cwd, life);
		this.ledger = new Ledger(host.bus, {
			trace,
			resumeOf: (id) => this.resumeOf(id),
			onRegistered: () => this.limits.wasRead(),
			onStarted: (run) => this.started(run),
			onSettled: (run, result) => this.settled(run, result),
		});
		this.sessions = new SessionBook(host.bus, trace);
		this.children = new Children(this.ledger, trace);
		this.parent = new Parent(host, trace, (ended) => this.toolEnded(ended));
		this.deliveries = new Deliveries(host, this.ledger, trace);
	}

	/** Every run, steer and order has a number of its own; it identifies what it says and its outcome. */
	nextSerial(): number {
		return ++this.serials;
	}

	/** The run that an open call of the parent waits for, until it has settled. */
	awaitedBy({ tool, args }: ToolCall): Run | undefined {
		const run =
			tool === "subagent" ? this.ledger.bySerial(serialIn(args.prompt)) : this.ledger.latest(`${args.agent_id}`);
		const waits = tool === "subagent" ? args.run_in_background !== true : args.wait === true;
		return waits && run?.phase !== "settled" ? run : undefined;
	}

	private resumeOf(id: string): { serial: number; isBackground: boolean } | undefined {
		const call = this.parent.openCalls.find(({ tool, args }) => tool === "subagent" && args.resume === id);
		return call && { serial: serialIn(call.args.prompt), isBackground: call.args.run_in_background === true };
	}

	private started(run: Run): void {
		const admitted = this.ledger.admitted().length;
		if (run.isBackground && admitted > this.limits.most())
			this.trace.violated(`run ${run.serial} is number ${admitted} running, and the limit is ${this.limits.most()}`);
	}

	/** No outcome without a cause. */
	private settled(run: Run, result: unknown): void {
		const { lastAnswer, mayFail, mayStop } = this.children.of(run);
		const hasLimit = this.limited.has(this.ledger.first(run.id)?.serial ?? 0);
		const causes: Record<string, boolean> = {
			completed: lastAnswer !== undefined && result === lastAnswer,
			steered: lastAnswer !== undefined && result === lastAnswer && hasLimit,
			aborted: hasLimit,
			error: mayFail,
			stopped: mayStop || this.parent.isLeaving,
		};
		if (!causes[run.status])
			this.trace.violated(`run ${run.serial} has no cause to be ${run.status} with the result ${result}`);
	}

	private toolEnded(ended: ToolEnd): void {
		const { tool, args, isError, text } = ended;
		this.trace.note(`${tool} ${args.agent_id ?? args.prompt} ended: ${text.split("\n")[0]}`);
		if (tool === "subagent" && args.run_in_background !== true) this.deliveries.returned(serialIn(args.prompt), ended);
		if (isError) return;
		if (tool === "get_subagent_result") this.deliveries.read(ended);
		const run = this.ledger.latest(`${args.agent_id}`);
		if (tool === "steer_subagent" && run) this.hints.push({ run, text: `${args.message}` });
	}
}

export async function beginLife(life: Life): Promise<SessionLife> {
	let script: Script = () => say("nobody is there yet");
	const host = await startHost({
		script: (call) => script(call),
		sessionDir: "persisted",
		extensions: { "hold.ts": HOLD_EXTENSION },
		files: { ".pi/subagents.json": LimitFile.text(life.limit, life.onInterrupt) },
	});
	const runtime = new SessionLife(host, life);
	script = (call) => (isChild(call) ? runtime.children.answer(call) : runtime.parent.answer(call));
	return runtime;
}

export const spawnCall = (serial: number, background: boolean, maxTurns?: number): Call => ({
	name: "subagent",
	args: {
		prompt: `task ${serial}.`,
		description: `task ${serial}`,
		subagent_type: "general-purpose",
		run_in_background: background,
		...(maxTurns !== undefined && { max_turns: maxTurns }),
	},
});

function serialIn(prompt: unknown): number {
	return Number(/(?:task|again) (\d+)\./.exec(`${prompt}`)?.[1]);
}
