import { stripVTControlCharacters } from "node:util";
import { formatCount } from "../../format/figures.ts";
import { plainLine } from "../../platform/plain-text.ts";
import type { Block } from "./block.ts";
import { asText } from "./conversation-blocks.ts";
import type { Place, Viewport } from "./viewport.ts";

/** What is searched: the text of blocks finds the match, their lines give its place. */
export interface Searched {
	readonly count: number;
	at(index: number): Block | undefined;
	/** Lays the block out. @param unfold also what is folded away in it */
	lines(index: number, options?: { readonly unfold: boolean }): readonly string[];
}

/**
 * A case-insensitive search. It looks at the text of a block first, which is quick and finds folded text, too;
 * only a block with a match is laid out to find the line.
 */
export class Search {
	private readonly words: string;
	private readonly verdicts = new WeakMap<Block, boolean>();
	private readonly found = new WeakMap<readonly string[], readonly number[]>();

	constructor(readonly query: string) {
		this.words = searchable(query);
	}

	/** The number of blocks with a match, and which of them this one is, from 1; 0 when it has none. */
	tally(searched: Pick<Searched, "count" | "at">, block: number): { total: number; position: number } {
		let total = 0;
		let position = 0;
		for (let index = 0; index < searched.count; index++) {
			if (!this.isIn(searched.at(index))) continue;
			total++;
			if (index === block) position = total;
		}
		return { total, position };
	}

	/** The next place after (or before) this one, going round at the end. */
	next(searched: Searched, from: Place, step: 1 | -1): Place | undefined {
		const { count } = searched;
		for (let gone = 0; gone <= count; gone++) {
			const block = (((from.block + gone * step) % count) + count) % count;
			if (!this.isIn(searched.at(block))) continue;
			const lines = this.placesIn(searched, block);
			const isStart = gone === 0;
			const isAhead = (line: number) => !isStart || (step > 0 ? line > from.line : line < from.line);
			const line = step > 0 ? lines.find(isAhead) : lines.findLast(isAhead);
			if (line !== undefined) return { block, line };
		}
		return undefined;
	}

	/** Those of the lines in which a match starts. */
	linesWith(lines: readonly string[]): readonly number[] {
		const known = this.found.get(lines);
		if (known) return known;
		const found = this.locate(lines);
		this.found.set(lines, found);
		return found;
	}

	isIn(block: Block | undefined): boolean {
		if (!block || this.words === "") return false;
		const known = this.verdicts.get(block);
		if (known !== undefined) return known;
		const verdict = searchable(blockText(block)).includes(this.words);
		this.verdicts.set(block, verdict);
		return verdict;
	}

	private placesIn(searched: Searched, block: number): readonly number[] {
		const shown = this.linesWith(searched.lines(block));
		if (shown.length > 0) return shown;
		const unfolded = this.linesWith(searched.lines(block, { unfold: true }));
		return unfolded.length > 0 ? unfolded : [0]; // the host draws it in other words
	}

	/** A match may continue in the next line, where it was broken. */
	private locate(lines: readonly string[]): readonly number[] {
		const starts: number[] = [];
		let whole = "";
		for (const line of lines) {
			starts.push(whole.length);
			const text = searchable(stripVTControlCharacters(line));
			whole += text === "" ? "" : `${text} `;
		}
		const found: number[] = [];
		let at = whole.indexOf(this.words);
		for (let line = 0; at >= 0 && line < lines.length; line++) {
			const next = starts[line + 1] ?? whole.length;
			if (at >= next) continue;
			found.push(line);
			at = whole.indexOf(this.words, next);
		}
		return found;
	}
}

/** The text without markdown marks and without wrapping. */
function searchable(text: string): string {
	return text.toLowerCase().replace(/[*`]/g, "").replace(/\s+/g, " ").trim();
}

/** All that can be read in a block, for the search, and for when the host cannot draw it. */
export function blockText(block: Block): string {
	switch (block.kind) {
		case "user":
			return partsText(block.content);
		case "assistant":
			return joined(partsText(block.message.content), block.message.errorMessage);
		case "tool":
			return joined(block.call.name, valuesText(block.call.arguments), partsText(block.outcome?.content));
		case "compaction":
		case "branch":
			return block.message.summary;
		case "custom":
			return joined(block.message.customType, partsText(block.message.content));
		case "bash":
			return joined(`$ ${block.message.command}`, block.message.output);
		case "plain":
			return joined(block.title, block.text);
		default:
			return block satisfies never;
	}
}

function partsText(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return "";
	return joined(...content.map((part) => (part?.type === "image" ? "[image]" : (part?.text ?? part?.thinking))));
}

/** The values of a call's arguments as they are shown, because a person searches for what they see; nested ones as JSON. */
function valuesText(args: unknown): string {
	if (typeof args !== "object" || args === null) return args === undefined ? "" : String(args);
	return joined(...Object.values(args).map((value) => (typeof value === "string" ? value : asText(value))));
}

function joined(...texts: readonly unknown[]): string {
	return texts.filter((text) => typeof text === "string" && text !== "").join("\n");
}

/** The search of a viewer: the words, the current match, and the view that moves to it. */
export class Finder {
	private search: Search | undefined;
	private match: Place | undefined;

	constructor(
		private readonly searched: Searched,
		private readonly view: Viewport,
	) {}

	get isOn(): boolean {
		return this.search !== undefined;
	}

	/** Starts from the first match at or below the top of the screen. */
	begin(query: string): void {
		this.search = plainLine(query) === "" ? undefined : new Search(plainLine(query));
		const { block, line } = this.view.place;
		this.match = undefined;
		this.goTo(this.search?.next(this.searched, { block, line: line - 1 }, 1));
	}

	step(direction: 1 | -1): void {
		this.goTo(this.search?.next(this.searched, this.match ?? this.view.place, direction));
	}

	end(): void {
		this.search = undefined;
		this.match = undefined;
	}

	/** In words; empty while there is no search. */
	words(): string {
		if (!this.search) return "";
		const { total, position } = this.search.tally(this.searched, this.match?.block ?? -1);
		const count = total === 0 ? "not found" : `${position} of ${formatCount(total, "passage")}`;
		return `"${this.search.query}": ${count}`;
	}

	/** The mark of a line on the screen. */
	mark({ block, line }: Place): "present" | "match" | undefined {
		if (!this.search?.isIn(this.searched.at(block))) return undefined;
		if (this.match?.block === block && this.match.line === line) return "present";
		return this.search.linesWith(this.searched.lines(block)).includes(line) ? "match" : undefined;
	}

	private goTo(match: Place | undefined): void {
		if (!match) return;
		this.match = match;
		this.view.goTo(match, Math.floor(this.view.height / 4));
	}
}
