import { formatCount } from "../../format/figures.ts";
import { plainLine } from "../../format/plain-text.ts";
import { Search, type Searched } from "./search.ts";
import type { Place, Viewport } from "./viewport.ts";

/** The search of a viewer: what is searched for, which match is the present one, and the view that goes there. */
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

	/** Begins with the first match from the top of the screen on. */
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

	/** A sign for a line on the screen. */
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
