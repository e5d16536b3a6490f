import { type Reply, say, type ToolResult } from "./conversation.ts";
import { isFileName, searchWords } from "./search-words.ts";

interface Hit {
	readonly path: string;
	readonly line: number;
}

/** How much of a file is read around a hit, and how much of that is quoted at most. */
const LINES_BEFORE = 20;
const LINES_READ = 60;
const LINES_QUOTED = 30;
const SECONDS = 2;

/**
 * Answers a question about the files here: search for the most telling word, first where it is declared, then wherever it stands, then
 * for the next word; read around the best hit; answer with the passage. Which step is due shows in the results so far.
 */
export function exploreRepository(question: string, results: readonly ToolResult[]): Reply {
	const last = results.at(-1);
	if (last?.tool === "read" && !last.isError) return quote(last, results);
	const hit = last?.tool === "bash" ? hitsIn(last.text)[0] : undefined;
	if (hit) return read(hit.path, Math.max(1, hit.line - LINES_BEFORE));
	const words = searchWords(question);
	if (words.length === 0)
		return say("I can only look for names and words in the files here, and found none in the task.");
	return plannedLooks(words)[results.length] ?? say(`I looked for ${words.join(", ")} and found nothing.`);
}

/** What to try, in this order, as long as nothing was found. */
function plannedLooks(words: readonly string[]): Reply[] {
	return words.slice(0, 4).flatMap((word) => {
		if (isFileName(word)) return [read(word, 1), grep(`-F -e '${word}'`)];
		return [grep(`-E -e '${declarationOf(word)}'`), grep(`-F -e '${word}'`)];
	});
}

/** At the beginning of a line: an import names things, too. */
function declarationOf(word: string): string {
	return `^(export |default |declare |abstract |async )*(type|interface|class|enum|function|const|def|func|fn|struct) +[A-Za-z0-9_]*${word}`;
}

/** `grep`, which is everywhere, and not the host's own search tools: they need a binary that an offline machine may lack. */
function grep(pattern: string): Reply {
	const skipped = ["node_modules", "dist", ".git"].map((folder) => `--exclude-dir=${folder}`).join(" ");
	const command = `grep -rniI ${skipped} --exclude=package-lock.json ${pattern} . | cut -c1-200 | head -n 200`;
	return { calls: [{ tool: "bash", arguments: { command } }], seconds: SECONDS };
}

function read(path: string, offset: number): Reply {
	return { calls: [{ tool: "read", arguments: { path, offset, limit: LINES_READ } }], seconds: SECONDS };
}

/** Source files before documents, tests and demos last; in a file, the first line that matches. */
function hitsIn(grepOutput: string): Hit[] {
	return [...grepOutput.matchAll(/^(?:\.\/)?([^:\n]+):(\d+):/gm)]
		.map(([, path = "", line]) => ({ path, line: Number(line) }))
		.sort((a, b) => remoteness(a) - remoteness(b) || compare(a.path, b.path) || a.line - b.line); // grep has no order
}

function compare(a: string, b: string): number {
	return a < b ? -1 : Number(a > b);
}

function remoteness({ path }: Hit): number {
	if (/^docs\/demo\//.test(path)) return 3; // these very rules, which name what they search for
	if (/(^|\/)tests?\/|\.test\./.test(path)) return 2;
	return /\.(md|json|ya?ml)$/.test(path) ? 1 : 0;
}

function quote(passage: ToolResult, results: readonly ToolResult[]): Reply {
	const first = Number(passage.arguments.offset);
	const hits = results.flatMap((result) => (result.tool === "bash" ? hitsIn(result.text) : []));
	const at = hits[0]?.line ?? 1;
	const lines = passage.text.split("\n");
	const { from, to } = paragraphAround(lines, at - first);
	const quoted = lines.slice(from, to).map((line, index) => `${String(first + from + index).padStart(4)}  ${line}`);
	const elsewhere = [...new Set(hits.slice(1).map((hit) => hit.path))].filter((path) => path !== hits[0]?.path);
	const more = elsewhere.length > 0 ? `\n\nAlso found in ${elsewhere.slice(0, 5).join(", ")}.` : "";
	return say(`${passage.arguments.path}:${at} says:\n\n\`\`\`\n${quoted.join("\n")}\n\`\`\`${more}`);
}

/** From the blank line above to the blank line below: with a comment before a declaration, the comment is in it. */
function paragraphAround(lines: readonly string[], index: number): { from: number; to: number } {
	const isBlank = (line: string | undefined) => line === undefined || line.trim() === "";
	let from = index;
	while (!isBlank(lines[from - 1])) from--;
	let to = index + 1;
	while (!isBlank(lines[to]) && to - from < LINES_QUOTED) to++;
	return { from, to };
}
