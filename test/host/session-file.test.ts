import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { appendOrStepBack, damagedLines, mendEnd } from "../../src/host/session-file.ts";

let file: string;
let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-session-"));
	file = join(root, "session.jsonl");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const mended = (text: string) => {
	writeFileSync(file, text);
	mendEnd(file);
	return readFileSync(file, "utf8");
};

it("ends a line that was cut off, so that the next entry has one of its own", () => {
	expect(mended('{"a":1}\n{"b":')).toBe('{"a":1}\n{"b":\n');
	expect(mended('{"a":1}\n{"b":"é').endsWith("é\n")).toBe(true);
});

it("leaves a whole file and an empty one alone", () => {
	expect(mended('{"a":1}\n')).toBe('{"a":1}\n');
	expect(mended("")).toBe("");
});

it("finds the lines that are no JSON", () => {
	writeFileSync(file, '{"a":1}\n\n{"b":\n[1]\ngarbage\n \t\n');
	expect(damagedLines(file, 3)).toEqual([3, 5]);
});

it("looks at no line where the host could read as many as there are", () => {
	writeFileSync(file, '{"b":\ngarbage\n');
	expect([damagedLines(file, 1), damagedLines(file, 2), damagedLines(file, 3)]).toEqual([[1, 2], [], []]);
});

it("goes back to no entry in a session that had none", () => {
	const branched: unknown[] = [];
	const session = {
		leaf: null as string | null,
		getSessionFile: () => undefined,
		getLeafId: () => session.leaf,
		branch: (id: string) => void branched.push(id),
	};
	const refused = () => {
		session.leaf = "a";
		throw new Error("no space left");
	};
	expect(() => appendOrStepBack(refused, session)).toThrow("no space left");
	expect(branched).toEqual([]);
});

it("does nothing about a file that is not there", () => {
	mendEnd(file);
	expect(damagedLines(file, 0)).toEqual([]);
});

it("leaves what was appended as the last entry, and goes back to the one before when the disk refuses it", () => {
	const session = {
		leaf: "a",
		getSessionFile: () => file,
		getLeafId: () => session.leaf,
		branch: (id: string) => {
			session.leaf = id;
		},
	};
	writeFileSync(file, "whole\n");
	appendOrStepBack(() => session.branch("b"), session);
	expect(session.leaf).toBe("b");
	const refused = () => {
		session.branch("c");
		writeFileSync(file, "whole\nha");
		throw new Error("no space left");
	};
	expect(() => appendOrStepBack(refused, session)).toThrow("no space left");
	expect([session.leaf, readFileSync(file, "utf8")]).toEqual(["b", "whole\nha\n"]);
	expect(() => appendOrStepBack(refused, undefined)).toThrow("no space left");
});
