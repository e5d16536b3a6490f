import { describe, expect, it } from "vitest";
import { checkId, checkMessage, checkResume, checkSpawn, checkWait } from "../../src/service/service-arguments.ts";

/** What callers in JavaScript give by mistake. */
const SILLY: readonly unknown[] = [null, 42, Number.NaN, true, {}, [], Symbol("s"), () => 1, Object.create(null), 1n];
const show = (value: unknown) => [typeof value, value] as const;
const notStrings = SILLY.map(show);
const notObjects = SILLY.filter((value) => value === null || typeof value !== "object").map(show);

/** What is thrown, as far as callers look at it. */
function refusal(work: () => unknown): { code: unknown; message: string } {
	try {
		work();
	} catch (error) {
		const { code, message } = error as { code: unknown; message: string };
		return { code, message };
	}
	throw new Error("nothing was thrown");
}

const badArgument = (words: string) => ({ code: "bad-argument", message: expect.stringContaining(words) });

describe("the arguments of spawn", () => {
	it("are accepted as the types say", () => {
		const options = { description: "d", model: "m", maxTurns: 3, thinkingLevel: "high", inheritContext: true };
		const placed = { ...options, foreground: true, bypassQueue: false, notifyParent: true };
		expect([checkSpawn("Explore", "look"), checkSpawn("Explore", "look", placed)]).toEqual([{}, placed]);
	});

	it("may have options that are undefined, and some that nobody knows", () => {
		const options = { model: undefined, colour: "red" } as object;
		expect(checkSpawn("Explore", "look", options)).toEqual(options);
	});

	it.each(notStrings)("refuse a %s as a type and as a prompt", (_type, value) => {
		expect(refusal(() => checkSpawn(value as string, "look"))).toEqual(badArgument("`type` is "));
		expect(refusal(() => checkSpawn("Explore", value as string))).toEqual(badArgument("`prompt` is "));
	});

	it.each(notObjects)("refuse a %s as options", (_type, value) => {
		expect(refusal(() => checkSpawn("Explore", "look", value as object))).toEqual(badArgument("`options` is "));
	});

	it.each([
		["description", 1, "a string"],
		["model", {}, "a string"],
		["maxTurns", "3", "a number"],
		["maxTurns", Number.NaN, "a number"],
		["thinkingLevel", 3, "a string"],
		["inheritContext", "yes", "a boolean"],
		["foreground", 1, "a boolean"],
		["bypassQueue", null, "a boolean"],
		["notifyParent", "no", "a boolean"],
	])("name the option %s and what it accepts", (key, value, accepted) => {
		const message = expect.stringMatching(new RegExp(`^\`options.${key}\` is .*; accepted is ${accepted}\\.$`));
		expect(refusal(() => checkSpawn("Explore", "look", { [key]: value }))).toEqual({ code: "bad-argument", message });
	});

	it("are shown, but not at any length", () => {
		const { message } = refusal(() => checkSpawn("Explore", "look", { model: ["x".repeat(500)] as never }));
		expect(message.length).toBeLessThan(200);
	});
});

describe("the arguments of resume, steer and waiting", () => {
	it("are accepted as the types say", () => {
		const { signal } = new AbortController();
		expect(checkResume("id", "go on", { maxTurns: 2 })).toEqual({ maxTurns: 2 });
		expect(checkWait({ signal, timeoutMs: 0 })).toEqual({ signal, timeoutMs: 0 });
		expect(checkWait()).toEqual({});
		expect(checkWait({ timeoutMs: Number.POSITIVE_INFINITY })).toEqual({ timeoutMs: Number.POSITIVE_INFINITY });
		checkMessage("hello");
		checkId("id");
	});

	it.each(notStrings)("refuse a %s as an id, a prompt and a message", (_type, value) => {
		expect(refusal(() => checkId(value as string))).toEqual(badArgument("`id` is "));
		expect(refusal(() => checkResume(value as string, "go on"))).toEqual(badArgument("`id` is "));
		expect(refusal(() => checkResume("id", value as string))).toEqual(badArgument("`prompt` is "));
		expect(refusal(() => checkMessage(value as string))).toEqual(badArgument("`message` is "));
	});

	it("refuse a message without a word in it", () => {
		expect(refusal(() => checkMessage(" \n"))).toEqual(badArgument("a string with something in it"));
	});

	it.each(notObjects)("refuse a %s as options", (_type, value) => {
		expect(refusal(() => checkResume("id", "go on", value as object))).toEqual(badArgument("`options` is "));
		expect(refusal(() => checkWait(value as object))).toEqual(badArgument("`options` is "));
	});

	it.each([-1, "5", Number.NaN, null])("refuse %s as a time to wait", (timeoutMs) => {
		expect(refusal(() => checkWait({ timeoutMs: timeoutMs as number }))).toEqual(badArgument("a number >= 0"));
	});

	it.each([{}, new AbortController(), null, "signal"])("refuse %s as a signal", (signal) => {
		expect(refusal(() => checkWait({ signal: signal as AbortSignal }))).toEqual(badArgument("an AbortSignal"));
	});
});
