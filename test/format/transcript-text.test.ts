import type { AgentMessage } from "@mariozechner/pi-agent-core";
import { fauxAssistantMessage, fauxText, fauxThinking, fauxToolCall } from "@mariozechner/pi-ai";
import { describe, expect, it } from "vitest";
import { transcriptText } from "../../src/format/transcript-text.ts";

type UserContent = Extract<AgentMessage, { role: "user" }>["content"];

const user = (content: UserContent): AgentMessage => ({ role: "user", content, timestamp: 1 });
const image = { type: "image", data: "AAAA", mimeType: "image/png" } as const;

function toolResult(text: string, isError = false): AgentMessage {
	const content = [{ type: "text" as const, text }];
	return { role: "toolResult", toolCallId: "1", toolName: "bash", content, isError, timestamp: 1 };
}

describe("a conversation as text", () => {
	it("is nothing when nothing was said", () => {
		expect(transcriptText([])).toBe("");
	});

	it("has what was said in full, and each tool call with its result", () => {
		const long = "word ".repeat(2000).trim();
		expect(
			transcriptText([
				user("Find it."),
				fauxAssistantMessage([fauxText("Let me look."), fauxToolCall("bash", { command: "ls" })]),
				toolResult("a.ts\nb.ts"),
				fauxAssistantMessage(long),
			]),
		).toBe(
			[
				"[user] Find it.",
				'[assistant] Let me look.\n[calls bash] {"command":"ls"}',
				"[bash] a.ts\nb.ts",
				`[assistant] ${long}`,
			].join("\n\n"),
		);
	});

	it("has only the calls of a message without words, one a line", () => {
		const calls = [fauxToolCall("read", { path: "a" }), fauxToolCall("read", { path: "b" })];
		expect(transcriptText([fauxAssistantMessage(calls)])).toBe('[calls read] {"path":"a"}\n[calls read] {"path":"b"}');
	});

	it("leaves out what nobody said: thoughts, images, empty messages, the host's own entries", () => {
		const summary = { role: "compactionSummary", summary: "long ago", tokensBefore: 9, timestamp: 1 } as AgentMessage;
		expect(
			transcriptText([
				user([{ type: "text", text: "Look: " }, image, { type: "text", text: "there." }]),
				fauxAssistantMessage([fauxThinking("hm"), fauxText("I see.")]),
				fauxAssistantMessage(""),
				summary,
			]),
		).toBe("[user] Look: there.\n\n[assistant] I see.");
	});

	it("says that a tool failed", () => {
		expect(transcriptText([toolResult("no such file", true)])).toBe("[bash failed] no such file");
	});

	it("shortens what a tool was given and what it brought, and says by how much", () => {
		const given = JSON.stringify({ command: "x".repeat(300) });
		expect(
			transcriptText([
				fauxAssistantMessage([fauxToolCall("bash", { command: "x".repeat(300) })]),
				toolResult("y".repeat(1001)),
				toolResult("z".repeat(1000)),
			]),
		).toBe(
			[
				`[calls bash] ${given.slice(0, 200)}… [114 more characters]`,
				`[bash] ${"y".repeat(1000)}… [1 more characters]`,
				`[bash] ${"z".repeat(1000)}`,
			].join("\n\n"),
		);
	});
});
