import {
	appendFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fauxAssistantMessage, fauxToolCall } from "@mariozechner/pi-ai";
import type { SessionManager } from "@mariozechner/pi-coding-agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
	openTranscript,
	othersTranscriptPath,
	readTranscript,
	saveTranscript,
	sessionLockPath,
	storedTranscriptPath,
	transcriptFolders,
	transcriptPath,
} from "../../src/host/transcript.ts";
import { parentSnapshot } from "../planning/parent-fake.ts";
import { sampleChildPlan } from "../planning/sample-plan.ts";

const TASK = { role: "user", content: "Do it.", timestamp: 1 } as const;
const ANSWER = fauxAssistantMessage("Done.");

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-transcript-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const plan = (sessionFile: string | undefined = "/sessions/parent.jsonl") =>
	sampleChildPlan({ cwd: root, parent: parentSnapshot({ sessionFile }) });
const file = () => join(root, "tasks", "a.jsonl");

/** What a child's host does with its transcript. */
function converse(manager: SessionManager): void {
	manager.appendMessage(TASK);
	manager.appendMessage(ANSWER);
}

const written = (): Record<string, unknown>[] =>
	readFileSync(file(), "utf8")
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));

describe("the place of a transcript", () => {
	const noon = Date.UTC(2026, 1, 3, 12, 30, 5, 7);
	const name = "2026-02-03T12-30-05-007Z_id-1.jsonl";

	it("is beside the parent's session file, in a folder of the same name", () => {
		const parent = { sessionId: "parent", sessionFile: "/sessions/2025.jsonl_parent.jsonl" };
		expect(transcriptPath(parent, "id-1", noon)).toBe(join("/sessions/2025.jsonl_parent", "tasks", name));
	});

	it("is the person's own temporary folder when the parent is not persisted", () => {
		expect(transcriptPath({ sessionId: "parent", sessionFile: undefined }, "id-1", noon)).toBe(
			join(tmpdir(), `pi-crew-${process.getuid?.() ?? "user"}`, "parent", "tasks", name),
		);
	});
});

describe("the place of a transcript of another session", () => {
	const own = { sessionId: "fork", sessionFile: "/s/project/2026_fork.jsonl" };
	const at = (transcriptFile?: string) =>
		othersTranscriptPath(own, { ...(transcriptFile !== undefined && { transcriptFile }), parentSessionId: "orig" });

	it.each([
		"/s/project/2025_orig/tasks/a.jsonl",
		"/s/elsewhere/2025_orig/tasks/a.jsonl",
		"/s/project/orig/tasks/a.jsonl",
	])("is %s", (file) => {
		expect(at(file)).toBe(file);
	});

	it.each([
		...[
			"/etc/passwd",
			"/dev/zero",
			"/s/project/2025_orig/tasks/../../../../etc/a.jsonl",
			"/s/project/2025_orig/a.jsonl",
		],
		...["/s/project/2025_other/tasks/a.jsonl", "/tmp/x/2025_orig/tasks/a.jsonl", "2025_orig/tasks/a.jsonl", ""],
		...["/s/project/2025_orig/tasks/a.txt", "/s/project/2025_orig/tasks/sub/a.jsonl", undefined],
	])("is not %s", (file) => {
		expect(at(file)).toBeUndefined();
	});
});

