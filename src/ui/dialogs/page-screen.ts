import { matchesKey } from "@mariozechner/pi-tui";
import { boundHint, moveHint, wayOutHint } from "./hint-lines.ts";
import type { Screen, Surface } from "./open-screen.ts";
import { frameLines, innerWidth, wrapped } from "./screen-frame.ts";

/** A text to read, with a way to scroll it. */
export class PageScreen implements Screen {
	readonly capturesViewportInput = true;
	private top = 0;
	private page = 1;
	private broken: { readonly width: number; readonly lines: readonly string[] } | undefined;

	constructor(
		private readonly title: string,
		private readonly text: string,
		private readonly surface: Surface,
		private readonly close: () => void,
	) {}

	render(width: number): string[] {
		const { theme, rows, keys } = this.surface;
		const lines = this.linesAt(innerWidth(width));
		return frameLines(
			{
				title: this.title,
				position: (room) => this.position(lines, room),
				about: "",
				body: { wanted: lines.length, draw: (room) => this.window(lines, room) },
				hints: [
					...moveHint(keys, "scroll"),
					...wayOutHint(keys, "back"),
					...boundHint(keys, "tui.select.pageUp", "page up"),
					...boundHint(keys, "tui.select.pageDown", "page down"),
				],
			},
			{ width, rows: rows(), theme },
		);
	}

	invalidate(): void {
		this.broken = undefined;
	}

	handleInput(data: string): void {
		const { keys } = this.surface;
		if (keys.matches(data, "tui.select.up")) this.scroll(-1);
		else if (keys.matches(data, "tui.select.down")) this.scroll(1);
		else if (keys.matches(data, "tui.select.pageUp")) this.scroll(-this.page);
		else if (keys.matches(data, "tui.select.pageDown")) this.scroll(this.page);
		else if (matchesKey(data, "home")) this.scroll(-Number.MAX_SAFE_INTEGER);
		else if (matchesKey(data, "end")) this.scroll(Number.MAX_SAFE_INTEGER);
		else if (keys.matches(data, "tui.select.cancel") || keys.matches(data, "tui.select.confirm")) this.close();
	}

	/** How far that is right is known when it is drawn. */
	private scroll(by: number): void {
		this.top = Math.max(0, this.top + by);
		this.keepInSight(this.broken?.lines.length ?? 0);
	}

	private keepInSight(count: number): void {
		this.top = Math.max(0, Math.min(this.top, count - this.page));
	}

	private position(lines: readonly string[], rows: number): string {
		const shown = this.window(lines, rows);
		return rows < lines.length ? `${this.top + 1}-${this.top + shown.length}/${lines.length}` : "";
	}

	private window(lines: readonly string[], rows: number): readonly string[] {
		this.page = rows;
		this.keepInSight(lines.length);
		return lines.slice(this.top, this.top + rows);
	}

	private linesAt(width: number): readonly string[] {
		if (this.broken?.width !== width) this.broken = { width, lines: wrapped(this.text, width) };
		return this.broken.lines;
	}
}
