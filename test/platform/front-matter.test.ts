import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFrontMatter, type Trouble } from "../../src/platform/front-matter.ts";

/** A file as somebody who does not care about lines sees it; without front matter, or in trouble, it says so. */
function read(text: string) {
	const matter = readFrontMatter(text);
	if (matter.kind === "unreadable") return `${matter.line}:${matter.column ?? "-"} ${matter.message}`;
	const keys = Object.fromEntries([...matter.keys].map(([key, { value }]) => [key, value]));
	return { keys, body: matter.body, ...(matter.leniently && { leniently: matter.leniently.message }) };
}

const file = (keys: string, body = "the body") => `---\n${keys}\n---\n${body}`;
const lines = (text: string) => {
	const matter = readFrontMatter(text);
	return matter.kind === "read" && Object.fromEntries([...matter.keys].map(([key, { line }]) => [key, line]));
};

describe("a file", () => {
	it("is keys and a body", () => {
		expect(read("---\ndescription: reviews\ntools: [Read, Grep]\n---\n\n# You review\n\nCarefully.\n")).toEqual({
			keys: { description: "reviews", tools: ["Read", "Grep"] },
			body: "# You review\n\nCarefully.",
		});
	});

	it.each([
		["that is empty", "", ""],
		["that is blank", " \n\t\n", ""],
		["that is a byte order mark alone", "\uFEFF", ""],
		["without front matter", "# You review\n\n---\n\nCarefully.", "# You review\n\n---\n\nCarefully."],
		["whose first line only begins like front matter", "---- \na: 1\n---\n", "---- \na: 1\n---"],
		["whose first line is blank", "\n---\na: 1\n---\n", "---\na: 1\n---"],
	])("%s has no keys, and the text is its body", (_what, text, body) => {
		expect(read(text)).toEqual({ keys: {}, body });
	});

	it.each([
		["a byte order mark", "\uFEFF---\na: 1\n---\nbody\nmore"],
		["Windows line ends", "---\r\na: 1\r\n---\r\nbody\r\nmore\r\n"],
		["a byte order mark and Windows line ends", "\uFEFF---\r\na: 1\r\n---\r\nbody\r\nmore"],
		["the line ends of old Macs", "---\ra: 1\r---\rbody\rmore"],
		["blanks after the fences", "--- \na: 1\n---\t \nbody\nmore"],
		["more rules in the body", "---\na: 1\n---\nbody\nmore"],
	])("with %s is read like any other", (_what, text) => {
		expect(read(text)).toEqual({ keys: { a: 1 }, body: "body\nmore" });
	});

	it("keeps rules and front matter that stand in its body", () => {
		expect(read(file("a: 1", "one\n---\nb: 2\n---\ntwo"))).toEqual({
			keys: { a: 1 },
			body: "one\n---\nb: 2\n---\ntwo",
		});
	});

	it("keeps how its body is indented, without the blank lines around it", () => {
		expect(read(file("a: 1", "\n \t\n    code\n\n  more  \n \n"))).toEqual({
			keys: { a: 1 },
			body: "    code\n\n  more",
		});
	});

	it.each(["---\na: 1\n---", "---\na: 1\n---\n"])("may end with its front matter: %j", (text) => {
		expect(read(text)).toEqual({ keys: { a: 1 }, body: "" });
	});

	it.each([
		["nothing but a comment", "# nothing yet"],
		["blank lines", "\n"],
	])("may have %s as front matter", (_what, keys) => {
		expect(read(file(keys))).toEqual({ keys: {}, body: "the body" });
	});

	it("may have front matter with nothing in it", () => {
		expect(read("---\n---\nthe body")).toEqual({ keys: {}, body: "the body" });
	});

	it("may have keys of every kind, in any order, with blocks and comments", () => {
		const keys =
			"list:\n  - a\n  - b # both\ntext: |\n  one: 1\n  two\nfolded: >-\n  long\n  line\nflag: false\nnone:\n";
		expect(read(file(keys))).toMatchObject({
			keys: { list: ["a", "b"], text: "one: 1\ntwo\n", folded: "long line", flag: false, none: null },
		});
	});

	it("knows the lines of its keys", () => {
		expect(lines("\uFEFF---\r\n# first\r\na: 1\r\nb:\r\n  - x\r\n\r\nc: 2\r\n---\r\n")).toEqual({ a: 3, b: 4, c: 7 });
	});
});

