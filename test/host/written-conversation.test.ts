import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writtenConversation } from "../../src/host/conversation.ts";

let dir: string;
let file: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), "pi-crew-written-"));
	file = join(dir, "child.jsonl");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const conversation = (hasReplied = true) => writtenConversation({ file, cwd: "/project", hasReplied });

const HEADER = { type: "session", version: 3, id: "child", timestamp: "2026-01-02T03:04:05.006Z", cwd: "/project" };

function entry(id: string, parentId: string | null) {
	const message = { role: "user", content: `text of ${id}`, timestamp: 1 };
	return { type: "message", id, parentId, timestamp: "2026-01-02T03:04:05.006Z", message };
}

function write(...lines: readonly (object | string)[]): void {
	writeFileSync(file, `${lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n")}\n`);
}

const ids = (after?: string) =>
	conversation()
		.read(after)
		.entries.map(({ id }) => id);

it("is the branch that leads to the last entry", () => {
	write(HEADER, entry("a", null), entry("b", "a"), entry("left", "a"), entry("c", "b"));
	expect(ids()).toEqual(["a", "b", "c"]);
	expect(conversation().read().notice).toBe("");
});

it("continues from what is known, and says when that is not on the branch", () => {
	write(HEADER, entry("a", null), entry("b", "a"), entry("c", "b"));
	expect(conversation().read("b")).toMatchObject({ continues: true, entries: [{ id: "c" }] });
	expect(conversation().read("c")).toMatchObject({ continues: true, entries: [] });
	const all = conversation().read("x");
	expect([all.continues, all.entries.length]).toEqual([false, 3]);
});

it("has another revision when the file has changed", () => {
	write(HEADER, entry("a", null));
	const { revision } = conversation();
	expect(conversation().revision).toBe(revision);
	write(HEADER, entry("a", null), entry("b", "a"));
	expect(conversation().revision).not.toBe(revision);
	rmSync(file);
	expect(conversation().revision).toBe("no file");
});

describe("a damaged file", () => {
	it("that was cut off in the middle of a line is shown up to there", () => {
		write(HEADER, entry("a", null), entry("b", "a"));
		writeFileSync(file, `${readFileSync(file, "utf8")}{"type":"message","id":"c","par`);
		expect(ids()).toEqual(["a", "b"]);
		expect(conversation().read().notice).toBe(
			`Line 4 of its transcript is damaged; what was in it is missing here: ${file}`,
		);
	});

	it("is shown without the lines that cannot be read, and names them", () => {
		write(HEADER, entry("a", null), "garbage", entry("c", "b"), "null", "5", '"x"', "[]", "{}", entry("d", "c"));
		expect(ids()).toEqual(["a", "c", "d"]);
		expect(conversation().read().notice).toBe(
			`Lines 3, 5, 6, 7, 8 and 1 more of its transcript are damaged; what was in them is missing here: ${file}`,
		);
	});

	it("with blank lines, or just as many damaged ones as are named, says no more than that", () => {
		write(HEADER, entry("a", null), "  ", "1", "2", "3", "4", "5", "\t");
		expect(conversation().read().notice).toBe(
			`Lines 4, 5, 6, 7, 8 of its transcript are damaged; what was in them is missing here: ${file}`,
		);
	});

	it("whose entries go in a circle is shown once", () => {
		write(HEADER, entry("a", "b"), entry("b", "a"));
		expect(ids()).toEqual(["a", "b"]);
	});

	it("without a header, or with entries of no shape, is shown as far as it goes", () => {
		write(entry("a", null), { type: "message" }, { type: "message", id: 5, parentId: null }, entry("b", "a"));
		expect(ids()).toEqual(["a", "b"]);
	});

	it("that holds nothing is said to", () => {
		write(HEADER);
		expect(conversation().read()).toEqual({
			entries: [],
			continues: false,
			notice: `Its transcript ${file} holds no conversation.`,
		});
		writeFileSync(file, "");
		expect(conversation().read().notice).toBe(`Its transcript ${file} holds no conversation.`);
	});

	it("is not written to", () => {
		write("garbage", entry("a", null));
		chmodSync(file, 0o444);
		const before = statSync(file, { bigint: true });
		conversation().read();
		expect(statSync(file, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
	});
});

it("is read also where an old host has written it, whose entries had no ids", () => {
	const { id: _, parentId: __, ...old } = entry("a", null);
	write({ ...HEADER, version: 1 }, old, old);
	expect(ids()).toEqual([expect.any(String), expect.any(String)]);
	expect(new Set(ids()).size).toBe(2);
});

describe("a file that is not there", () => {
	it("is gone also when its folder has become a file", () => {
		write(HEADER);
		file = join(file, "child.jsonl");
		expect(conversation().read().notice).toBe(`Its transcript ${file} is gone.`);
	});

	it("was lost, or was never begun", () => {
		expect(conversation().read().notice).toBe(`Its transcript ${file} is gone.`);
		expect(conversation(false).read()).toEqual({
			entries: [],
			continues: false,
			notice: "Nothing was said yet: its transcript starts with its first reply.",
		});
	});

	it("or is none, is reported in words", () => {
		file = dir;
		expect(conversation().read().notice).toContain(`Its transcript ${dir} cannot be read: `);
		file = join(dir, "x".repeat(300));
		expect(conversation().read().notice).toContain("cannot be read: ");
	});
});
