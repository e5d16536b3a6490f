import type { Theme } from "@mariozechner/pi-coding-agent";
import { type Component, type TUI, visibleWidth } from "@mariozechner/pi-tui";
import { type WidgetView, widgetLines } from "./widget-lines.ts";

type Terminal = Pick<TUI, "requestRender"> & { readonly terminal: { readonly rows: number } };

/** The lines above the editor. The host asks for them whenever it draws anything; they are made anew when they are others. */
export class LiveWidget {
	private stage: { readonly tui: Terminal; readonly theme: Theme } | undefined;
	private drawn: { readonly width: number; readonly rows: number; readonly lines: string[] } | undefined;

	/** @param clock epoch milliseconds */
	constructor(
		private view: WidgetView,
		private readonly clock: () => number,
	) {}

	/** The host's factory: called where there is a terminal, and again when the host builds its screen anew. */
	on(tui: Terminal, theme: Theme): Component {
		this.stage = { tui, theme };
		this.drawn = undefined;
		return {
			render: (width) => this.render(width),
			invalidate: () => {
				this.drawn = undefined; // the theme's colours are in the lines
			},
		};
	}

	get isOnScreen(): boolean {
		return this.stage !== undefined;
	}

	/** Asks the host to draw only when a line would look otherwise. */
	show(view: WidgetView): void {
		this.view = view;
		const { stage, drawn } = this;
		if (!stage || !drawn) return; // drawn with this view as soon as the host asks
		const lines = this.lines(drawn.width, drawn.rows);
		if (lines.length === drawn.lines.length && lines.every((line, index) => line === drawn.lines[index])) return;
		this.drawn = { ...drawn, lines };
		stage.tui.requestRender();
	}

	private render(width: number): string[] {
		const rows = this.stage?.tui.terminal.rows ?? 0;
		if (this.drawn?.width !== width || this.drawn.rows !== rows)
			this.drawn = { width, rows, lines: this.lines(width, rows) };
		return this.drawn.lines;
	}

	private lines(width: number, rows: number): string[] {
		if (!this.stage) return [];
		const lines = widgetLines(this.view, { width, rows, theme: this.stage.theme, now: this.clock() });
		return lines.filter((line) => visibleWidth(line) <= width); // a line that is too wide would end pi
	}
}
