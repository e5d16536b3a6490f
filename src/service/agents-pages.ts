import type { AgentsPage } from "../domain/agents-page.ts";
import { subagentsError } from "../domain/refusal.ts";
import { inspected } from "../platform/reason-of.ts";

/** The words after `/agents` that extensions have added. */
export class AgentsPages {
	private readonly pages = new Map<string, AgentsPage>();

	/** @param own the words that `/agents` has itself */
	constructor(private readonly own: readonly string[]) {}

	/** @throws SubagentsError `bad-argument` */
	register(page: AgentsPage): () => void {
		const { word } = checked(page);
		if (this.own.includes(word)) throw badArgument("page.word", word, "a word that `/agents` does not have itself");
		this.pages.set(word, page);
		return () => {
			if (this.pages.get(word) === page) this.pages.delete(word);
		};
	}

	list(): readonly AgentsPage[] {
		return [...this.pages.values()];
	}
}

function checked(page: AgentsPage): AgentsPage {
	if (typeof page !== "object" || page === null) throw badArgument("page", page, "an object");
	const { word, label, description, summary, open, completions } = page;
	if (typeof word !== "string" || !/^[a-z][a-z0-9-]*$/.test(word))
		throw badArgument("page.word", word, "a word in lower case");
	for (const [name, text] of Object.entries({ label, description }))
		if (typeof text !== "string" || text.trim() === "") throw badArgument(`page.${name}`, text, "a text");
	for (const [name, method] of Object.entries({ summary, open, completions: completions ?? open }))
		if (typeof method !== "function") throw badArgument(`page.${name}`, method, "a method");
	return page;
}

function badArgument(name: string, value: unknown, expected: string) {
	return subagentsError("bad-argument", `\`${name}\` is ${inspected(value)}; expected ${expected}.`);
}
