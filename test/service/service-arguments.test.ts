import { describe, expect, it } from "vitest";
import type { WorkspaceProvider } from "../../src/domain/workspace.ts";
import {
	checkId,
	checkMessage,
	checkProvider,
	checkResume,
	checkSpawn,
	checkWait,
} from "../../src/service/service-arguments.ts";
import { HOSTILE_VALUES, throwsOnEverything } from "../support/hostile-values.ts";

/** What callers in JavaScript give by mistake. */
const SILLY: readonly unknown[] = [null, 42, Number.NaN, true, {}, [], Symbol("s"), () => 1, Object.create(null), 1n];
const show = (value: unknown) => [typeof value, value] as const;
const notStrings = SILLY.map(show);
const notObjects = SILLY.filter((value) => value === null || typeof value !== "object").map(show);

/** What is thrown, as far as callers look at it. */
function refusal(work: () => unknown): { code: unknown; message: string } {
	try {
		work();
		return { code: undefined, message: "nothing was thrown" };
	} catch (error) {
		const { code, message } = error as { code: unknown; message: string };
		return { code, message };
	}
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
		expect(checkSpawn("Explore", "look", options)).toEqual({});
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
		const message = expect.stringMatching(new RegExp(`^\`options.${key}\` is .*; expected ${accepted}\\.$`));
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
		expect(checkResume("id", "continue", { maxTurns: 2 })).toEqual({ maxTurns: 2 });
		expect(checkWait({ signal, timeoutMs: 0 })).toEqual({ signal: expect.any(AbortSignal), timeoutMs: 0 });
		expect(checkWait({ signal: AbortSignal.abort() }).signal?.aborted).toBe(true);
		expect(checkWait()).toEqual({});
		expect(checkWait({ timeoutMs: Number.POSITIVE_INFINITY })).toEqual({ timeoutMs: Number.POSITIVE_INFINITY });
		checkMessage("hello");
		checkId("id");
	});

	it.each(notStrings)("refuse a %s as an id, a prompt and a message", (_type, value) => {
		expect(refusal(() => checkId(value as string))).toEqual(badArgument("`id` is "));
		expect(refusal(() => checkResume(value as string, "continue"))).toEqual(badArgument("`id` is "));
		expect(refusal(() => checkResume("id", value as string))).toEqual(badArgument("`prompt` is "));
		expect(refusal(() => checkMessage(value as string))).toEqual(badArgument("`message` is "));
	});

	it("refuse a message without a word in it", () => {
		expect(refusal(() => checkMessage(" \n"))).toEqual(badArgument("a string with something in it"));
	});

	it.each(notObjects)("refuse a %s as options", (_type, value) => {
		expect(refusal(() => checkResume("id", "continue", value as object))).toEqual(badArgument("`options` is "));
		expect(refusal(() => checkWait(value as object))).toEqual(badArgument("`options` is "));
	});

	it.each([-1, "5", Number.NaN, null])("refuse %s as a time to wait", (timeoutMs) => {
		expect(refusal(() => checkWait({ timeoutMs: timeoutMs as number }))).toEqual(badArgument("a number >= 0"));
	});

	it.each([{}, new AbortController(), null, "signal"])("refuse %s as a signal", (signal) => {
		expect(refusal(() => checkWait({ signal: signal as AbortSignal }))).toEqual(badArgument("an AbortSignal"));
	});
});

describe("arguments from hell", () => {
	const SPAWN = ["description", "model", "maxTurns", "thinkingLevel", "inheritContext", "foreground"] as const;
	const isNothing = (what: string) => what === "nothing";
	const isText = (what: string) => what.includes("text of") || what === "a huge text";
	const hostile = HOSTILE_VALUES.filter(([what]) => !isNothing(what));

	it.each(hostile)("are refused with a code where %s stands for a value", (what, make) => {
		for (const key of SPAWN.filter((_key, at) => !isText(what) || at > 3))
			expect(refusal(() => checkSpawn("Explore", "look", { [key]: make() })).code).toBe("bad-argument");
		for (const key of ["signal", "timeoutMs"])
			expect(refusal(() => checkWait({ [key]: make() })).code).toBe("bad-argument");
		expect(refusal(() => checkProvider(make() as WorkspaceProvider)).code).toBe("bad-argument");
		expect(refusal(() => checkProvider({ prepare: make() } as WorkspaceProvider)).code).toBe(
			typeof make() === "function" && what !== "nothing" ? undefined : "bad-argument",
		);
		if (isText(what)) return;
		expect(refusal(() => checkId(make() as string)).code).toBe("bad-argument");
		expect(refusal(() => checkMessage(make() as string)).code).toBe("bad-argument");
		expect(refusal(() => checkSpawn(make() as string, "look")).code).toBe("bad-argument");
		expect(refusal(() => checkSpawn("Explore", make() as string)).code).toBe("bad-argument");
	});

	it.each(hostile)("are refused with a code where a getter throws %s", (_what, make) => {
		for (const key of [...SPAWN, "signal", "timeoutMs"]) {
			const options = Object.defineProperty({}, key, {
				get: () => {
					throw make();
				},
			});
			const call =
				key === "signal" || key === "timeoutMs" ? checkWait : (given: object) => checkSpawn("Explore", "look", given);
			expect(refusal(() => call(options))).toEqual(badArgument(`\`options.${key}\` cannot be read: `));
		}
	});

	it("are refused with a code as Proxies that throw on everything", () => {
		for (const call of [checkWait, (given: object) => checkSpawn("Explore", "look", given)])
			expect(refusal(() => call(throwsOnEverything())).code).toBe("bad-argument");
	});

	it("count as they were read the first time", () => {
		let reads = 0;
		const options = {
			get model() {
				return reads++ === 0 ? "haiku" : (7 as never);
			},
		};
		const checked = checkSpawn("Explore", "look", options);
		expect([checked.model, checked.model, reads]).toEqual(["haiku", "haiku", 1]);
	});

	it("are refused where a signal only looks like one", () => {
		const fake = Object.create(AbortSignal.prototype);
		expect(refusal(() => checkWait({ signal: fake }))).toEqual(badArgument("expected an AbortSignal"));
	});
});
