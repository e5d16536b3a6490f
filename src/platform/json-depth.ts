/** No settings are written deeper than that. */
export const MOST_JSON_DEPTH = 64;

/**
 * Whether lists and objects of a JSON text are nested deeper than can be trusted to what calls itself for each level: an
 * overflow of the stack can end the whole process. Counts brackets outside of strings; whether it is JSON is not looked at.
 */
export function isNestedTooDeep(json: string): boolean {
	let depth = 0;
	for (const [sign] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
		if (sign === "[" || sign === "{") depth++;
		else if (sign === "]" || sign === "}") depth--;
		if (depth > MOST_JSON_DEPTH) return true;
	}
	return false;
}