describe("saving a transcript before its session is let go", () => {
	it("changes nothing where the file holds all of it, or more", () => {
		const manager = openTranscript(file(), plan());
		converse(manager);
		appendFileSync(file(), "half a line of an earlier crash\n");
		const before = readFileSync(file(), "utf8");
		expect(saveTranscript(file(), manager)).toBe(undefined);
		expect(readFileSync(file(), "utf8")).toBe(before);
	});

	it.each(["a line is missing", "half a line is missing", "the file is missing"])(
		"writes all of it where %s",
		(what) => {
			const manager = openTranscript(file(), plan());
			converse(manager);
			const whole = readFileSync(file(), "utf8");
			if (what === "the file is missing") rmSync(file());
			else
				writeFileSync(
					file(),
					whole.slice(0, what.startsWith("half") ? -20 : whole.lastIndexOf("\n", whole.length - 2) + 1),
				);
			expect(saveTranscript(file(), manager)).toBe(undefined);
			expect(readFileSync(file(), "utf8")).toBe(whole);
			expect(readdirSync(join(root, "tasks"))).toEqual(["a.jsonl"]);
		},
	);

	it("says why it cannot, and leaves what there is", () => {
		const manager = openTranscript(file(), plan());
		converse(manager);
		writeFileSync(file(), "");
		mkdirSync(`${file()}.whole`);
		expect(saveTranscript(file(), manager)).toContain("EISDIR");
		expect(readFileSync(file(), "utf8")).toBe("");
	});

	it("writes nothing where nothing was said", () => {
		const manager = openTranscript(file(), plan());
		manager.appendMessage(TASK);
		rmSync(file(), { force: true }); // the newer host has begun it
		expect(saveTranscript(file(), manager)).toBe(undefined);
		expect(existsSync(file())).toBe(false);
	});
});

describe("the place of a stored subagent's transcript", () => {
	const parent = { sessionId: "parent", sessionFile: "/moved/parent.jsonl" };
	const tasks = join("/moved/parent", "tasks");

	it.each([
		["/sessions/parent/tasks/a.jsonl", "a.jsonl"],
		["/home/me/.ssh/config", "id-1.jsonl"],
		["..", "id-1.jsonl"],
		["", "id-1.jsonl"],
		[undefined, "id-1.jsonl"],
	])("is in the session's own folder, whatever its record says: %s", (transcriptFile, name) => {
		expect(storedTranscriptPath(parent, { id: "id-1", transcriptFile })).toBe(join(tasks, name));
	});
});

describe("a transcript that a killed process left", () => {
	const kept = () => readTranscript(file()).map((message) => (message.role === "user" ? "user" : message.role));

	it("begins anew when no reply was written: the host would write its beginning a second time", () => {
		converse(openTranscript(file(), plan()));
		const [header, ...rest] = readFileSync(file(), "utf8").split("\n");
		writeFileSync(file(), [header, ...rest.slice(0, 2), rest[2]?.slice(0, 20)].join("\n"));
		expect(readTranscript(file())).toEqual([]);
		converse(openTranscript(file(), plan()));
		const entries = written();
		expect(entries.filter(({ type }) => type === "session")).toHaveLength(1);
		expect(kept()).toEqual(["user", "assistant"]);
	});

	it("continues in a line of its own after one that was cut off", () => {
		converse(openTranscript(file(), plan()));
		appendFileSync(file(), '{"type":"message","id":"cut off in the mid');
		const manager = openTranscript(file(), plan());
		manager.appendMessage({ ...TASK, content: "Continue." });
		manager.appendMessage(ANSWER);
		expect(kept()).toEqual(["user", "assistant", "user", "assistant"]);
		expect(
			openTranscript(file(), plan())
				.getBranch()
				.filter(({ type }) => type === "message"),
		).toHaveLength(4);
	});

	it("has an honest answer for a call that was left open, and no other", () => {
		const manager = openTranscript(file(), plan());
		manager.appendMessage(TASK);
		const twice = [fauxToolCall("bash", {}, { id: "a" }), fauxToolCall("bash", {}, { id: "b" })];
		manager.appendMessage(fauxAssistantMessage(twice, { stopReason: "toolUse" }));
		const answered = { role: "toolResult", toolCallId: "a", toolName: "bash", isError: false, timestamp: 1 } as const;
		manager.appendMessage({ ...answered, content: [{ type: "text", text: "done" }] });
		openTranscript(file(), plan());
		openTranscript(file(), plan());
		const answers = readTranscript(file()).filter((message) => message.role === "toolResult");
		expect(answers).toMatchObject([
			{ toolCallId: "a", isError: false },
			{ toolCallId: "b", isError: true, content: [{ text: expect.stringContaining("it was not run again") }] },
		]);
	});
});

