import { describe, expect, it } from "vitest";
import {
	LONGEST_WAIT_MS,
	type ProviderTrouble,
	readTrouble,
	retryAfterMilliseconds,
	retryAfterMs,
} from "../../src/domain/provider-trouble.ts";

const NOW = Date.UTC(2026, 10, 28, 12, 0, 0);

describe("readTrouble", () => {
	const busy: [text: string, waitMs: number | undefined][] = [
		["429 status code (no body)", undefined],
		["429 Too Many Requests", undefined],
		['529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', undefined],
		["overloaded_error: Overloaded", undefined],
		["Rate limit reached for gpt-5 in organization org-1: Limit 30000, Used 29000. Please try again in 20s.", 20_000],
		["Rate limit reached. Please try again in 1m26.4s. Visit https://example.com", 86_400],
		["rate_limit_exceeded: try again in 350ms", 350],
		["429 Too many requests, please wait 30 seconds before trying again", 30_000],
		["RESOURCE_EXHAUSTED 429 You exceeded your current quota. Please retry in 34.07s.", 34_070],
		['429 {"error":{"details":[{"retryDelay":"34s"}]}}', 34_000],
		['429 {"error":{"message":"slow down","retry_after":12}}', 12_000],
		['429 {"retry-after-ms": 1500}', 1500],
		["Server requested 120s retry delay (max: 60s). 429 rate limited", 120_000],
		["ThrottlingException: Too many tokens, please wait before trying again.", undefined],
		["429 limit resets at 2026-11-28T12:01:30Z", 90_000],
		["usage limit: resets in 4 minutes and 20 seconds", 260_000],
	];
	it.each(busy)("sees a limit that passes soon in %j", (text, waitMs) => {
		const expected: ProviderTrouble = { kind: "busy", ...(waitMs !== undefined && { waitMs }) };
		expect(readTrouble(text, NOW)).toEqual(expected);
	});

	const exhausted: [text: string, waitMs: number | undefined][] = [
		["You have hit your usage limit. Try again in 5 hours 12 minutes.", (5 * 60 + 12) * 60_000],
		["429 quota exceeded, resets in 3h 20m", 200 * 60_000],
		["Claude AI usage limit reached|1795883400", 1_795_883_400_000 - NOW],
		["usage_limit_reached, resets_in_seconds: 7200", 7_200_000],
		["usage limit reached, resets at 2026-11-28T17:30:00Z", 5.5 * 3_600_000],
		["insufficient_quota: You exceeded your current quota, please check your plan and billing details.", undefined],
		["Your credit balance is too low to access the API", undefined],
	];
	it.each(exhausted)("sees a quota that is not waited for in %j", (text, waitMs) => {
		expect(readTrouble(text, NOW)).toEqual({ kind: "exhausted", ...(waitMs !== undefined && { waitMs }) });
	});

	it.each([
		"503 service unavailable",
		"fetch failed: socket hang up",
		"prompt is too long: 213462 tokens > 200000 maximum",
		"429 Request too large for gpt-4 on tokens per min (TPM): Limit 30000, Requested 45000",
		"400 invalid request req_429abc",
		"the request id is 14290",
		"",
	])("leaves other faults to the host: %j", (text) => {
		expect(readTrouble(text, NOW)).toBeUndefined();
	});

	it("takes the longer of header and text", () => {
		expect(readTrouble("please try again in 1s, 429", NOW, 2000)).toEqual({ kind: "busy", waitMs: 2000 });
		expect(readTrouble("please try again in 3s, 429", NOW, 2000)).toEqual({ kind: "busy", waitMs: 3000 });
		expect(readTrouble("503 unavailable", NOW, 1)).toEqual({ kind: "busy", waitMs: 1 });
		expect(readTrouble("400 bad request", NOW, 1)).toBeUndefined();
		expect(readTrouble("429", NOW, LONGEST_WAIT_MS)).toMatchObject({ kind: "busy" });
		expect(readTrouble("429", NOW, LONGEST_WAIT_MS + 1)).toMatchObject({ kind: "exhausted" });
	});

	it("reads a hostile text quickly", () => {
		const began = performance.now();
		readTrouble(`429 try again in ${"1 m ".repeat(50_000)}`, NOW);
		readTrouble(`retry ${"\n".repeat(100_000)}`, NOW);
		readTrouble(`429 ${"wait ".repeat(50_000)}`, NOW);
		expect(performance.now() - began).toBeLessThan(5000);
	});
});

describe("retry-after", () => {
	it.each([
		["2", 2000],
		[" 1.5 ", 1500],
		["0", 0],
		["Sat, 28 Nov 2026 12:00:07 GMT", 7000],
		["Sat, 28 Nov 2026 11:00:00 GMT", 0],
		["-1", undefined],
		["soon", undefined],
		["", undefined],
	])("%j means %j", (value, expected) => {
		expect(retryAfterMs(value, NOW)).toBe(expected);
	});

	it("reads the form in milliseconds", () => {
		expect(retryAfterMilliseconds("1500")).toBe(1500);
		expect(retryAfterMilliseconds("-3")).toBeUndefined();
		expect(retryAfterMilliseconds("x")).toBeUndefined();
	});
});