describe("front matter that is not YAML", () => {
	it.each([
		["a sentence with a colon", "description: Use it when: always", "Use it when: always"],
		["examples in one line", 'description: Runs. Example: user: "hi" → go', 'Runs. Example: user: "hi" → go'],
		["a tab and blanks around", "description: \t a: b  ", "a: b"],
		["a backtick first", "description: `a` is a", "`a` is a"],
		["an at sign first", "description: @reviewer looks", "@reviewer looks"],
		["a quotation first", 'description: "Do it" is what he says', '"Do it" is what he says'],
		["quotes within its quotes", 'description: "He says "do it" twice"', '"He says "do it" twice"'],
		["an apostrophe within its quotes", "description: 'Don't ask'", "'Don't ask'"],
		["a word in brackets first", "description: [BETA] reviews", "[BETA] reviews"],
		["a bold word first", "description: **Always** reviews", "**Always** reviews"],
		["patterns", "description: *.ts,*.tsx", "*.ts,*.tsx"],
		["an arrow first", "description: > see below", "> see below"],
		["a table", "description: | a | b |", "| a | b |"],
		["an ampersand first", "description: & more", "& more"],
		["an exclamation mark first", "description: !important rules", "!important rules"],
		["a backslash", "description: C:\\temp: here\\n", "C:\\temp: here\\n"],
	])("is taken as it stands where a value has %s", (_what, line, description) => {
		expect(read(file(`${line}\ntools: Read, Grep\nmax_turns: 5`))).toEqual({
			keys: { description, tools: "Read, Grep", max_turns: expect.anything() },
			body: "the body",
			leniently: expect.any(String),
		});
	});

	it("keeps what is YAML beside it: quotes, lists, blocks", () => {
		const keys = 'description: a: b\nname: "x: y"\ntools: [Read, Grep]\nlist:\n  - one\ntext: |\n  c: d: e';
		expect(read(file(keys))).toMatchObject({
			keys: { description: "a: b", name: "x: y", tools: ["Read", "Grep"], list: ["one"], text: "c: d: e\n" },
		});
	});

	it("keeps tags, names and block marks beside it", () => {
		const keys = "description: a: b\nage: !!str 5\none: &one [x]\ntwo: *one\ntext: >- # folded\n  c\n  d";
		expect(read(file(keys))).toMatchObject({ keys: { age: "5", one: ["x"], two: ["x"], text: "c d" } });
	});

	it("continues after the end of a YAML document", () => {
		const leniently = expect.stringContaining("multiple documents");
		expect(read(file("a: 1\n...\nb: 2"))).toMatchObject({ keys: { a: "1", b: "2" }, leniently });
	});

	it("keeps what is quoted or listed well, over several lines and with a comment", () => {
		const keys = `description: a: b\nname: "x \\"y\\"\n  z"\ncolor: 'it''s'  # a comment\ntools: [Read,\n  Grep] # both`;
		expect(read(file(keys))).toMatchObject({ keys: { name: 'x "y" z', color: "it's", tools: ["Read", "Grep"] } });
	});

	it("takes a sentence over several lines, and the keys after it with their lines", () => {
		const keys = "description: Use it when: always\n  and ever\nso they say # a comment\ntools: Read";
		expect(read(file(keys))).toMatchObject({
			keys: { description: "Use it when: always and ever so they say", tools: "Read" },
		});
		expect(lines(file(keys))).toEqual({ description: 2, tools: 5 });
	});

	it("takes a star for everything as it stands", () => {
		expect(read(file("tools: *\ncolor: red"))).toMatchObject({ keys: { tools: "*", color: "red" } });
	});

	it("says where, and why", () => {
		const matter = readFrontMatter(file("name: x\ndescription: a: b"));
		expect(matter).toMatchObject({
			leniently: {
				line: 3,
				column: 14,
				message: "not valid YAML: Nested mappings are not allowed in compact mappings",
			},
		});
	});

	it("keeps a list that stands after more than one blank", () => {
		expect(read(file("description: a: b\ntools:  [Read, Grep]"))).toMatchObject({ keys: { tools: ["Read", "Grep"] } });
	});
});

