/**
 * Whether a tool's name is meant by a name or pattern of an agent file. `*` stands for any characters, and `mcp__server` for
 * every tool of that server. MCP servers may have any name, and pi writes what cannot be in a tool's name as `_`; so does this.
 */
export function matchesToolPattern(name: string, pattern: string): boolean {
	const wanted = pattern.startsWith("mcp__") ? pattern.replace(/[^\w*]/g, "_") : pattern;
	return matchesGlob(name, /^mcp__(?:(?!__)[^*])+$/.test(wanted) ? `${wanted}__*` : wanted);
}

/** Whether any of the patterns means the tool, in whatever letter case: a key that restricts must not fail open. */
export function isToolDenied(name: string, patterns: readonly string[] | undefined): boolean {
	const key = name.toLowerCase();
	return patterns?.some((pattern) => matchesToolPattern(key, pattern.toLowerCase())) ?? false;
}

/** Without a regular expression: one with many stars can take for ever, and a pattern comes from a file. */
function matchesGlob(name: string, pattern: string): boolean {
	const [first = "", ...rest] = pattern.split("*");
	const last = rest.pop();
	if (last === undefined) return name === pattern;
	if (!name.startsWith(first)) return false;
	let at = first.length;
	for (const part of rest) {
		const found = name.indexOf(part, at);
		if (found === -1) return false;
		at = found + part.length;
	}
	return name.length - last.length >= at && name.endsWith(last);
}
