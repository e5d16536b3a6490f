import type { ImageContent } from "@mariozechner/pi-ai";
import type { AgentSession, AgentSessionEvent } from "@mariozechner/pi-coding-agent";

/** How long a run that the host announced (a retry, a continuation after compaction) may take to begin. */
const ANNOUNCED_RUN_MS = 2000;
/** How often to check again while the host is busy without an event for its end. */
const LOOK_AGAIN_MS = 1000;

/**
 * Prompts a session and resolves when the host is really done with it: retries, compaction and the run after an overflow
 * included. The newer host does all that inside `prompt()`; the older one returns before compaction, delivers events late
 * when an extension's handler is slow, and waits for ever when a provider's stream throws.
 *
 * @returns whether the agent ran at all; an extension's `input` handler may have swallowed the prompt
 * @throws what `prompt()` throws: no model, no key, a failing subscriber (newer host)
 */
export async function promptUntilSettled(
	session: AgentSession,
	text: string,
	images: readonly ImageContent[] = [],
): Promise<boolean> {
	const watch = new SettleWatch(session);
	try {
		await session.prompt(text, {
			expandPromptTemplates: false,
			...(images.length > 0 && { images: [...images] }),
		});
		if (!watch.anyRunBegan) return false;
		await watch.quiet();
		return true;
	} finally {
		watch.end();
	}
}

class SettleWatch {
	private runsBegun = 0;
	private runsTold = 0;
	private repliedInRun = false;
	private announced = false;
	private wake = () => {};
	private readonly unsubscribe: (() => void)[];

	constructor(private readonly session: AgentSession) {
		this.unsubscribe = [
			// The agent emits at once, the session when its queue of extension handlers has caught up.
			session.agent.subscribe((event) => {
				if (event.type === "agent_start") this.runBegan();
				if (event.type === "message_end" && event.message.role === "assistant") this.repliedInRun = true;
			}),
			session.subscribe((event) => this.told(event)),
		];
	}

	get anyRunBegan(): boolean {
		return this.runsBegun > 0;
	}

	async quiet(): Promise<void> {
		for (;;) {
			if (this.runsTold < this.runsBegun) {
				await this.changed();
				continue;
			}
			await new Promise((resolve) => setImmediate(resolve)); // what follows a run's end begins in the same tick
			if (this.runsTold < this.runsBegun) continue;
			if (this.session.isRetrying || this.session.isCompacting) await this.changed(LOOK_AGAIN_MS);
			else if (!this.announced) return;
			else if (!(await this.changed(ANNOUNCED_RUN_MS))) this.announced = false;
		}
	}

	end(): void {
		for (const off of this.unsubscribe) off();
		this.wake();
	}

	private runBegan(): void {
		this.runsBegun++;
		this.repliedInRun = false;
		this.announced = false;
		this.wake();
	}

	private told(event: AgentSessionEvent): void {
		if (event.type === "agent_end") {
			this.runsTold++;
			// No reply at all: the stream function threw. The older host then waits for a retry that nobody starts.
			if (!this.repliedInRun) this.session.abortRetry();
		} else if (event.type === "auto_retry_start") this.announced = true;
		else if (event.type === "auto_retry_end") this.announced = this.announced && event.success;
		else if (event.type === "compaction_end") this.announced = event.willRetry;
		else return;
		this.wake();
	}

	/** @returns whether something happened in time; without a limit it waits for as long as it takes */
	private changed(limit?: number): Promise<boolean> {
		return new Promise((resolve) => {
			const timer = limit === undefined ? undefined : setTimeout(() => resolve(false), limit);
			this.wake = () => {
				clearTimeout(timer);
				resolve(true);
			};
		});
	}
}