describe("front matter that cannot be read", () => {
	it.each([
		["is never closed", "---\na: 1\nbody", "1:- the front matter is not closed; expected a line `---` after it"],
		["is only opened", "---", "1:- the front matter is not closed; expected a line `---` after it"],
		["is closed by an indented fence", "---\na: |\n  b\n  ---\n", "1:- the front matter is not closed"],
		["is a list", file("- a\n- b"), "2:1 the front matter is no list of keys; expected lines `key: value`"],
		["is a sentence", file("just words"), "2:1 the front matter is no list of keys"],
		["has an open quote", file('a: 1\nb: "open'), "3:9 not valid YAML: Missing closing"],
		["has an open list", file("a: 1\nb: [x, y\nc: 2"), "4:1 not valid YAML: Flow sequence in block collection"],
		["is indented with tabs", file("a:\n\t- x"), "3:1 not valid YAML: Tabs are not allowed as indentation"],
		[
			"has a key twice",
			file("model: a\ncolor: red\nmodel: b"),
			"4:1 not valid YAML: Map keys must be unique; expected lines `key: value`, text with odd signs in quotes",
		],
		["has a name for nothing", file("a: 1\nb: *nobody"), "Unresolved alias"],
	])("is reported with its place when it %s", (_what, text, trouble) => {
		expect(read(text)).toEqual(expect.stringContaining(trouble));
	});

	it("is reported when it is huge, without being looked at", () => {
		expect(read(file("x".repeat(900_000)))).toBe("1:- the front matter is longer than 65536 characters");
	});
});

