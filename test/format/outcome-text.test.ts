import { describe, expect, it } from "vitest";
import { backgroundText, figuresLine, figuresText, settledText } from "../../src/format/outcome-text.ts";
import { sampleRecord } from "../domain/sample-record.ts";

const NO_REMARKS = { onFirstLine: [], below: [] };
const FIGURES = "2.3s · 3 tool uses · 1.2k tokens · id 0123456789abcdef0123";
const CONTINUE = 'Resume it to continue: subagent with resume "0123456789abcdef0123".';

describe("the figures", () => {
	it("are status, duration, tool uses and tokens", () => {
		expect(figuresLine(sampleRecord(), 99_999)).toBe("completed · 2.3s · 3 tool uses · 1.2k tokens");
	});

	it("count the time of a run that continues until now", () => {
		const running = sampleRecord({ status: "running", completedAt: undefined, toolUses: 1 });
		expect(figuresLine(running, 2850)).toBe("running · 850ms · 1 tool use · 1.2k tokens");
	});
});

describe("the figures of a run without its record", () => {
	it("read the same", () => {
		expect(figuresText({ status: "aborted", durationMs: 65_000, toolUses: 1, totalTokens: 950 })).toBe(
			"aborted · 1m 05s · 1 tool use · 950 tokens",
		);
	});
});

describe("what the parent reads of a settled run", () => {
	it("is the figures with the id, then the last text in full", () => {
		const result = `${"long ".repeat(8000)}\n\n  end  `;
		expect(settledText(sampleRecord({ result }), NO_REMARKS)).toBe(`completed · ${FIGURES}\n\n${result}`);
	});

	it("names the transcript where there is one", () => {
		expect(settledText(sampleRecord({ transcriptFile: "/sessions/tasks/a.jsonl" }), NO_REMARKS)).toBe(
			`completed · ${FIGURES} · transcript /sessions/tasks/a.jsonl\n\nIt is in /src/parser.ts.`,
		);
	});

	it("says in the first line what ran instead, below it what was not used", () => {
		const remarks = { onFirstLine: ['unknown agent type "x", y ran instead'], below: ["one thing", "another"] };
		expect(settledText(sampleRecord({ transcriptFile: "/t.jsonl" }), remarks)).toBe(
			[
				`completed · ${FIGURES} · transcript /t.jsonl · unknown agent type "x", y ran instead`,
				"Note: one thing",
				"Note: another",
				"",
				"It is in /src/parser.ts.",
			].join("\n"),
		);
	});

	it("says so when the subagent wrote nothing", () => {
		expect(settledText(sampleRecord({ result: undefined }), NO_REMARKS)).toBe(
			`completed · ${FIGURES}\n\n(The subagent ended without writing any text.)`,
		);
	});

	it("tells one that was steered by its status alone, for it brings its answer", () => {
		expect(settledText(sampleRecord({ status: "steered" }), NO_REMARKS)).toBe(
			`steered · ${FIGURES}\n\nIt is in /src/parser.ts.`,
		);
	});

	it("explains before the text of one that was cut off why it may be no answer", () => {
		expect(settledText(sampleRecord({ status: "aborted", result: "Let me look" }), NO_REMARKS)).toBe(
			`aborted · ${FIGURES}\n${CONTINUE}\n\nThe subagent went past its turn limit and its grace turns and was cut off.\nPartial result, the last text it wrote:\n\nLet me look`,
		);
	});

	it("says no more of one that was cut off before it wrote anything", () => {
		expect(settledText(sampleRecord({ status: "aborted", result: undefined }), NO_REMARKS)).toBe(
			`aborted · ${FIGURES}\n${CONTINUE}\n\nThe subagent went past its turn limit and its grace turns and was cut off.`,
		);
	});

	it("gives the reason of a failure, and what there is: its own words, or a workspace's alone", () => {
		const failed = sampleRecord({ status: "error", error: "no credit", result: "Let me look" });
		expect(settledText(failed, NO_REMARKS)).toBe(
			`error · ${FIGURES}\n${CONTINUE}\n\nThe subagent failed: no credit\nPartial result, the last text it wrote:\n\nLet me look`,
		);
	});

	it("gives the reason of a failure that came before any text", () => {
		const failed = sampleRecord({ status: "error", error: "no credit", result: undefined });
		expect(settledText(failed, NO_REMARKS)).toBe(`error · ${FIGURES}\n${CONTINUE}\n\nThe subagent failed: no credit`);
	});

	it("says who stopped it, and what there is of its result", () => {
		const stopped = sampleRecord({ status: "stopped", error: "Stopped by the user.", result: "Let me look" });
		expect(settledText(stopped, NO_REMARKS)).toBe(
			`stopped · ${FIGURES}\n\nStopped by the user.\nPartial result, the last text it wrote:\n\nLet me look`,
		);
	});

	it("says who stopped one that had not written anything", () => {
		const stopped = sampleRecord({ status: "stopped", error: "Stopped by the user.", result: undefined });
		expect(settledText(stopped, NO_REMARKS)).toBe(`stopped · ${FIGURES}\n\nStopped by the user.`);
	});

	it("takes no time for one that has not settled", () => {
		const [queued, running] = (["queued", "running"] as const).map((status) =>
			settledText(sampleRecord({ status, completedAt: undefined, result: "so far" }), NO_REMARKS),
		);
		expect([queued, running]).toEqual([
			"queued · 0ms · 3 tool uses · 1.2k tokens · id 0123456789abcdef0123\n\nso far",
			"running · 0ms · 3 tool uses · 1.2k tokens · id 0123456789abcdef0123\n\nso far",
		]);
	});
});

describe("what the parent reads of a run that went into the background", () => {
	const queued = sampleRecord({ status: "queued", isBackground: true, transcriptFile: "/tasks/a.jsonl" });
	const facts = [
		"Agent ID: 0123456789abcdef0123",
		"Type: Explore",
		"Description: find the parser",
		"Transcript: /tasks/a.jsonl",
	];
	const ending = ["", "You will be notified when it has ended. Continue with something else meanwhile; do not poll."];

	it("is what there is to know of it, and that a notification will come", () => {
		expect(backgroundText(queued, 0, NO_REMARKS)).toBe(
			["Subagent started in the background", ...facts, ...ending].join("\n"),
		);
	});

	it("is its place in the queue where it waits", () => {
		expect(backgroundText(queued, 3, NO_REMARKS)).toBe(
			["Subagent queued at position 3 in the background", ...facts, "Queue position: 3", ...ending].join("\n"),
		);
	});

	it("is also what of the call went otherwise than asked", () => {
		const remarks = { onFirstLine: ['unknown agent type "x", y ran instead'], below: ["one thing", "another"] };
		expect(backgroundText({ ...queued, transcriptFile: undefined }, 0, remarks)).toBe(
			[
				'Subagent started in the background · unknown agent type "x", y ran instead',
				"Note: one thing",
				"Note: another",
				...facts.slice(0, 3),
				...ending,
			].join("\n"),
		);
	});
});
