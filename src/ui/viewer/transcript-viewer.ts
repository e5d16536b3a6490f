import type { KeybindingsManager, Theme } from "@mariozechner/pi-coding-agent";
import { type Component, type Focusable, type TUI, truncateToWidth } from "@mariozechner/pi-tui";
import { isActive } from "../../domain/condition.ts";
import { plainLine } from "../../platform/plain-text.ts";
import { Clamped } from "../components/line.ts";
import type { Hint } from "../dialogs/hint-lines.ts";
import type { Answer } from "../subagent-commands.ts";
import { ViewedTranscript } from "./viewed-transcript.ts";
import { composeFrame, headLines } from "./viewer-frame.ts";
import { actionOf, type Purpose, promptHints, type ViewerAction, ViewerPrompt, viewerHints } from "./viewer-input.ts";

import { cannotBeSteered, pageName, type ViewerPort } from "./viewer-port.ts";

export interface ViewerParts {
	readonly id: string;
	readonly port: ViewerPort;
	readonly tui: Pick<TUI, "requestRender"> & { readonly terminal: Pick<TUI["terminal"], "rows"> };
	readonly theme: Theme;
	readonly keys: KeybindingsManager;
	/** Tool output is shown in full from the beginning. */
	readonly expanded: boolean;
	readonly clock: () => number;
	readonly close: () => void;
	/** Whether the keys go here now. */
	readonly onFocus: (isFocused: boolean) => void;
}

const LIVE_PULL_MS = 100;
/** A settled subagent may be resumed, and one of another pi may continue. */
const QUIET_PULL_MS = 1000;

/** The conversation of one subagent on a whole screen, followed while it lives. */
export class TranscriptViewer implements Component, Focusable {
	private readonly transcript: ViewedTranscript;
	private readonly out = new Clamped({ render: (width) => this.frame(width), invalidate: () => {} });
	private prompt: ViewerPrompt | undefined;
	private note: { readonly text: string; readonly isBad: boolean } | undefined;
	/** What was drawn last. */
	private shown = { width: 80, frame: "", head: "" };
	private timer: NodeJS.Timeout | undefined;
	private isDisposed = false;
	private hasFocus = false;

	constructor(private readonly parts: ViewerParts) {
		this.transcript = new ViewedTranscript(parts.id, parts.port, parts.expanded);
		this.pull();
	}

	get focused(): boolean {
		return this.hasFocus;
	}

	set focused(isFocused: boolean) {
		this.hasFocus = isFocused;
		if (!this.isDisposed) this.parts.onFocus(isFocused);
	}

	/** Never throws, for that would end pi. */
	render(width: number): string[] {
		try {
			const lines = this.out.render(width);
			this.shown = { width, frame: lines.join("\n"), head: this.head(width) };
			return lines;
		} catch (error) {
			return [truncateToWidth(plainLine(`The transcript cannot be shown: ${error}`), width)];
		}
	}

	/** Never throws, either. */
	handleInput(data: string): void {
		try {
			if (this.prompt) this.prompt.type(data);
			else this.act(data);
		} catch (error) {
			this.say({ kind: "refused", reason: String(error) });
		}
		this.parts.tui.requestRender();
	}

	/** The newer host's mouse wheel. */
	handleMouse({ type, wheelDelta = 0 }: { readonly type: string; readonly wheelDelta?: number }) {
		if (type !== "wheel" || wheelDelta === 0) return undefined;
		this.transcript.view.scroll(wheelDelta);
		return { handled: true };
	}

	/** The theme has changed. */
	invalidate(): void {
		this.transcript.forgetDrawings();
	}

	dispose(): void {
		this.isDisposed = true;
		clearTimeout(this.timer);
	}

	/** Looks for something new, and looks again soon. What fails is tried again, too. */
	private pull(): void {
		const { transcript } = this;
		try {
			if (transcript.pull() || this.head(this.shown.width) !== this.shown.head) this.drawAnew();
		} catch (error) {
			this.say({ kind: "refused", reason: `The conversation cannot be read: ${error}` });
		}
		if (this.isDisposed) return;
		const { snapshot } = transcript;
		const isNear = snapshot !== undefined && isActive(snapshot.condition);
		this.timer = setTimeout(() => this.pull(), isNear ? LIVE_PULL_MS : QUIET_PULL_MS).unref();
	}

