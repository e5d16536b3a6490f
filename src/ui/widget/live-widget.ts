import { isDeepStrictEqual } from "node:util";
import type { Theme } from "@mariozechner/pi-coding-agent";
import { type Component, type Container, type TUI, visibleWidth } from "@mariozechner/pi-tui";
import { tameLine } from "../components/line.ts";
import { isEditor } from "../dialogs/editor-place.ts";
import { type WidgetView, widgetLines } from "./widget-lines.ts";

type Terminal = Pick<TUI, "requestRender"> &
	Partial<Pick<TUI, "children">> & { readonly terminal: { readonly rows: number } };

/** What the lines are made for. */
interface Room {
	readonly width: number;
	readonly rows: number;
	/** Rows that a dialog takes of them. */
	readonly taken: number;
}

/** The lines above the editor. The host asks for them at each drawing; they are rebuilt only when they have changed. */
export class LiveWidget {
	private stage: { readonly tui: Terminal; readonly theme: Theme } | undefined;
	private drawn: { readonly room: Room; readonly lines: string[] } | undefined;

	/** @param clock epoch milliseconds */
	constructor(
		private view: WidgetView,
		private readonly clock: () => number,
	) {}

	/** The host's factory: called where there is a terminal, and again when the host builds its screen anew. */
	on(tui: Terminal, theme: Theme): Component {
		this.stage = { tui, theme };
		this.drawn = undefined;
		const component: Component = {
			render: (width) =>
				this.render({ width, rows: tui.terminal.rows, taken: dialogRows(component, width, tui.children) }),
			invalidate: () => {
				this.drawn = undefined; // the theme's colours are in the lines
			},
		};
		return component;
	}

	get isOnScreen(): boolean {
		return this.stage !== undefined;
	}

	/** Asks the host to draw only when a line would look different. */
	show(view: WidgetView): void {
		this.view = view;
		const { stage, drawn } = this;
		if (!stage || !drawn) return; // drawn with this view as soon as the host asks
		const lines = this.lines(drawn.room);
		if (lines.length === drawn.lines.length && lines.every((line, index) => line === drawn.lines[index])) return;
		this.drawn = { ...drawn, lines };
		stage.tui.requestRender();
	}

	private render(room: Room): string[] {
		if (!isDeepStrictEqual(this.drawn?.room, room)) this.drawn = { room, lines: this.lines(room) };
		return this.drawn?.lines ?? [];
	}

	private lines(room: Room): string[] {
		if (!this.stage) return [];
		const lines = widgetLines(this.view, { ...room, theme: this.stage.theme, now: this.clock() });
		return lines.map(tameLine).filter((line) => visibleWidth(line) <= room.width); // a line that is too wide would end pi
	}
}

/**
 * How many rows a dialog takes that stands below the widget in place of the editor; 0 while that is the editor, and in a host that
 * has it elsewhere. To be asked while the host draws: what it draws next is drawn once more for it.
 */
function dialogRows(widget: Component, width: number, onScreen: readonly Component[] = []): number {
	const above = onScreen.findIndex((child) => isContainer(child) && child.children.includes(widget));
	const below = above < 0 ? undefined : onScreen[above + 1];
	if (!below || !isContainer(below) || below.children.some(isEditor)) return 0;
	return below.render(width).length;
}

function isContainer(component: Component): component is Container {
	return "children" in component && Array.isArray(component.children);
}
