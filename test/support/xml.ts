/** What is not well-formed about an XML text, in words; nothing when it is. As far as our pictures go: no comments, no CDATA. */
export function xmlTrouble(text: string): string | undefined {
	const open: string[] = [];
	let roots = 0;
	let end = 0;
	for (const match of text.matchAll(/<([^<>]*)>|([^<>]+)/g)) {
		if (match.index !== end) return `stray ${JSON.stringify(text.slice(end, end + 20))} at ${end}`;
		end += match[0].length;
		const [, tag, words] = match;
		if (words !== undefined) {
			if (/&(?!(?:amp|lt|gt|quot);)/.test(words)) return `a bare & in ${JSON.stringify(words)}`;
			if (open.length === 0 && words.trim() !== "") return `words outside: ${JSON.stringify(words)}`;
			continue;
		}
		const [, closing, name, attributes = "", empty] =
			/^(\/?)([\w:]+)((?:\s+[\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)\s*(\/?)$/.exec(tag ?? "") ?? [];
		if (name === undefined) return `no tag: <${tag}>`;
		const names = [...attributes.matchAll(/([\w:-]+)="/g)].map(([, attribute]) => attribute);
		if (new Set(names).size < names.length) return `an attribute twice: <${tag}>`;
		if (closing) {
			if (open.pop() !== name) return `unexpected </${name}>`;
		} else {
			if (open.length === 0) roots++;
			if (!empty) open.push(name);
		}
	}
	if (end !== text.length) return `stray ${JSON.stringify(text.slice(end, end + 20))} at ${end}`;
	if (open.length > 0) return `<${open.at(-1)}> is not closed`;
	return roots === 1 ? undefined : `${roots} roots`;
}
