import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import type { SubagentRecord } from "../../domain/subagent-record.ts";
import { isLive } from "../../domain/subagent-state.ts";
import { formatCost, formatCount } from "../../format/figures.ts";
import { inTerminalsSigns } from "../components/line.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";
import { LiveWidget } from "./live-widget.ts";
import type { WidgetView } from "./widget-lines.ts";

/** The widget's and the status line's name at the host. */
const KEY = "pi-crew";
/** Not more than ten pictures a second. */
const PULL_EVERY_MS = 100;
/** How long one that has ended stays visible. */
const LINGER_MS = 5000;

export interface LiveDisplayParts {
	/** Running and queued ones, oldest first. */
	readonly live: () => readonly SubagentSnapshot[];
	readonly find: (id: string) => SubagentSnapshot | undefined;
	/** The value of the setting `widget`. */
	readonly mode: () => "background" | "all" | "off";
	/** The keys that open the list; absent where there are none. */
	readonly listKeys?: string | undefined;
	/** Epoch milliseconds. */
	readonly clock: () => number;
}

type Screen = Pick<ExtensionUIContext, "setWidget" | "setStatus">;

/**
 * What a person sees of subagents without asking: the widget and the status line. It polls, and only while there is something to
 * show: without subagents there is no timer.
 */
export class LiveDisplay {
	private screen: Screen | undefined;
	private timer: NodeJS.Timeout | undefined;
	private widget: LiveWidget | undefined;
	private status: string | undefined;
	/** Those that ended a moment ago, in their last state, with the time. */
	private readonly lingering = new Map<string, { readonly since: number; readonly ended: SubagentSnapshot }>();

	constructor(private readonly parts: LiveDisplayParts) {}

	/** A session has begun or was reloaded: some subagents may be running. */
	connect(screen: Screen): void {
		this.disconnect();
		this.screen = screen;
		this.update();
	}

	disconnect(): void {
		this.lingering.clear();
		this.show({ shown: [], queued: 0 }, undefined);
		this.screen = undefined;
	}

	/** A run has begun or ended. */
	changed(record: SubagentRecord): void {
		if (!this.screen) return;
		const ended = isLive(record.status) ? undefined : this.parts.find(record.id);
		if (ended) this.lingering.set(record.id, { since: this.parts.clock(), ended });
		else this.lingering.delete(record.id);
		if (this.timer === undefined) this.update();
	}

	/** The setting may have changed. */
	update(): void {
		if (!this.screen) return;
		const live = this.parts.live();
		this.show(this.view(live), statusText(live));
	}

	private view(live: readonly SubagentSnapshot[]): WidgetView {
		const mode = this.parts.mode();
		const isWanted = ({ record }: SubagentSnapshot) => mode === "all" || (mode === "background" && record.isBackground);
		const wanted = [...live, ...this.endedLately()].filter(isWanted);
		const queued = wanted.filter(({ record }) => record.status === "queued").length;
		const shown = wanted.filter(({ record }) => record.status !== "queued");
		const { listKeys } = this.parts;
		return { shown: shown.sort((a, b) => a.record.queuedAt - b.record.queuedAt), queued, listKeys };
	}

	private endedLately(): SubagentSnapshot[] {
		const now = this.parts.clock();
		for (const [id, { since }] of this.lingering) {
			if (Math.abs(now - since) > LINGER_MS) this.lingering.delete(id); // clocks are set back
		}
		return [...this.lingering.values()].map(({ ended }) => ended);
	}

	private show(view: WidgetView, status: string | undefined): void {
		const isEmpty = view.shown.length + view.queued === 0;
		if (isEmpty) this.hideWidget();
		else this.showWidget(view);
		if (status !== this.status) this.screen?.setStatus(KEY, status);
		this.status = status;
		clearTimeout(this.timer);
		const keepsUpdating = !isEmpty || status !== undefined;
		this.timer = keepsUpdating && this.screen ? setTimeout(() => this.update(), PULL_EVERY_MS).unref() : undefined;
	}

	private showWidget(view: WidgetView): void {
		if (this.widget) {
			this.widget.show(view);
			return;
		}
		const widget = new LiveWidget(view, this.parts.clock);
		this.widget = widget;
		this.screen?.setWidget(KEY, (tui, theme) => widget.on(tui, theme));
	}

	private hideWidget(): void {
		if (this.widget?.isOnScreen) this.screen?.setWidget(KEY, undefined); // a client that speaks RPC has never heard of it
		this.widget = undefined;
	}
}

/** Count and cost of all live runs, background or not; nothing when there are none. */
function statusText(live: readonly SubagentSnapshot[]): string | undefined {
	if (live.length === 0) return undefined;
	const running = live.filter(({ record }) => record.status === "running");
	const queued = live.length - running.length;
	const cost = running.reduce((sum, { record }) => sum + record.run.cost, 0);
	if (running.length === 0) return inTerminalsSigns(`○ ${formatCount(queued, "subagent")} queued`);
	const parts = [
		`● ${formatCount(running.length, "subagent")} running`,
		...(queued > 0 ? [`${queued} queued`] : []),
		...(cost > 0 ? [formatCost(cost)] : []),
	];
	return inTerminalsSigns(parts.join(" · "));
}
