/** Which paths a list of globs names. Paths are relative, with `/` between their parts. */
export interface Globs {
	matches(path: string): boolean;
	/** Whether something below this folder may match; `""` is the root. */
	mayContain(folder: string): boolean;
}

/**
 * `*`, `?`, `[abc]`, `{a,b}` and `**` for any number of folders; one that begins with `!` takes away what others name. A glob
 * without `/` names files in every folder, one that names a folder all in it.
 */
export function compileGlobs(globs: readonly string[]): Globs {
	const patterns = globs.map((glob) => glob.trim().replace(/^\.\//, ""));
	const wanted = patterns.filter((glob) => !glob.startsWith("!")).flatMap(variants);
	const unwanted = patterns.filter((glob) => glob.startsWith("!")).flatMap((glob) => variants(glob.slice(1)));
	const regexes = (list: readonly string[]) => list.map((glob) => new RegExp(`^${source(glob)}$`, "u"));
	const [positive, negative] = [regexes(wanted), regexes(unwanted)];
	const segments = wanted.map((glob) =>
		glob.split("/").map((part) => (part === "**" ? part : new RegExp(`^${source(part)}$`, "u"))),
	);
	return {
		matches: (path) => positive.some((one) => one.test(path)) && !negative.some((one) => one.test(path)),
		mayContain: (folder) => segments.some((glob) => leadsInto(glob, folder === "" ? [] : folder.split("/"))),
	};
}

function variants(glob: string): readonly string[] {
	const anywhere = glob.includes("/") ? glob.replace(/^\//, "") : `**/${glob}`;
	const base = anywhere.replace(/\/$/, "");
	return base.endsWith("**") ? [base] : [base, `${base}/**`];
}

function leadsInto(glob: readonly (RegExp | "**")[], folder: readonly string[]): boolean {
	for (const [index, name] of folder.entries()) {
		const part = glob[index];
		if (part === "**") return true;
		if (part === undefined || !part.test(name)) return false;
	}
	return folder.length < glob.length;
}

/** Of the parts of braces only one level is understood; deeper ones stand for themselves. */
function source(glob: string): string {
	let out = "";
	for (let at = 0; at < glob.length; at++) {
		const rest = glob.slice(at);
		const [token = "", written] = tokenAt(rest);
		out += written ?? escaped(token);
		at += token.length - 1;
	}
	return out;
}

function tokenAt(rest: string): readonly [string, string?] {
	if (rest.startsWith("**/")) return ["**/", "(?:[^/]+/)*"];
	if (rest.startsWith("**")) return ["**", ".*"];
	if (rest.startsWith("*")) return ["*", "[^/]*"];
	if (rest.startsWith("?")) return ["?", "[^/]"];
	const set = /^\[(!|\^)?([^\]/]+)\]/.exec(rest);
	if (set) return [set[0], `[${set[1] ? "^" : ""}${(set[2] ?? "").replace(/[\\[&]/g, "\\$&")}]`];
	const braces = /^\{([^{}]*)\}/.exec(rest);
	if (braces) return [braces[0], `(?:${(braces[1] ?? "").split(",").map(source).join("|")})`];
	return [rest[0] ?? ""];
}

function escaped(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
