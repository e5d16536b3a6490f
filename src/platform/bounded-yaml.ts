import { CST, type Document, Lexer, type ParseOptions, Parser, parseDocument } from "yaml";

/** Aliases may be used, but not to blow a small file up into a big one. */
export const MOST_ALIASES = 50;
/** A JSON Schema is the deepest that a person writes. */
const MOST_DEPTH = 64;
/** Signs, words and spaces. Some costs of the parser grow with their square. */
const MOST_PARTS = 10_000;

/** Why a text is not parsed. */
export interface YamlBurden {
	readonly kind: "too much";
	readonly offset: number;
	/** What there is too much of, and what was expected. */
	readonly message: string;
}

/**
 * Parses YAML of unknown origin. The parser calls itself for each level of nesting, which can end the whole process rather
 * than throw, and looks at everything again for each alias. So the text is counted first, which costs time in proportion to
 * its length and stops where there is too much.
 *
 * @throws what the parser throws
 */
export function parseBoundedYaml(text: string, options: ParseOptions = {}): Document.Parsed | YamlBurden {
	return burdenOf(text) ?? parseDocument(text, { ...options, prettyErrors: false, logLevel: "error" });
}

function burdenOf(text: string): YamlBurden | undefined {
	const parser = new Parser(); // builds no more than a list of parts, and does not call itself
	let parts = 0;
	let aliases = 0;
	let isScalar = false;
	for (const part of new Lexer().lex(text)) {
		const { offset } = parser;
		if (!isScalar && CST.tokenType(part) === "alias") aliases++;
		isScalar = part === CST.SCALAR;
		for (const _ of parser.next(part));
		if (++parts > MOST_PARTS) return tooMuch(offset, `it has more parts than ${MOST_PARTS}`);
		if (aliases > MOST_ALIASES) return tooMuch(offset, `it has more aliases (\`*name\`) than ${MOST_ALIASES}`);
		if (parser.stack.length > MOST_DEPTH) return tooMuch(offset, `it is nested deeper than ${MOST_DEPTH} levels`);
	}
	return undefined;
}

function tooMuch(offset: number, message: string): YamlBurden {
	return { kind: "too much", offset, message: `${message}; write less of it, or put it into the instructions` };
}
