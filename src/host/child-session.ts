import type { AgentEvent } from "@mariozechner/pi-agent-core";
import type { ImageContent } from "@mariozechner/pi-ai";
import type { AgentSession, AgentSessionEvent } from "@mariozechner/pi-coding-agent";
import { ANSWER_MESSAGE, type LimitName, type LimitPoint, type RunLimits } from "../domain/run-limits.ts";
import { SUBMIT_REMINDER } from "../domain/structured-result.ts";
import type { LastReplyEnd } from "../domain/subagent-state.ts";
import type { Compaction } from "../events/subagent-events.ts";
import { AbortedEarly, untilAborted, within } from "../platform/cancellation.ts";
import { debug } from "../platform/debug.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { shorten } from "../platform/shorten.ts";
import { type Conversation, LiveConversation } from "./conversation.ts";
import { assistantIn, LastReply } from "./last-reply.ts";
import { promptUntilSettled } from "./prompt-until-settled.ts";
import type { Submission } from "./submit-result-tool.ts";
import { saveTranscript } from "./transcript.ts";

/**
 * How the turns of one run went. `text` is that of the last reply where the run was answered, else the last text there is; `""`
 * for none.
 */
export type TurnsEnd = (
	| { readonly kind: "answered" | "swallowed" | "stopped"; readonly text: string }
	| { readonly kind: "cut-off"; readonly text: string; readonly limit: LimitName }
	/** `failed`: the turns ended with the model's error; `threw`: the host refused to run them. */
	| { readonly kind: "failed" | "threw"; readonly text: string; readonly message: string }
) & { readonly lastReply?: LastReplyEnd };

export interface TurnsRequest {
	readonly prompt: string;
	readonly images: readonly ImageContent[];
	/** Messages to the child from before it had a session; taken once, when the turns begin. */
	readonly takeHeldMessages: () => readonly string[];
	readonly limits: RunLimits;
	/** Where the result is to be data: what was submitted of it. */
	readonly submission?: Pick<Submission, "isOver"> | undefined;
	readonly signal: AbortSignal;
}

interface Prompt {
	readonly text: string;
	readonly images?: readonly ImageContent[];
}

/** What is known of turns that are running. */
interface RunningTurns {
	cutOffBy: LimitName | undefined;
}

/** What a session tells while it lives; called inside the child's scope, for each streamed token among others. */
export interface SessionListener {
	onAgentEvent(event: AgentEvent): void;
	onCompacted(compaction: Compaction): void;
	/** It waits for something of the host's own, in words; absent when that is over. */
	onPaused(what: string | undefined): void;
}

/** Runs work in the scope of the child whose session it is. */
export type EnterChild = <T>(work: () => T) => T;

const PAUSES: ReadonlySet<string> = new Set([
	"auto_retry_start",
	"auto_retry_end",
	"compaction_start",
	"compaction_end",
]);
const LONGEST_ERROR = 60;

/** `retrying 2/3 at 12:03: overloaded`. @returns nothing for an event with which a pause is over */
function pauseText(event: AgentSessionEvent, now: number): string | undefined {
	if (event.type === "compaction_start") return "compacting its conversation";
	if (event.type !== "auto_retry_start") return undefined;
	const { attempt, maxAttempts, delayMs, errorMessage } = event;
	const at = new Date(now + delayMs);
	const time = [at.getHours(), at.getMinutes()].map((part) => `${part}`.padStart(2, "0")).join(":");
	const error = shorten(errorMessage.replace(/\s+/g, " ").trim(), LONGEST_ERROR);
	return `retrying ${attempt}/${maxAttempts} at ${time}: ${error}`;
}

/** A session ends soon after its abort, even when one of its tools or handlers ignores the signal. */
const ABORT_GRACE_MS = 500;
const SHUTDOWN_GRACE_MS = 1000;

/**
 * One child session of the host. It alone talks to the host's `AgentSession`; it is whole when it exists (created, hook
 * fired, extensions bound) and can be disposed once.
 */
export class ChildSession {
	private disposal: Promise<void> | undefined;
	/** It did not become idle after its abort; waiting once more would be in vain. */
	private restless = false;
	private accepting = false;
	private readonly lastReply = new LastReply();
	private readonly said: LiveConversation;

	constructor(
		private readonly session: AgentSession,
		private readonly enter: EnterChild,
		private readonly onDisposed: () => void,
	) {
		this.said = new LiveConversation(session);
	}

