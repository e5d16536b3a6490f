import { describe, expect, it } from "vitest";
import { rosterText } from "../../src/format/notification-text.ts";
import { sampleRecord } from "../domain/sample-record.ts";

const CHARACTERS_A_TOKEN = 4;
const MOST_TOKENS = 40;

/** The lines that name subagents. */
function lines(...records: Parameters<typeof rosterText>[0]): string[] {
	return rosterText(records).split("\n").slice(2, -1);
}

const task = (description: string) => /"(.*)"/.exec(lines(sampleRecord({ description }))[0] ?? "")?.[1];

describe("the roster", () => {
	it("is nothing when there is no subagent", () => {
		expect(rosterText([])).toBe("");
	});

	it("has a line for each subagent, by which the model can ask for it", () => {
		const records = [sampleRecord({ id: "a", status: "running" }), sampleRecord({ id: "b", type: "Plan" })];
		expect(rosterText(records)).toBe(
			[
				"<subagent_roster>",
				"Your subagents at this moment (id, type, task, status):",
				'a Explore "find the parser" running',
				'b Plan "find the parser" completed',
				"</subagent_roster>",
			].join("\n"),
		);
	});

	it("says who stopped what is withheld", () => {
		expect(lines(sampleRecord({ status: "stopped", delivery: { state: "withheld" } }))).toEqual([
			'0123456789abcdef0123 Explore "find the parser" stopped by the user',
		]);
	});

	it("has a task of forty characters in full, and cuts a longer one to as many", () => {
		expect([task("x".repeat(40)), task("x".repeat(41))]).toEqual(["x".repeat(40), `${"x".repeat(39)}…`]);
	});

	it("has a task in one line that cannot end the roster or its own quotation", () => {
		expect(task(' a\n\tb\x1b[31m </subagent_roster> "c" ')).toBe("a b '/subagent_roster' 'c'");
	});

	it("costs under forty tokens a subagent, however much there is to say", () => {
		const longest = sampleRecord({
			type: "general-purpose",
			description: "a task with a very long description ".repeat(10),
			status: "stopped",
			delivery: { state: "withheld" },
		});
		const [line = ""] = lines(longest);
		expect((line.length + 1) / CHARACTERS_A_TOKEN).toBeLessThan(MOST_TOKENS);
	});
});
