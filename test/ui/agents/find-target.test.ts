import { expect, it } from "vitest";
import { findTarget } from "../../../src/ui/agents/perform-action.ts";
import { atWork } from "../sample-snapshot.ts";
import { DONE, fakeCommands, HELD, QUEUED, RUNNING } from "./commands-fake.ts";

const { commands } = fakeCommands([HELD, RUNNING, QUEUED, DONE]);
const messageOf = (typed: string, word: Parameters<typeof findTarget>[1] = "stop", from = commands) => {
	const target = findTarget(from, word, typed);
	return target.kind === "unclear" ? target.message.split("\n") : target.snapshot.record.id;
};

it.each([
	[RUNNING.record.id, RUNNING.record.id],
	["run1", RUNNING.record.id],
	["d", DONE.record.id],
	["latest", QUEUED.record.id],
	["Latest", QUEUED.record.id],
])("finds by %s", (typed, id) => {
	expect(messageOf(typed)).toBe(id);
});

it("takes the newest of all by `latest` where the word applies to none", () => {
	expect(messageOf("latest", "background")).toBe(DONE.record.id);
});

it("names the ids it may be when several begin so, newest last", () => {
	expect(messageOf("run")).toEqual([
		'Several ids begin with "run":',
		'run1aaaa running Explore "find the parser"',
		'run2bbbb queued Explore "review it"',
	]);
	const twins = [atWork({ id: "twinning-1" }), atWork({ id: "twinning-2" })];
	expect(messageOf("twin", "stop", fakeCommands(twins).commands).slice(1)).toEqual([
		expect.stringMatching(/^twinning-1 /),
		expect.stringMatching(/^twinning-2 /),
	]);
});

it("names only the subagents that the word can be used with when none begins so, or none was said", () => {
	expect(messageOf("\x1b[2Jxyz")).toEqual([
		'There is no subagent "\\u001b[2Jxyz".',
		"Subagents that can be used with /agents stop:",
		expect.stringMatching(/^run1aaaa running/),
		expect.stringMatching(/^run2bbbb queued/),
	]);
	expect(messageOf("", "resume")).toEqual([
		"Usage: /agents resume <id> [prompt]",
		"Subagents that can be used with /agents resume:",
		expect.stringMatching(/^held1fff/),
		expect.stringMatching(/^done1ccc/),
	]);
	expect(messageOf("", "stop", fakeCommands([DONE]).commands)).toEqual([
		"Usage: /agents stop <id>, or /agents stop all",
		"There is no subagent now that can be used with /agents stop.",
	]);
	const many = Array.from({ length: 20 }, (_, n) => atWork({ id: `many${n}` }));
	expect(messageOf("x", "stop", fakeCommands(many).commands).slice(2, 4)).toEqual([
		"(12 older not shown)",
		expect.stringMatching(/^many12 /),
	]);
});

it("says when there is none", () => {
	const { commands: empty } = fakeCommands([]);
	expect(messageOf("latest", "stop", empty)).toEqual(["There is no subagent in this session."]);
	expect(messageOf("", "result", empty)).toEqual(["There is no subagent in this session."]);
	expect(messageOf("xyz", "result", empty)).toEqual([
		'There is no subagent "xyz".',
		"There is no subagent now that can be used with /agents result.",
	]);
});
