import type { ExtensionUIContext, KeybindingsManager, Theme } from "@mariozechner/pi-coding-agent";
import { type Component, type Focusable, setKeybindings, type TUI } from "@mariozechner/pi-tui";
import { Clamped } from "../components/line.ts";
import type { EditorPlace } from "./editor-place.ts";

/** What a screen is drawn with. */
export interface Surface {
	readonly theme: Theme;
	readonly keys: KeybindingsManager;
	/** How many rows there are for it at this moment. */
	readonly rows: () => number;
}

/** Something in place of the editor that a person answers. */
export interface Screen extends Component {
	handleInput(data: string): void;
	/** It may look different although no key was pressed: then it is looked at again, ten times a second. */
	readonly changes?: boolean;
	/**
	 * It has pages: in the newer host's fullscreen mode PageUp and PageDown come here, instead of scrolling the conversation above.
	 *
	 * @default false
	 */
	readonly capturesViewportInput?: boolean;
	/** For screens with a cursor. */
	focused?: boolean;
}

/** Where a screen is shown, and until when. */
export interface ScreenPlace {
	readonly ui: Pick<ExtensionUIContext, "custom">;
	readonly closed: AbortSignal;
	/** Where the editor stands, if that is known. */
	readonly place: EditorPlace | undefined;
	/** What pi waits for meanwhile: terminals that show what their programs do show this. Absent where nothing is asked. */
	readonly question?: string;
}

export type BuildScreen<T> = (surface: Surface, answer: (value: T | undefined) => void) => Screen;

const PULL_MS = 100;
const FOOTER_ROWS = 4; // the host's own lines below, and one of the conversation above

/**
 * Shows a screen in place of the editor until it is answered or the session ends, which answers `undefined`. A screen that throws
 * is taken down and rejects: in the host's hands the error would end the whole program.
 */
export function openScreen<T>(
	{ ui, closed, place, question }: ScreenPlace,
	build: BuildScreen<T>,
): Promise<T | undefined> {
	if (closed.aborted) return Promise.resolve(undefined);
	return new Promise((resolve, reject) => {
		let takeDown = () => {};
		let isOver = false;
		const end = (settle: () => void) => {
			if (isOver) return;
			isOver = true;
			closed.removeEventListener("abort", close);
			takeDown();
			settle();
		};
		const close = () => end(() => resolve(undefined));
		closed.addEventListener("abort", close);
		const shown = ui.custom<undefined>((tui, theme, keys, done) => {
			setKeybindings(keys); // the host loads us with a copy of its terminal kit that knows only the default keys
			const surface = { theme, keys, rows: () => Math.max(2, tui.terminal.rows - FOOTER_ROWS) };
			const later = (settle: () => void) => queueMicrotask(() => end(settle));
			const screen = new GuardedScreen(
				build(surface, (value) => {
					screen.retire();
					// Not before the host has drawn what this key led to: with the editor back in its place already, it would flash up.
					later(() => resolve(value));
				}),
				{ tui, place, fail: (error) => later(() => reject(error)) },
			);
			takeDown = () => {
				screen.dispose();
				done(undefined);
			};
			return screen;
		}, blockedBy(question));
		shown.then(close, (error) => end(() => reject(error)));
	});
}

/** The newer host's option; the older one does not look at it. */
function blockedBy(question: string | undefined): object | undefined {
	return question === undefined ? undefined : { blocked: { kind: "question", message: question } };
}

interface Around {
	readonly tui: Pick<TUI, "requestRender">;
	readonly place: EditorPlace | undefined;
	readonly fail: (error: unknown) => void;
}

/** Whether it is one of these screens; the viewer of transcripts is another. */
export function isScreen(component: Component): boolean {
	return component instanceof GuardedScreen;
}

/** Between a screen and the host: measures, catches, looks for changes while it is open, and comes back when it was put aside. */
class GuardedScreen implements Component, Focusable {
	private readonly clamped: Clamped;
	private drawn: { readonly width: number; readonly text: string } | undefined;
	private timer: NodeJS.Timeout | undefined;
	private isRetired = false;
	/** Ends the wait for its place. */
	private stopWaiting = () => {};

	constructor(
		private readonly screen: Screen,
		private readonly around: Around,
	) {
		this.clamped = new Clamped(screen);
	}

	/** Asked by the newer host, of what has the keys. */
	get capturesViewportInput(): boolean {
		return this.screen.capturesViewportInput ?? false;
	}

	get focused(): boolean {
		return this.screen.focused ?? false;
	}

	set focused(isFocused: boolean) {
		this.screen.focused = isFocused;
		this.stopWaiting();
		if (!isFocused && !this.isRetired) this.waitForPlace();
	}

	render(width: number): string[] {
		const lines = this.lines(width);
		this.drawn = { width, text: lines.join("\n") };
		if (this.screen.changes && !this.isRetired) this.timer ??= setInterval(() => this.look(), PULL_MS).unref();
		else this.rest();
		return lines;
	}

	handleInput(data: string): void {
		if (this.isRetired) return; // answered: keys that come faster than the next screen are not for this one
		try {
			this.screen.handleInput(data);
		} catch (error) {
			this.around.fail(error);
		}
	}

	invalidate(): void {
		this.clamped.invalidate();
	}

	/** It has been answered and is only waiting to be taken down. */
	retire(): void {
		this.isRetired = true;
		this.rest();
		this.stopWaiting();
	}

	dispose(): void {
		this.retire();
	}

	/** Somebody else has the keys now, and perhaps the place: then it is not drawn any more. */
	private waitForPlace(): void {
		const { place } = this.around;
		this.rest();
		this.stopWaiting = place?.whenFree(() => place.put(this)) ?? this.stopWaiting;
	}

	private look(): void {
		if (!this.drawn) return;
		const { width, text } = this.drawn;
		if (this.lines(width).join("\n") !== text) this.around.tui.requestRender();
		else if (!this.screen.changes) this.rest();
	}

	private rest(): void {
		clearInterval(this.timer);
		this.timer = undefined;
	}

	private lines(width: number): string[] {
		try {
			return this.clamped.render(width);
		} catch (error) {
			this.around.fail(error);
			return [];
		}
	}
}
