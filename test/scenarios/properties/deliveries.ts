import type { ScriptedHost } from "../../support/scripted-host.ts";
import type { Ledger, Run } from "./ledger.ts";
import type { ToolEnd } from "./parent.ts";
import type { Trace } from "./trace.ts";

/** Watches every way a result can take to the parent. */
export class Deliveries {
	private readonly sent: string[] = [];
	private readonly readBy = new Map<string, Run>();
	private silence = false;

	constructor(
		private readonly host: ScriptedHost,
		private readonly ledger: Ledger,
		private readonly trace: Trace,
	) {
		// Listens where the extension's messages enter the session: later one could not tell in which order things happened.
		const { session } = host;
		const send = session.sendCustomMessage.bind(session);
		session.sendCustomMessage = (message, options) => {
			if (message.customType === "subagent-notification") this.notified(String(message.content));
			return send(message, options);
		};
	}

	/** Shutdown begins. */
	nothingMoreIsSent(): void {
		this.silence = true;
	}

	/** `get_subagent_result` has brought something. */
	read({ id, args, text, details }: ToolEnd): void {
		const run = this.ledger.latest(`${args.agent_id}`);
		const { trace } = this;
		if (!run || details.status === "queued" || details.status === "running") return;
		const { via } = (details.delivery ?? {}) as { via?: string };
		trace.note(`the parent reads run ${run.serial}, which is ${details.status}, delivered via ${via}`);
		if (run.phase !== "settled" || run.status !== details.status)
			trace.violated(`run ${run.serial} is ${run.phase} ${run.status}, but was read as ${details.status}`);
		if (!run.isBackground) return;
		if (via === "tool" && run.timesNotified > 0)
			trace.violated(`the tool says it brought run ${run.serial}, but the parent was notified before`);
		if (via !== "tool" && run.timesNotified === 0)
			trace.violated(
				`the parent has the result of run ${run.serial} via ${via}, says the record, but was not notified`,
			);
		if (run.status === "completed" && !text.includes(`result ${run.serial}-`))
			trace.violated(`what was read is not the result of run ${run.serial}: ${text}`);
		if (via === "tool") {
			run.wasRead = true;
			this.readBy.set(id, run);
		}
	}

	/** The call that waited for a foreground run has ended. */
	returned(serial: number, { text, details }: ToolEnd): void {
		const run = this.ledger.bySerial(serial);
		if (!run) return; // refused
		run.timesReturned++;
		if (run.status !== details.status)
			this.trace.violated(`run ${serial} ended as ${run.status}, but ${details.status} was returned`);
		if (run.status === "completed" && !text.includes(`result ${serial}-`))
			this.trace.violated(`what was returned is not the result of run ${serial}: ${text}`);
	}

	/** For a parent at rest: what was sent or read is in its conversation, once. */
	checkArrivals(): void {
		const { session, notifications } = this.host;
		const arrived = notifications();
		for (const text of this.sent) {
			const times = arrived.filter((other) => other === text).length;
			if (times !== 1) this.trace.violated(`a notification is ${times} times in the conversation: ${text}`);
		}
		if (arrived.length !== this.sent.length)
			this.trace.violated(`${this.sent.length} notifications were sent and ${arrived.length} arrived`);
		const results = session.messages.flatMap((message) => (message.role === "toolResult" ? [message.toolCallId] : []));
		for (const [callId, { serial }] of this.readBy)
			if (!results.includes(callId)) this.trace.violated(`what was read of run ${serial} is not in the conversation`);
	}

	private notified(text: string): void {
		const { trace } = this;
		this.sent.push(text);
		if (this.silence) trace.violated(`sent after shutdown began: ${text}`);
		for (const [, part = ""] of text.matchAll(/<task-notification>(.*?)<\/task-notification>/gs)) {
			const id = /<task-id>(\w+)<\/task-id>/.exec(part)?.[1] ?? "";
			const run = this.ledger.latest(id);
			trace.note(`the parent is notified of run ${run?.serial}`);
			if (run) this.checkNotice(run, part);
			else trace.violated(`notified of the unknown ${id}`);
		}
	}

	private checkNotice(run: Run, part: string): void {
		const { trace } = this;
		const { serial } = run;
		if (!run.isBackground) trace.violated(`notified of run ${serial}, which is not a background run`);
		if (run.phase !== "settled") trace.violated(`notified of run ${serial} while it is ${run.phase}`);
		if (run.status === "stopped") trace.violated(`notified of run ${serial}, which the user stopped himself`);
		if (run.timesNotified++ > 0) trace.violated(`notified of run ${serial} a second time`);
		if (run.wasRead) trace.violated(`notified of run ${serial} after a tool had brought it`);
		if (!part.includes(`<status>${run.status}</status>`)) trace.violated(`run ${serial} is ${run.status}, not:${part}`);
		if (run.status === "completed" && !part.includes(`<result>result ${serial}-`))
			trace.violated(`the result of run ${serial} is not in:${part}`);
	}
}
