import { expect, it } from "vitest";
import { durationMs, outcomeFields, totalTokens } from "../../src/domain/subagent-record.ts";
import { sampleRecord } from "./sample-record.ts";

it("totals input, output and cache writes", () => {
	expect(totalTokens({ input: 1, output: 20, cacheWrite: 300 })).toBe(321);
});

it("leaves cache reads out of the total, which cost next to nothing", () => {
	const { lifetimeUsage } = sampleRecord({ cacheRead: 1_000_000 });
	expect(totalTokens(lifetimeUsage)).toBe(1234);
});

it("measures a run from its start to its end, or until now while it runs", () => {
	expect(durationMs({ startedAt: 2000, completedAt: 4300 }, 9000)).toBe(2300);
	expect(durationMs({ startedAt: 2000 }, 2500)).toBe(500);
	expect(durationMs({ startedAt: 2000 })).toBe(0);
});

it("leaves the answer of a run in the record, and no empty one", () => {
	for (const status of ["completed", "steered"] as const) {
		expect(outcomeFields({ status, result: "done" })).toEqual({ result: "done" });
		expect(outcomeFields({ status, result: "" })).toEqual({});
	}
	expect(outcomeFields({ status: "aborted", result: "half", limit: "turns" })).toEqual({ result: "half" });
});

it("says why a run did not end by itself, beside what it had written", () => {
	expect(outcomeFields({ status: "error", result: "half", code: "model", message: "no credit" })).toEqual({
		result: "half",
		error: "no credit",
	});
	const { error: interrupted } = outcomeFields({ status: "interrupted", result: "" });
	const reasons = (["user", "parent", "extension", "shutdown"] as const).map(
		(by) => outcomeFields({ status: "stopped", result: "", by }).error,
	);
	const expected = ["user", "turn", "another extension", "session"].map((word) => expect.stringContaining(word));
	expect(reasons).toEqual(expected);
	expect(interrupted).toContain("pi ended while it ran");
});
