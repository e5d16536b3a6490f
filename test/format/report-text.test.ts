import { describe, expect, it } from "vitest";
import type { Condition } from "../../src/domain/condition.ts";
import { reportText } from "../../src/format/outcome-text.ts";
import { sampleRecord } from "../domain/sample-record.ts";

const NOW = 12_000;
const SO_FAR = "10.0s so far";
const EXTRAS = {
	now: NOW,
	contextPercent: undefined,
	activity: "bash ls",
	condition: { kind: "settled", status: "completed" },
	conversation: undefined,
} as const;

/** Every line of the header in its order; a test says what it wants different. */
function header(changes: Record<string, string> = {}): string {
	const lines: Record<string, string> = {
		"Agent ID": "0123456789abcdef0123",
		Type: "Explore",
		Description: "find the parser",
		Status: "completed",
		Turns: "4",
		"Tool uses": "3",
		Tokens: "1.2k (1000 in, 200 out, 34 cache write)",
		Context: "unknown",
		Compactions: "0",
		Duration: "2.3s",
		...changes,
	};
	return Object.entries(lines)
		.filter(([, value]) => value !== "")
		.map(([name, value]) => `${name}: ${value}`)
		.join("\n");
}

describe("a report", () => {
	it("has the figures, then the result in full", () => {
		const result = `${"long ".repeat(8000)}\n\n  end  `;
		expect(reportText(sampleRecord({ result }), EXTRAS)).toBe(`${header()}\n\n${result}`);
	});

	it("has the turn limit, the context and the transcript where they are known", () => {
		const record = sampleRecord({ maxTurns: 9, compactionCount: 2, transcriptFile: "/tasks/a.jsonl" });
		expect(reportText(record, { ...EXTRAS, contextPercent: 43 })).toBe(
			`${header({ Turns: "4, limit 9", Context: "43%", Compactions: "2", Transcript: "/tasks/a.jsonl" })}\n\nIt is in /src/parser.ts.`,
		);
	});

	it("does not take an empty context for an unknown one", () => {
		expect(reportText(sampleRecord(), { ...EXTRAS, contextPercent: 0 })).toContain("\nContext: 0%\n");
	});

	it("says of one that runs what it is doing, and that a notification will come", () => {
		const running = sampleRecord({ status: "running", completedAt: undefined, result: undefined });
		expect(reportText(running, { ...EXTRAS, condition: { kind: "running" } })).toBe(
			`${header({ Status: "running", Duration: SO_FAR })}\n\nIt is running (bash ls). You will be notified when it has ended.`,
		);
	});

	it("says of one that is queued that it waits, and that a notification will come", () => {
		const queued = sampleRecord({ status: "queued", completedAt: undefined, result: undefined });
		expect(reportText(queued, { ...EXTRAS, condition: { kind: "queued" } })).toBe(
			`${header({ Status: "queued", Duration: SO_FAR })}\n\nIt waits for a free slot. You will be notified when it has ended.`,
		);
	});

	it("says of one that is suspended, or runs in another pi, why nothing happens here", () => {
		const running = sampleRecord({ status: "running", completedAt: undefined, result: undefined });
		const bodyOf = (condition: Condition) => reportText(running, { ...EXTRAS, condition }).split("\n\n")[1];
		expect([
			bodyOf({ kind: "suspended" }),
			bodyOf({ kind: "owned-elsewhere", status: "running" }),
			bodyOf({ kind: "owned-elsewhere", status: "completed" }),
		]).toEqual([
			"It was still queued when pi ended, and is suspended since. It starts when it is resumed.",
			"It runs in another pi, or did when this session was forked.",
			"(The subagent ended without writing any text.)",
		]);
	});

	it.each([
		["what was written before", "half", "error (partial result)", "Partial result, the last text it wrote:\n\nhalf"],
		["that nothing was written", undefined, "error", "(The subagent ended without writing any text.)"],
	])("gives the reason of a failure, how to continue, and says %s", (_what, result, status, said) => {
		const failed = sampleRecord({ status: "error", error: "no credit", result });
		expect(reportText(failed, EXTRAS)).toBe(
			`${header({ Status: status })}\nResume it to continue: subagent with resume "0123456789abcdef0123".\n\nError: no credit\n\n${said}`,
		);
	});

	it("says so when the subagent wrote nothing", () => {
		expect(reportText(sampleRecord({ result: undefined }), EXTRAS)).toBe(
			`${header()}\n\n(The subagent ended without writing any text.)`,
		);
	});

	it("ends with the conversation where it was asked for", () => {
		expect(reportText(sampleRecord(), { ...EXTRAS, conversation: "[user] Find it." })).toBe(
			`${header()}\n\nIt is in /src/parser.ts.\n\nConversation:\n\n[user] Find it.`,
		);
	});
});