	get sessionId(): string {
		return this.session.sessionId;
	}

	get sessionDir(): string {
		return this.session.sessionManager.getSessionDir();
	}

	/**
	 * Prompts the child and waits until it has settled, one of its limits has cut it off, or the signal has fired. Resolves always.
	 * After the signal it waits half a second for the session to become idle and then gives it up.
	 */
	async runTurns(request: TurnsRequest, listener: SessionListener): Promise<TurnsEnd> {
		const { signal } = request;
		const run: RunningTurns = { cutOffBy: undefined };
		this.lastReply.forget();
		const unsubscribe = this.listen(request, listener, run);
		const interrupt = () => this.interrupt();
		signal.addEventListener("abort", interrupt, { once: true });
		try {
			const prompting = this.enter(() => this.promptAll(request, run));
			const ran = await untilAborted(prompting, signal, ABORT_GRACE_MS);
			if (signal.aborted) return { kind: "stopped", ...this.leftOver() };
			if (run.cutOffBy) return { kind: "cut-off", ...this.leftOver(), limit: run.cutOffBy };
			return ran ? this.ending() : { kind: "swallowed", text: "" };
		} catch (error) {
			this.restless = error instanceof AbortedEarly;
			if (signal.aborted) return { kind: "stopped", ...this.leftOver() };
			return { kind: "threw", ...this.leftOver(), message: reasonOf(error) };
		} finally {
			this.accepting = false;
			signal.removeEventListener("abort", interrupt);
			for (const off of unsubscribe) off();
		}
	}

	/** Hands a message to the working child. @returns false when its turns are over: it would never be read */
	async steer(message: string): Promise<boolean> {
		if (!this.accepting) return false;
		// The host would read a message that starts with a slash as a command of an extension and refuse it.
		const text = message.startsWith("/") ? ` ${message}` : message;
		await this.enter(() => this.session.steer(text));
		return true;
	}

	/** Asks its extensions, as for a call of `read`. @returns why it may not read a file, where it may not */
	async refusesToRead(path: string): Promise<string | undefined> {
		const call = { type: "tool_call", toolName: "read", toolCallId: `image:${path}`, input: { path } } as const;
		try {
			const verdict = await this.enter(() => this.session.extensionRunner.emitToolCall(call));
			return verdict?.block ? (verdict.reason ?? "an extension does not permit it") : undefined;
		} catch (error) {
			return reasonOf(error); // as the host has it: a check that fails permits nothing
		}
	}

	/** What was said in it so far. */
	conversation(): Conversation {
		return this.said.now();
	}

	/**
	 * Ensures that the whole conversation is in its file, from which a resume continues.
	 *
	 * @returns why it is not, where it is not. Never throws.
	 */
	save(file: string): string | undefined {
		return saveTranscript(file, this.session.sessionManager);
	}

	/** Ends the child properly for the extensions in it, within a bounded time, once. Never rejects. */
	dispose(): Promise<void> {
		this.disposal ??= this.enter(() => this.disposeNow());
		return this.disposal;
	}

	private async promptAll(request: TurnsRequest, run: RunningTurns): Promise<boolean> {
		const { prompt, images, signal, takeHeldMessages } = request;
		if (signal.aborted) return false;
		this.accepting = true;
		for (const message of takeHeldMessages()) await this.steer(message);
		const ran = await this.promptAndDrain({ text: prompt, images }, signal, run);
		const question = ran ? this.questionAtEnd(request, run) : undefined;
		if (question !== undefined) await this.promptAndDrain({ text: question }, signal, run);
		this.accepting = false; // in the same tick as the last look at the queue, so that nothing falls in between
		return ran;
	}

	/** The older host leaves what was steered after its last look at the queue lying there; it is prompted with instead. */
	private async promptAndDrain(prompt: Prompt, signal: AbortSignal, run: RunningTurns): Promise<boolean> {
		let ran = await promptUntilSettled(this.session, prompt.text, prompt.images);
		while (!signal.aborted && !run.cutOffBy && this.session.pendingMessageCount > 0) {
			const { steering, followUp } = this.session.clearQueue();
			ran = (await promptUntilSettled(this.session, [...steering, ...followUp].join("\n\n"))) || ran;
		}
		return ran;
	}

