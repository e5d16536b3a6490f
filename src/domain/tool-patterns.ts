/** Whether a pattern of an agent file or a setting means this tool: `*` stands for any characters, all else for itself. */
export function matchesToolPattern(name: string, pattern: string): boolean {
	const [first = "", ...rest] = pattern.split("*");
	if (!name.startsWith(first)) return false;
	const last = rest.pop();
	if (last === undefined) return name === pattern;
	let at = first.length;
	for (const part of rest) {
		const found = name.indexOf(part, at);
		if (found < 0) return false;
		at = found + part.length;
	}
	return name.length - last.length >= at && name.endsWith(last);
}
