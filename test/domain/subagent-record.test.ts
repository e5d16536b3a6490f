import { expect, it } from "vitest";
import { totalTokens } from "../../src/domain/subagent-record.ts";
import { sampleRecord } from "./sample-record.ts";

it("totals input, output and cache writes", () => {
	expect(totalTokens({ input: 1, output: 20, cacheWrite: 300 })).toBe(321);
});

it("leaves cache reads out of the total, which cost next to nothing", () => {
	const { lifetimeUsage } = sampleRecord({ cacheRead: 1_000_000 });
	expect(totalTokens(lifetimeUsage)).toBe(1234);
});
