import { isSafeAgentName } from "../domain/agent-definition.ts";
import { shorten } from "../platform/shorten.ts";

/** With `.md` and the ending of a file that is not complete yet it stays below what disks take, 255 bytes. */
const MOST_BYTES = 200;

/** Some disks do not take them, and a file with one in its name could not be shared with those who have such a disk. */
const FORBIDDEN = /[/\\:*?"<>|]/;
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** What cannot be seen, or turns the text around it. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** @returns why a new agent cannot have this name, and what would be accepted; nothing when it can */
export function problemWithAgentName(name: string): string | undefined {
	if (name.trim() === "") return "A name is needed: it is what the agent is called by.";
	if (name.trim() !== name) return cannot(name, "expected one without blanks at its ends");
	if (INVISIBLE.test(name)) return cannot(name, "expected one without control characters and invisible ones");
	if (FORBIDDEN.test(name) || !isSafeAgentName(name))
		return cannot(name, "expected one without / \\ : * ? | < > \" ' &");
	if (name.startsWith(".") || name.endsWith(".")) return cannot(name, "expected one without a dot at its ends");
	if (/\.md$/i.test(name)) return cannot(name, "expected one without .md, which the file gets of itself");
	if (RESERVED.test(name)) return cannot(name, "Windows keeps it for a device; expected any other");
	const bytes = Buffer.byteLength(name);
	if (bytes > MOST_BYTES) return `The name has ${bytes} bytes; expected at most ${MOST_BYTES}.`;
	return undefined;
}

/** Whether some disk would take both for the same file. */
export function isSameName(one: string, other: string): boolean {
	return comparable(one) === comparable(other);
}

function comparable(name: string): string {
	return name.normalize("NFC").toLowerCase();
}

function cannot(name: string, why: string): string {
	return `"${shorten(name, 60)}" cannot be an agent's name; ${why}.`;
}

/** How many letters must be added, left out, changed or swapped with their neighbour to make one word of the other. */
export function editDistance(one: string, other: string): number {
	const [a, b] = [[...one], [...other]];
	let [before, last] = [[] as number[], b.map((_, index) => index).concat(b.length)];
	for (let row = 1; row <= a.length; row++) {
		const current = [row];
		for (let column = 1; column <= b.length; column++) {
			const isSame = a[row - 1] === b[column - 1];
			const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
			current[column] = Math.min(
				(last[column] ?? 0) + 1,
				(current[column - 1] ?? 0) + 1,
				(last[column - 1] ?? 0) + (isSame ? 0 : 1),
				isSwapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
			);
		}
		[before, last] = [last, current];
	}
	return last[b.length] ?? 0;
}

/** What is longer is no slip of the finger, and costs time to compare. */
const LONGEST_NAME = 80;
const SHORTEST_NAME = 4;

/**
 * Whether somebody who asked for one name may have meant the other: the same words written otherwise (`general_purpose`,
 * `Explore agent`, `explorer`), the same kind of worker (`reviewer` and `code-reviewer`), or a slip of the finger.
 */
export function isNearName(asked: string, known: string): boolean {
	if (asked.length > LONGEST_NAME || known.length > LONGEST_NAME) return false;
	const [one, other] = [wordsOf(asked), wordsOf(known)];
	if (one.length === 0 || other.length === 0) return false;
	const [stems, otherStems] = [one.map(stem), other.map(stem)];
	if (stems.join("") === otherStems.join("")) return true;
	return isSameKind(stems, otherStems) || isSlip(one.join(""), other.join(""));
}

/** One has one word more, before the one that says what kind of worker it is. */
function isSameKind(one: readonly string[], other: readonly string[]): boolean {
	const [short, long] = one.length < other.length ? [one, other] : [other, one];
	if (long.length !== short.length + 1 || (short.at(-1)?.length ?? 0) < SHORTEST_NAME) return false;
	return short.every((word, index) => word === long[index + 1]);
}

function isSlip(one: string, other: string): boolean {
	const [shortest, longest] = [Math.min(one.length, other.length), Math.max(one.length, other.length)];
	if (shortest < SHORTEST_NAME) return false;
	const distance = editDistance(one, other);
	if (longest === SHORTEST_NAME) return distance === 1 && isAnagram(one, other);
	return distance <= (longest < 8 ? 1 : longest < 14 ? 2 : 3);
}

function isAnagram(one: string, other: string): boolean {
	return [...one].sort().join("") === [...other].sort().join("");
}

/** Says that it is an agent, not which. */
const FILLERS: ReadonlySet<string> = new Set(["agent", "agents", "subagent", "the", "my", "type", "assistant", "bot"]);

/** In lower case and without accents; `codeReviewer` has two. */
function wordsOf(name: string): string[] {
	const words = name
		.normalize("NFKD")
		.replaceAll(/\p{M}/gu, "")
		.replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
		.toLowerCase()
		.split(/[^\p{L}\p{N}]+/u)
		.filter((word) => word !== "");
	const telling = words.filter((word) => !FILLERS.has(word));
	return telling.length > 0 ? telling : words;
}

/** `explorer`, `exploring` and `exploration` are about `explore`, `planner` is about `plan`. */
function stem(word: string): string {
	const bare = word.replace(/(?:ations?|ators?|ions?|ing|ers?|ors?|ed|e?s)$/, "").replace(/(.)\1$/, "$1");
	const cut = bare.length >= 3 ? bare : word;
	return cut.length > SHORTEST_NAME ? cut.replace(/e$/, "") : cut;
}
