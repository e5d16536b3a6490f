import type { Theme } from "@mariozechner/pi-coding-agent";
import { truncateToWidth, visibleWidth } from "@mariozechner/pi-tui";
import { isLive } from "../../domain/subagent-state.ts";
import { plainLine } from "../../platform/plain-text.ts";
import { type Piece, tameLine } from "../components/line.ts";
import type { SubagentSnapshot } from "../subagent-commands.ts";
import type { Block } from "./block.ts";
import { blockComponent, type Look, plainComponent } from "./block-component.ts";
import { ConversationBlocks } from "./conversation-blocks.ts";
import { Finder } from "./search.ts";
import { positionWords } from "./viewer-frame.ts";
import type { ViewerPort } from "./viewer-port.ts";
import { neighbourTurn, turnOf, Viewport } from "./viewport.ts";

/** A conversation as it is looked at: which part of it, how, and what is searched for in it. */
export class ViewedTranscript {
	readonly view: Viewport;
	readonly finder: Finder;
	snapshot: SubagentSnapshot | undefined;
	private readonly blocks = new ConversationBlocks();
	private readonly drawn = new DrawnBlocks((block) => this.look(block));
	private cwd = "";
	private width = 1;
	private hidesThinking: boolean;
	/** Folded blocks that the search has opened. */
	private unfolded = new WeakSet<Block>();

	constructor(
		private readonly id: string,
		private readonly port: ViewerPort,
		private isExpanded: boolean,
	) {
		this.hidesThinking = port.hidesThinking();
		const { blocks } = this;
		const pages = {
			get count() {
				return blocks.count;
			},
			at: (index: number) => blocks.at(index),
			lines: (index: number, options?: { readonly unfold: boolean }) => this.lines(index, options?.unfold ?? false),
		};
		this.view = new Viewport(pages);
		this.finder = new Finder(pages, this.view);
	}

	/** @returns whether the conversation has changed */
	pull(): boolean {
		this.snapshot = this.port.snapshot(this.id) ?? this.snapshot;
		const conversation = this.port.conversation(this.id);
		if (!conversation) return false;
		this.cwd = conversation.cwd;
		return this.blocks.take(conversation);
	}

	get lives(): boolean {
		return this.snapshot !== undefined && isLive(this.snapshot.record.status);
	}

	/** A remark about the conversation as a whole. */
	get notice(): string {
		return this.blocks.notice;
	}

	/** A turn begins with what a user says or with a reply, tool calls without a word among them. */
	jump(step: 1 | -1): void {
		const block = neighbourTurn(this.blocks.turnStarts, this.view.place, step);
		if (block !== undefined) this.view.goTo({ block, line: 0 });
	}

	toggleExpanded(): void {
		this.isExpanded = !this.isExpanded;
		this.unfolded = new WeakSet();
		this.forgetDrawings();
	}

	toggleThinking(): void {
		this.hidesThinking = !this.hidesThinking;
		this.forgetDrawings();
	}

	forgetDrawings(): void {
		this.drawn.forget();
	}

	/** What is on the screen, with a column on the left for the marks of the search. */
	body({ width, rows, theme }: { width: number; rows: number; theme: Theme }): readonly string[] {
		this.width = width;
		if (this.blocks.count === 0) return this.notice === "" ? [theme.fg("muted", " (Nothing was said yet.)")] : [];
		const mark = { present: theme.fg("accent", "→"), match: theme.fg("accent", "•"), none: " " };
		return this.view.visible(rows).map((line) => `${mark[this.finder.mark(line) ?? "none"]}${line.text}`);
	}

	/** The position of the view. */
	words(theme: Theme): readonly Piece[] {
		const { view, finder, lives } = this;
		const texts = [
			positionWords({ follows: view.follows, missed: view.missed, lives }),
			finder.words(),
			this.turnWords(),
		];
		const paint = (text: string) => theme.fg("muted", text);
		return texts.filter((text) => text !== "").map((text) => ({ text, paint }));
	}

	/** The turn at the top of the screen; at the end the last one. */
	private turnWords(): string {
		const starts = this.blocks.turnStarts;
		const turn = this.view.follows ? starts.length : turnOf(starts, this.view.place.block);
		return starts.length > 0 ? `message ${turn} of ${starts.length}` : "";
	}

	private lines(index: number, unfold: boolean): readonly string[] {
		const block = this.blocks.at(index);
		if (!block) return [];
		if (unfold && !this.unfolded.has(block)) {
			this.unfolded.add(block);
			this.drawn.forget(block);
		}
		return this.drawn.lines(block, Math.max(1, this.width - 1));
	}

	private look(block: Block) {
		const { hidesThinking, cwd } = this;
		return { expanded: this.isExpanded || this.unfolded.has(block), hidesThinking, cwd };
	}
}

/** More than fit on a screen, and some pages around it. */
const MOST_KEPT = 300;

/** The lines of blocks at one width, drawn when they are asked for and kept while they are near. */
export class DrawnBlocks {
	/** In the order of their last use. */
	private readonly kept = new Map<Block, readonly string[]>();
	private width = 0;

	/** @param look asked for at each drawing; what it answered differently before is forgotten with `forget` */
	constructor(private readonly look: (block: Block) => Look) {}

	/** Never throws; no line is wider than the width. */
	lines(block: Block, width: number): readonly string[] {
		if (width !== this.width) this.forget();
		this.width = width;
		const lines = this.kept.get(block) ?? this.draw(block, width);
		this.kept.delete(block);
		this.kept.set(block, lines);
		for (const [oldest] of this.kept) {
			if (this.kept.size <= MOST_KEPT) break;
			this.kept.delete(oldest);
		}
		return lines;
	}

	/** The theme or the look has changed. */
	forget(block?: Block): void {
		if (block) this.kept.delete(block);
		else this.kept.clear();
	}

	private draw(block: Block, width: number): readonly string[] {
		try {
			return blockComponent(block, this.look(block))
				.render(width)
				.map((line) => tame(line, width));
		} catch {
			return drawPlain(block, width);
		}
	}
}

function drawPlain(block: Block, width: number): readonly string[] {
	try {
		return plainComponent(block)
			.render(width)
			.map((line) => tame(line, width));
	} catch (error) {
		return [truncateToWidth(plainLine(`[${block.kind}] cannot be shown: ${error}`), width)];
	}
}

function tame(line: string, width: number): string {
	const plain = tameLine(line);
	return visibleWidth(plain) > width ? truncateToWidth(plain, width, "") : plain;
}
