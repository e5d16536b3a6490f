import type { KeybindingsManager, Theme } from "@mariozechner/pi-coding-agent";
import { type Component, type Focusable, matchesKey, type TUI, truncateToWidth } from "@mariozechner/pi-tui";
import { isActive } from "../../domain/condition.ts";
import { plainLine } from "../../platform/plain-text.ts";
import { stopLoss } from "../agents/subagent-actions.ts";
import { Clamped } from "../components/line.ts";
import type { Hint } from "../dialogs/hint-lines.ts";
import { isPrintable } from "../dialogs/menu-screen.ts";
import type { Answer } from "../subagent-commands.ts";
import { ViewedTranscript } from "./viewed-transcript.ts";
import { composeFrame, headLines } from "./viewer-frame.ts";
import {
	actionOf,
	type Purpose,
	promptHints,
	type ViewerAbilities,
	type ViewerAction,
	ViewerPrompt,
	viewerHints,
} from "./viewer-input.ts";
import { cannotBeResumed, cannotBeSteered, pageName, type ViewerPort } from "./viewer-port.ts";

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
	/** Closes the screens below it, too. */
	readonly closeAll: () => void;
	/** The keys go here, or to somebody else now. */
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
	/** A question that `y` answers with yes, and any other key with no. */
	private question: { readonly text: string; readonly yes: () => void } | undefined;
	/** What it could do with the subagent since it is open. */
	private readonly offered = new Set<ViewerAction>();
	/** A key came too late to have its meaning, and what is typed after it is no command. */
	private isLate = false;
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
			else if (this.question) this.answer(data);
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
		if (this.isLate && (isPrintable(data) || data === "\r" || data === "\n")) {
			this.isLate = isPrintable(data); // Enter ends what was typed
			return;
		}
		this.isLate = false;
		const action = actionOf(data, this.parts.keys);
		if (!action) return;
		this.note = undefined;
		this.actions[action]();
	}

	private answer(data: string): void {
		const { question } = this;
		this.question = undefined;
		this.note = undefined;
		if (matchesKey(data, "y")) question?.yes();
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
		steer: () => this.askUnless("steer", cannotBeSteered(this.transcript.snapshot)),
		stop: () => this.askToStop(),
		background: () => this.moveToBackground(),
		resume: () => this.askUnless("resume", cannotBeResumed(this.transcript.snapshot)),
		"close-all": () => this.parts.closeAll(),
		export: () => this.ask("export", pageName(this.transcript.snapshot, this.parts.id)),
		expand: () => this.transcript.toggleExpanded(),
		thinking: () => this.transcript.toggleThinking(),
	};

	/** Two lines of the last page stay in sight. */
	private get page(): number {
		return Math.max(1, this.transcript.view.height - 2);
	}

	private askUnless(purpose: "steer" | "resume", reason: string | undefined): void {
		if (reason === undefined) this.ask(purpose, "");
		else this.refuse(purpose, reason);
	}

	private askToStop(): void {
		const { snapshot } = this.transcript;
		const { port, id } = this.parts;
		if (!this.abilities().stop || !snapshot) {
			this.refuse("stop", "It is not running or queued here, so there is nothing to stop.");
			return;
		}
		const stop = () => this.say(port.stop(id));
		const loss = stopLoss(snapshot);
		if (loss === "") stop();
		else this.question = { text: `Stop it? ${upperFirst(loss)} y: stop, any other key: no`, yes: stop };
	}

	private moveToBackground(): void {
		if (this.abilities().background) this.say(this.parts.port.detach(this.parts.id));
		else this.refuse("background", "It does not run in the foreground.");
	}

	private refuse(action: ViewerAction, reason: string): void {
		this.isLate = this.offered.has(action);
		this.say({ kind: "refused", reason });
	}

	private abilities(): ViewerAbilities {
		const { snapshot } = this.transcript;
		const isHere = snapshot !== undefined && isActive(snapshot.condition);
		return {
			steer: cannotBeSteered(snapshot) === undefined,
			stop: isHere,
			background: isHere && snapshot.isAwaited,
			resume: cannotBeResumed(snapshot) === undefined,
		};
	}

	private ask(purpose: Purpose, prefill: string): void {
		this.prompt = new ViewerPrompt(purpose, prefill, (text) => {
			this.prompt = undefined;
			this.note = undefined;
			if (text === undefined || (text.trim() === "" && purpose !== "resume")) return;
			if (purpose === "search") this.transcript.finder.begin(text);
			else void this.carryOut(purpose, text);
		});
	}

	private async carryOut(purpose: Exclude<Purpose, "search">, text: string): Promise<void> {
		const { port, id } = this.parts;
		let answer: Answer;
		try {
			answer = await carriedOut(purpose, port, { id, text });
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
		const { finder } = this.transcript;
		const can = this.abilities();
		for (const action of ["steer", "stop", "background", "resume"] as const) if (can[action]) this.offered.add(action);
		return viewerHints(this.parts.keys, { searching: finder.isOn, can });
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
		const { transcript, prompt, note, question } = this;
		const { theme, tui, keys } = this.parts;
		const around = {
			head: this.headLines(),
			notice: transcript.notice,
			words: () => transcript.words(theme),
			note: question ? { text: question.text, isBad: true } : note,
			prompt: prompt && ((room: number) => prompt.line(room)),
			hints: prompt ? promptHints(keys) : this.hints(),
		};
		const screen = { width, rows: Math.max(1, tui.terminal.rows), theme };
		return composeFrame(around, screen, (rows) => transcript.body({ width, rows, theme }));
	}
}

function carriedOut(
	purpose: Exclude<Purpose, "search">,
	port: ViewerPort,
	{ id, text }: { readonly id: string; readonly text: string },
): Answer | Promise<Answer> {
	switch (purpose) {
		case "steer":
			return port.steer(id, text);
		case "resume":
			return port.resume(id, text.trim());
		case "export":
			return port.exportHtml(id, text);
		default:
			return purpose satisfies never;
	}
}

function upperFirst(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
