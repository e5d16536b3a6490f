import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { transcriptDir } from "../../src/lifecycle/create-subagent-session.ts";

describe("the transcripts of a parent's subagents", () => {
	it("lie beside its session file, in a folder of the same name", () => {
		expect(transcriptDir({ sessionId: "parent", sessionFile: "/sessions/2025.jsonl_parent.jsonl" })).toBe(
			join("/sessions/2025.jsonl_parent", "tasks"),
		);
	});

	it("lie in the person's own temporary folder when the parent is not persisted", () => {
		expect(transcriptDir({ sessionId: "parent", sessionFile: undefined })).toBe(
			join(tmpdir(), `pi-crew-${process.getuid?.() ?? "user"}`, "parent", "tasks"),
		);
	});
});