describe("a transcript that begins", () => {
	it("is written with the first reply, in the host's format, its header naming the parent's session file", () => {
		const manager = openTranscript(file(), plan());
		manager.appendMessage(TASK);
		expect(readTranscript(file())).toEqual([]);
		manager.appendMessage(ANSWER);
		const [header, ...entries] = written();
		expect(header).toMatchObject({ type: "session", cwd: root, parentSession: "/sessions/parent.jsonl" });
		expect(entries).toMatchObject([
			{ type: "custom", customType: "active_agent", data: { name: "Helper" } },
			{ type: "message", message: TASK },
			{ type: "message", message: { role: "assistant" } },
		]);
	});

	it("names the parent's session by its id when that has no file", () => {
		const noFile = sampleChildPlan({ cwd: root, parent: parentSnapshot({ sessionFile: undefined }) });
		converse(openTranscript(file(), noFile));
		expect(written()[0]).toMatchObject({ parentSession: "parent-session" });
	});

	it("lies where it was said to, in a folder that only its person may read", () => {
		const manager = openTranscript(file(), plan());
		expect([manager.getSessionFile(), manager.getSessionDir()]).toEqual([file(), join(root, "tasks")]);
		if (process.platform !== "win32") expect(statSync(join(root, "tasks")).mode & 0o777).toBe(0o700);
	});
});

describe("a transcript that continues", () => {
	it("keeps its session, its parent and its one active agent", () => {
		const first = openTranscript(file(), plan());
		converse(first);
		const again = openTranscript(file(), plan("/sessions/another.jsonl"));
		converse(again);
		expect(again.getSessionId()).toBe(first.getSessionId());
		expect(written()[0]).toMatchObject({ parentSession: "/sessions/parent.jsonl" });
		expect(written().filter(({ type }) => type === "custom")).toHaveLength(1);
		expect(readTranscript(file())).toEqual([TASK, ANSWER, TASK, ANSWER]);
	});
});

describe("reading a transcript", () => {
	it("brings nothing before the first reply", () => {
		expect(readTranscript(file())).toEqual([]);
	});

	it("brings the messages, oldest first, and nothing else", () => {
		converse(openTranscript(file(), plan()));
		expect(readTranscript(file())).toEqual([TASK, ANSWER]);
	});

	it("brings what there is of a file whose last line was cut off", () => {
		converse(openTranscript(file(), plan()));
		writeFileSync(file(), `${readFileSync(file(), "utf8")}{"type":"mess`);
		expect(readTranscript(file())).toEqual([TASK, ANSWER]);
	});

	it("throws when the file cannot be read", () => {
		expect(() => readTranscript(root)).toThrow("it is a folder; expected a regular file");
	});
});

it("knows where transcripts can lie: beside the session files, and where those of unsaved parents are", () => {
	const temporary = join(tmpdir(), `pi-crew-${process.getuid?.() ?? "user"}`);
	expect([transcriptFolders("/sessions"), transcriptFolders("")]).toEqual([["/sessions", temporary], [temporary]]);
});

it("has its lease beside its transcripts, where somebody else can open the session", () => {
	const paths = ["/s/parent.jsonl", "/s/parent", undefined].map((sessionFile) =>
		sessionLockPath({ sessionId: "parent", sessionFile }),
	);
	expect(paths).toEqual([join("/s/parent", "lease.json"), join("/s/parent.d", "lease.json"), undefined]);
});

it("names the transcript of a record that has none, or none of our kind, after its id", () => {
	const parent = { sessionId: "parent", sessionFile: "/moved/parent.jsonl" };
	for (const record of [{ id: "a" }, { id: "a", transcriptFile: "/etc/passwd" }]) {
		expect(storedTranscriptPath(parent, record)).toBe(join("/moved/parent", "tasks", "a.jsonl"));
	}
});
