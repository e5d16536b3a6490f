/** Words that say nothing about what to look for. */
const COMMON = new Set(
	`about above after again also answer anything are because been before being below between both but can code come could
	declare declared defined demo did directory does doing done down each explain file files find for from get give had has
	have hello help here hey how into its just know like look made make many may mean means might more most much must name
	need never nice now off only other out over please project repo repository same say says see should show since some
	such sure tell than thank thanks that the their them then there these they thing things this those through too under
	until used uses using very want was way ways well were what when where which while who why will with without work
	works would yes you your`.split(/\s+/),
);

/**
 * What to search for, the most telling word first: names of files, then names as they stand in code, then the longest
 * words. Empty when a message asks for nothing that could be searched for.
 */
export function searchWords(question: string): string[] {
	const words = (question.match(/[\w$][\w$./-]*/g) ?? []).map((word) => word.replace(/[./-]+$/, ""));
	const telling = words.filter((word) => word.length > 2 && !COMMON.has(word.toLowerCase()));
	const ranked = telling.sort((a, b) => weight(b) - weight(a)).map((word) => (isName(word) ? word : singular(word)));
	return [...new Set(ranked)];
}

export function isFileName(word: string): boolean {
	return /^[\w$./-]+\.[a-z]{1,5}$/i.test(word);
}

/** `camelCase`, `PascalCase` with a second hump, `snake_case`, `kebab-case`: nobody writes like that about anything else. */
function isName(word: string): boolean {
	return isFileName(word) || /[a-z][A-Z]|_|-/.test(word);
}

function weight(word: string): number {
	return word.length + (isFileName(word) ? 200 : isName(word) ? 100 : 0);
}

/** Searching for the stem finds both numbers of a word. */
function singular(word: string): string {
	return word.length > 4 ? word.replace(/(?<=s|x|ch|sh)es$|(?<!s|u)s$/, "") : word;
}