	/** A run whose last message is not what was asked for is asked once for that, where its limits leave it a turn. */
	private questionAtEnd({ limits, signal, submission }: TurnsRequest, run: RunningTurns): string | undefined {
		if (signal.aborted || run.cutOffBy) return undefined;
		const question = submission ? reminderOf(submission) : this.lastReply.isWithoutText ? ANSWER_MESSAGE : undefined;
		if (question === undefined) return undefined;
		const verdict = limits.check({ at: "after-turn", wantsAnother: true });
		switch (verdict.kind) {
			case "continue":
				return question;
			case "wrap-up":
				return `${question}\n\n${verdict.message}`;
			case "stop":
				return undefined; // it has had its grace turns
			default:
				return verdict satisfies never;
		}
	}

	private listen({ limits, signal }: TurnsRequest, listener: SessionListener, run: RunningTurns): (() => void)[] {
		const { agent } = this.session;
		return [
			agent.subscribe((event) => {
				this.lastReply.remember(event);
				this.said.observe(event);
				listener.onAgentEvent(event);
				// The older host continues by itself after a retry or a compaction, abort or not.
				if (event.type === "agent_start" && signal.aborted) agent.abort();
				const point = this.limitPoint(event);
				return point && this.applyLimits(point, limits, run);
			}),
			this.session.subscribe((event) => {
				if (PAUSES.has(event.type)) listener.onPaused(pauseText(event, Date.now()));
				if (event.type !== "compaction_end" || !event.result) return;
				listener.onCompacted({ reason: event.reason, tokensBefore: event.result.tokensBefore });
			}),
		];
	}

	/** @returns whether the limits are to be checked now */
	private limitPoint(event: AgentEvent): LimitPoint | undefined {
		switch (event.type) {
			case "turn_start":
				return { at: "before-model-call" };
			case "tool_execution_start":
				return { at: "before-tool-call" };
			case "turn_end": {
				const reply = assistantIn(event.message);
				if (!reply || reply.stopReason === "error" || reply.stopReason === "aborted") return undefined;
				const wantsAnother = event.toolResults.length > 0 || this.session.pendingMessageCount > 0;
				return { at: "after-turn", wantsAnother };
			}
			default:
				return undefined;
		}
	}

	/** The agent waits for this before its next step, so the message to wrap up is in by then. */
	private applyLimits(point: LimitPoint, limits: RunLimits, run: RunningTurns): Promise<void> | undefined {
		const verdict = limits.check(point);
		switch (verdict.kind) {
			case "continue":
				return undefined;
			case "wrap-up":
				return this.session.steer(verdict.message);
			case "stop":
				run.cutOffBy = verdict.limit;
				this.session.agent.abort();
				return undefined;
			default:
				return verdict satisfies never;
		}
	}

	private interrupt(): void {
		try {
			this.session.abortCompaction();
			this.session.abort().catch(() => undefined); // runTurns waits for the session to become idle, with a limit
		} catch (error) {
			debug("aborting session %s: %O", this.session.sessionId, error); // in a listener it would end the process
		}
	}

	/** What there is of a run that was not answered. */
	private leftOver(): { readonly text: string; readonly lastReply?: LastReplyEnd } {
		const finishReason = this.lastReply.stopReason();
		return { text: this.lastReply.lastText(), ...(finishReason && { lastReply: { finishReason } }) };
	}

	private ending(): TurnsEnd {
		switch (this.lastReply.stopReason()) {
			case "error": {
				const message = this.lastReply.errorMessage() || "The model failed without a message.";
				return { kind: "failed", ...this.leftOver(), message };
			}
			case "aborted": {
				const message = "The run was aborted from within the subagent's own session.";
				return { kind: "failed", ...this.leftOver(), message };
			}
			default: {
				const lastReply = this.lastReply.end();
				return { kind: "answered", text: this.lastReply.answer(), ...(lastReply && { lastReply }) };
			}
		}
	}

	private async disposeNow(): Promise<void> {
		const { session } = this;
		try {
			// A prompt that was given up while a handler held it must not reach the model when the handler lets go.
			session.agent.subscribe(() => session.agent.abort());
			await within(SHUTDOWN_GRACE_MS, session.extensionRunner.emit({ type: "session_shutdown", reason: "quit" }));
			await within(this.restless ? 0 : ABORT_GRACE_MS, session.abort());
			session.dispose();
		} catch (error) {
			debug("disposing session %s: %O", session.sessionId, error); // gone for us all the same
		}
		this.onDisposed();
	}
}

function reminderOf({ isOver }: Pick<Submission, "isOver">): string | undefined {
	return isOver ? undefined : SUBMIT_REMINDER;
}