	/** Only where somebody would see a difference. */
	private drawAnew(): void {
		const { width, frame } = this.shown;
		if (frame === "" || this.out.render(width).join("\n") === frame) return;
		this.parts.tui.requestRender();
	}

	private act(data: string): void {
		const action = actionOf(data, this.parts.keys);
		if (!action) return;
		this.note = undefined;
		this.actions[action]();
	}

	private readonly actions: Readonly<Record<ViewerAction, () => void>> = {
		back: () => (this.transcript.finder.isOn ? this.transcript.finder.end() : this.parts.close()),
		up: () => this.transcript.view.scroll(-1),
		down: () => this.transcript.view.scroll(1),
		"page-up": () => this.transcript.view.scroll(-this.page),
		"page-down": () => this.transcript.view.scroll(this.page),
		start: () => this.transcript.view.toBeginning(),
		end: () => this.transcript.view.follow(),
		"previous-turn": () => this.transcript.jump(-1),
		"next-turn": () => this.transcript.jump(1),
		search: () => this.ask("search", ""),
		"next-match": () => this.transcript.finder.step(1),
		"previous-match": () => this.transcript.finder.step(-1),
		steer: () => this.askToSteer(),
		export: () => this.ask("export", pageName(this.transcript.snapshot, this.parts.id)),
		expand: () => this.transcript.toggleExpanded(),
		thinking: () => this.transcript.toggleThinking(),
	};

	/** Two lines of the last page stay in sight. */
	private get page(): number {
		return Math.max(1, this.transcript.view.height - 2);
	}

	private askToSteer(): void {
		const reason = cannotBeSteered(this.transcript.snapshot);
		if (reason === undefined) this.ask("steer", "");
		else this.say({ kind: "refused", reason });
	}

	private ask(purpose: Purpose, prefill: string): void {
		this.prompt = new ViewerPrompt(purpose, prefill, (text) => {
			this.prompt = undefined;
			this.note = undefined;
			if (text === undefined || text.trim() === "") return;
			if (purpose === "search") this.transcript.finder.begin(text);
			else void this.carryOut(purpose, text);
		});
	}

	private async carryOut(purpose: "steer" | "export", text: string): Promise<void> {
		const { port, id } = this.parts;
		let answer: Answer;
		try {
			answer = await (purpose === "steer" ? port.steer(id, text) : port.exportHtml(id, text));
		} catch (error) {
			answer = { kind: "refused", reason: String(error) };
		}
		this.say(answer);
		if (answer.kind === "refused" && !this.prompt) this.ask(purpose, text); // what was typed is not lost
	}

	private say(answer: Answer): void {
		if (this.isDisposed) return;
		const isBad = answer.kind === "refused";
		this.note = { text: isBad ? answer.reason : answer.text, isBad };
		this.parts.tui.requestRender();
	}

	private hints(): readonly Hint[] {
		const { finder, snapshot } = this.transcript;
		return viewerHints(this.parts.keys, {
			searching: finder.isOn,
			listens: cannotBeSteered(snapshot) === undefined,
		});
	}

	private head(width: number): string {
		return this.headLines()
			.map((line) => line.render(width))
			.join("\n");
	}

	private headLines() {
		const { snapshot } = this.transcript;
		return snapshot ? headLines(snapshot, this.parts.clock(), this.parts.theme) : [];
	}

	private frame(width: number): string[] {
		const { transcript, prompt, note } = this;
		const { theme, tui, keys } = this.parts;
		const around = {
			head: this.headLines(),
			notice: transcript.notice,
			words: () => transcript.words(theme),
			note,
			prompt: prompt && ((room: number) => prompt.line(room)),
			hints: prompt ? promptHints(keys) : this.hints(),
		};
		const screen = { width, rows: Math.max(1, tui.terminal.rows), theme };
		return composeFrame(around, screen, (rows) => transcript.body({ width, rows, theme }));
	}
}