describe("front matter that means harm", () => {
	const aliases = Array.from({ length: 1500 }, (_, at) => `k${at + 1}: &a${at + 1} [*a${at}, *a${at}]`);
	const nine = (name: string) => Array(9).fill(`*${name}`).join(",");
	const bomb = [..."bcdefgh"].map((key, at) => `${key}: &${key} [${nine("abcdefgh"[at] as string)}]`);

	it.each([
		["aliases that blow it up", ["a: &a [x,x,x,x,x,x,x,x,x]", ...bomb].join("\n"), "more aliases"],
		["aliases of aliases", ["k0: &a0 x", ...aliases].join("\n"), "more aliases"],
		["aliases in a list", `a: &a 1\nb: [${"*a,".repeat(15_000)}]`, "more aliases"],
		["aliases in lines", `a: &a 1\n${"- *a\n".repeat(10_000)}`, "more aliases"],
		["open lists", `a: ${"[".repeat(60_000)}`, "nested deeper"],
		["lists in lists", `a: ${"[".repeat(30_000)}${"]".repeat(30_000)}`, "nested deeper"],
		["maps in maps", `a: ${"{a: ".repeat(12_000)}${"}".repeat(12_000)}`, "nested deeper"],
		["compact lists", `a:\n ${"- ".repeat(30_000)}`, "nested deeper"],
		["explicit keys", "? ".repeat(30_000), "nested deeper"],
		["indented keys", Array.from({ length: 300 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"), "nested deeper"],
		["keys", Array.from({ length: 5000 }, (_, at) => `k${at}: 1`).join("\n"), "more parts"],
		["commas", `a: [${",".repeat(60_000)}`, "more parts"],
		["closed brackets", "]".repeat(60_000), "more parts"],
		["quotes", '"'.repeat(60_000), "more parts"],
		["documents", "--- a\n".repeat(9000), "more parts"],
	])("is refused when it is a heap of %s, and said where that is too much, not where it ends", (_what, keys, why) => {
		const matter = readFrontMatter(file(keys));
		expect(matter).toMatchObject({ kind: "unreadable", message: expect.stringContaining(why), isTooMuch: true });
		const { line, column = 0 } = matter as Trouble;
		const lines = keys.split("\n").slice(0, line - 1);
		const looked = lines.slice(0, -1).join("\n").length + column;
		expect(looked).toBeLessThan(30_001); // parts of the text, not all of it
	});

	it.each([
		["blanks", `a:${" ".repeat(60_000)}b: c`],
		["comments without an end", `a: 1${" #".repeat(30_000)}`],
		["escapes that are none", `a: "${"\\q".repeat(30_000)}"`],
		["line breaks in quotes", `a: "${"\n".repeat(60_000)}"`],
	])("is read or refused, and nothing is thrown, when it is a heap of %s", (_what, keys) => {
		expect(["read", "unreadable"]).toContain(readFrontMatter(file(keys)).kind);
	});

	it("is never parsed beyond its bounds, whatever signs it is made of", () => {
		const sign = fc.constantFrom(
			..."[]{},:?-&*!|>'\"%@`#~ \n\tax",
			"- ",
			": ",
			"? ",
			"*a",
			"&a ",
			"<<: ",
			"...\n",
			"{a: ",
		);
		const heaps = fc.array(fc.tuple(sign, fc.nat({ max: 3000 })), { minLength: 1, maxLength: 12 });
		fc.assert(
			fc.property(heaps, (parts) => {
				const matter = readFrontMatter(file(parts.map(([text, times]) => text.repeat(times)).join("")));
				expect(["read", "unreadable"]).toContain(matter.kind);
				if (matter.kind === "unreadable") expect(matter.message).not.toMatch(/call stack|too deep/);
			}),
			{ numRuns: 200, seed: 20_261_128, endOnFailure: true },
		);
	});

	it("may be as large as somebody would write it", () => {
		const schema = `{${Array.from({ length: 300 }, (_, at) => `k${at}: {type: string, description: some words}`).join(", ")}}`;
		const deep = `${"{a: ".repeat(25)}1${"}".repeat(25)}`;
		expect(read(file(`output_schema: ${schema}\ndeep: ${deep}`))).toMatchObject({ body: "the body" });
	});

	it("may use names, also in a circle", () => {
		const matter = readFrontMatter(file("a: &a [1]\nb: *a\nc: &c [*c]"));
		const values = matter.kind === "read" ? [...matter.keys.values()].map(({ value }) => value) : [];
		expect(values.slice(0, 2)).toEqual([[1], [1]]);
		expect((values[2] as unknown[])[0]).toBe(values[2]);
	});

	it("reaches no prototype", () => {
		const keys = "__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 2}}\nx: {__proto__: {polluted: 3}}";
		const matter = readFrontMatter(file(keys));
		expect(matter.kind === "read" && [...matter.keys.keys()]).toEqual(["__proto__", "constructor", "x"]);
		const x = matter.kind === "read" ? (matter.keys.get("x")?.value as object) : {};
		expect([Object.getPrototypeOf(x), Object.keys(x)]).toEqual([Object.prototype, ["__proto__"]]);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	});

	it.each([
		["a list as a key", "? [a, b]\n: 1", { '["a","b"]': 1 }],
		["no key at all", "? \n: 1", { null: 1 }],
		["a number as a key", "5: 1", { "5": 1 }],
	])("is read when it has %s", (_what, keys, expected) => {
		expect(read(file(keys))).toMatchObject({ keys: expected });
	});
});
