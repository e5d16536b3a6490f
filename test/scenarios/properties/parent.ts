import type { AssistantMessage } from "@mariozechner/pi-ai";
import { type Call, callTools, say } from "../../support/script.ts";
import type { ModelCall, ScriptedHost } from "../../support/scripted-host.ts";
import type { Trace } from "./trace.ts";

/** A tool call of the parent, from its beginning to its end. */
export interface ToolCall {
	readonly id: string;
	readonly tool: string;
	readonly args: Readonly<Record<string, unknown>>;
}

export interface ToolEnd extends ToolCall {
	readonly text: string;
	readonly isError: boolean;
	readonly details: Readonly<Record<string, unknown>>;
}

/** The parent: a model that does what an order says, and a person who prompts, interrupts and reloads. */
export class Parent {
	/** Its model calls wait for us. */
	thinks = false;
	private held: { answer(message: AssistantMessage): void } | undefined;
	private readonly orders = new Map<string, readonly Call[]>();
	private readonly open = new Map<string, ToolCall>();
	private underWay = 0;
	private interrupts = 0;
	private reloads = 0;
	private hasLeft = false;

	constructor(
		private readonly host: ScriptedHost,
		private readonly trace: Trace,
		private readonly onToolEnd: (ended: ToolEnd) => void,
	) {
		host.session.agent.subscribe((event) => {
			if (event.type === "tool_execution_start")
				this.open.set(event.toolCallId, { id: event.toolCallId, tool: event.toolName, args: event.args });
			if (event.type !== "tool_execution_end") return;
			const call = this.open.get(event.toolCallId);
			this.open.delete(event.toolCallId);
			const { content, details } = event.result as { content: { text?: string }[]; details?: ToolEnd["details"] };
			const text = content.map((part) => part.text ?? "").join("");
			if (call) this.onToolEnd({ ...call, text, isError: event.isError, details: details ?? {} });
		});
	}

	get openCalls(): readonly ToolCall[] {
		return [...this.open.values()];
	}

	get isHeld(): boolean {
		return this.held !== undefined;
	}

	get isStreaming(): boolean {
		return this.host.session.isStreaming;
	}

	get isIdle(): boolean {
		return !this.isStreaming && this.underWay === 0;
	}

	get isReloading(): boolean {
		return this.reloads > 0;
	}

	get isLeaving(): boolean {
		return this.hasLeft;
	}

	get isBeingInterrupted(): boolean {
		return this.interrupts > 0;
	}

	/** The script of the parent. */
	async answer(call: ModelCall): Promise<AssistantMessage> {
		this.trace.note(`parent is asked: ${call.text.slice(0, 60).split("\n")[0]}`);
		const order = call.texts.find((text) => this.orders.has(text));
		if (order !== undefined) return this.execute(order);
		if (!this.thinks) return say("noted");
		return new Promise((resolve, reject) => {
			const abort = () => {
				this.held = undefined;
				reject(new Error("aborted"));
			};
			this.held = {
				answer: (message) => {
					this.held = undefined;
					call.signal?.removeEventListener("abort", abort);
					resolve(message);
				},
			};
			if (call.signal?.aborted) abort();
			else call.signal?.addEventListener("abort", abort, { once: true });
		});
	}

	/** Has the model call these tools in one message: now, when it thinks, else as the answer to a prompt. */
	act(serial: number, calls: readonly Call[]): void {
		if (this.held) this.held.answer(callTools(calls));
		else {
			this.orders.set(`order ${serial}`, calls);
			this.prompt(`order ${serial}`);
		}
	}

	think(): void {
		this.thinks = true;
		if (this.isIdle) this.prompt("think");
	}

	rest(): void {
		this.thinks = false;
		this.held?.answer(say("rested"));
	}

	interrupt(): void {
		this.interrupts++;
		void this.track("interrupt", this.host.session.abort()).then(() => this.interrupts--);
	}

	reload(): void {
		this.reloads++;
		void this.track("reload", this.host.reload()).then(() => this.reloads--);
	}

	/** The person quits: what fails from now on is nobody's concern. */
	leave(): void {
		this.hasLeft = true;
	}

	private execute(order: string): AssistantMessage {
		const calls = this.orders.get(order) ?? [];
		this.orders.delete(order);
		return callTools(calls);
	}

	private prompt(text: string): void {
		void this.track(`prompt "${text}"`, this.host.session.prompt(text));
	}

	private async track(what: string, work: Promise<unknown>): Promise<void> {
		this.underWay++;
		try {
			await work;
		} catch (error) {
			if (!this.hasLeft) this.trace.violated(`${what} failed: ${error instanceof Error ? error.message : error}`);
		} finally {
			this.underWay--;
		}
	}
}
