import type { AgentEvent } from "@mariozechner/pi-agent-core";
import { LoopDetector, type ToolCallDone } from "../domain/loop-detector.ts";
import { messageText } from "../domain/message-text.ts";
import type { Settings } from "../domain/settings.ts";
import { SilenceClocks, silenceText } from "../domain/silence.ts";
import type { Waiting } from "../domain/waiting.ts";

export type WatchSettings = Pick<Settings, "onLoop" | "loopStopAfter" | "onStall" | "stallSeconds">;

/** What the watchdog can do about the run it watches. None of these may throw. */
export interface WatchedRun {
	/** Shows the person what is wrong; nothing once it is right again. */
	readonly show: (what: string | undefined) => void;
	/** Tells the subagent. */
	readonly steer: (message: string) => void;
	/** Ends the run, with the evidence. */
	readonly stop: (evidence: string) => void;
}

/** How often it looks, in parts of the silence that is too long. */
const LOOKS = 4;

/**
 * Watches one run for loops and silence, from what its session tells. Escalates in steps: it shows what it sees, tells a subagent
 * that repeats itself once, and stops it when it goes on. Silence is only shown unless the settings say otherwise.
 */
export class Watchdog {
	private readonly loops: LoopDetector;
	private readonly clocks: SilenceClocks;
	private timer: NodeJS.Timeout | undefined;
	private shown: "loop" | "silence" | undefined;

	constructor(
		private readonly settings: WatchSettings,
		private readonly run: WatchedRun,
		private readonly clock: () => number,
	) {
		this.loops = new LoopDetector(settings.loopStopAfter);
		this.clocks = new SilenceClocks(clock());
		if (settings.onStall === "off") return;
		this.timer = setInterval(() => this.look(), (settings.stallSeconds * 1000) / LOOKS);
		this.timer.unref();
	}

	/** Called for each streamed token among others. */
	onAgentEvent(event: AgentEvent): void {
		const now = this.clock();
		switch (event.type) {
			case "agent_start":
				this.clocks.prompted(now);
				break;
			case "message_start":
			case "message_update":
			case "message_end":
				if (event.message.role === "assistant") this.clocks.modelSpoke(now);
				break;
			case "tool_execution_start":
				this.clocks.toolBegan(event.toolCallId, event.toolName, event.args, now);
				break;
			case "tool_execution_end":
				this.clocks.toolEnded(event.toolCallId, now);
				break;
			case "turn_end":
				this.clocks.alive(now);
				this.turnEnded(event, now);
				break;
			default:
				this.clocks.alive(now);
		}
		if (this.shown === "silence") this.show(undefined);
	}

	onWaiting(waiting: Waiting | undefined): void {
		this.clocks.waits(waiting, this.clock());
	}

	/** The run is over. */
	end(): void {
		clearInterval(this.timer);
		if (this.shown) this.show(undefined);
	}

	private turnEnded({ message, toolResults }: AgentEvent & { type: "turn_end" }, at: number): void {
		const { onLoop } = this.settings;
		if (onLoop === "off") return;
		const verdict = this.loops.ended({ calls: callsOf(message, toolResults), at });
		if (verdict.kind === "none") {
			if (this.shown === "loop" && !this.loops.isRepeating) this.show(undefined);
			return;
		}
		this.show("loop", `repeats itself: ${verdict.evidence}`);
		if (verdict.kind === "steer" && onLoop !== "show") this.run.steer(steerText(verdict.evidence));
		if (verdict.kind === "stop" && onLoop === "stop") this.run.stop(verdict.evidence);
	}

	private look(): void {
		const silence = this.clocks.silence(this.clock());
		const limit = this.settings.stallSeconds * 1000;
		if (!silence || silence.since < limit) return;
		const text = silenceText(silence);
		this.show("silence", text);
		if (this.settings.onStall === "stop" && silence.since >= 2 * limit) this.run.stop(text);
	}

	private show(kind: "loop" | "silence" | undefined, text?: string): void {
		this.shown = kind;
		this.run.show(text);
	}
}

function steerText(evidence: string): string {
	return `You are repeating yourself without getting anywhere: ${evidence}. Do not make this call again. Try something else, or give your answer with what you have and say what is missing. If you go on like this, you will be stopped.`;
}

type TurnEnd = AgentEvent & { type: "turn_end" };

function callsOf(message: TurnEnd["message"], results: TurnEnd["toolResults"]): ToolCallDone[] {
	if (message.role !== "assistant") return [];
	const calls = new Map(
		message.content.flatMap((part) => (part.type === "toolCall" ? [[part.id, part] as const] : [])),
	);
	return results.map(({ toolCallId, toolName, content, isError }) => ({
		name: toolName,
		args: calls.get(toolCallId)?.arguments ?? {},
		result: messageText(content),
		isError,
	}));
}
