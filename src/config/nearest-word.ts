import Fuse from "fuse.js";

const SHORTEST_WORD = 3; // one letter is in every word
const LONGEST_WORD = 40; // what is longer is no slip of the finger, and costs time to compare

/** The known word that somebody may have meant, if one comes near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
	if (word.length < SHORTEST_WORD) return undefined;
	const [nearest] = new Fuse(known, { threshold: 0.45 }).search(word.slice(0, LONGEST_WORD));
	return nearest?.item;
}
