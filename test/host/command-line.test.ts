import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../src/host/child-resources.ts";

describe("the command line", () => {
	const cases: [string, string[], string[], boolean][] = [
		["nothing said", [], [], false],
		["one extension", ["-e", "./a.ts"], ["./a.ts"], false],
		["the long word", ["--extension", "./a.ts"], ["./a.ts"], false],
		["several, in their order", ["-e", "b", "-p", "hello", "--extension", "a"], ["b", "a"], false],
		["package sources as they are", ["-e", "npm:@x/y@1", "-e", "git:host/z"], ["npm:@x/y@1", "git:host/z"], false],
		["a path with spaces", ["-e", "my folder/a.ts"], ["my folder/a.ts"], false],
		["the same twice", ["-e", "a", "-e", "a"], ["a", "a"], false],
		["nothing after the word", ["-p", "-e"], [], false],
		["no discovery", ["-ne"], [], true],
		["no discovery, the long word", ["--no-extensions"], [], true],
		["no discovery but a named one", ["-ne", "-e", "a", "hello"], ["a"], true],
		["other words that look alike", ["-extension", "a", "-E", "b", "-nex", "--extensions", "c", "-ns"], [], false],
	];

	it.each(cases)("with %s is read as the host reads it", (_what, args, extensions, noExtensions) => {
		expect(readCommandLine(args, "/nowhere")).toEqual({ extensions, noExtensions });
	});

	it("names what exists by its absolute path: a session may live in another directory than the process", () => {
		const { pathname } = new URL(".", import.meta.url);
		const { extensions } = readCommandLine(["-e", "command-line.test.ts", "-e", "npm:x"], pathname);
		expect(extensions).toEqual([`${pathname}command-line.test.ts`, "npm:x"]);
	});
});
