import { expect, it } from "vitest";
import { findTarget } from "../../../src/ui/agents/perform-action.ts";
import { atWork } from "../sample-snapshot.ts";
import { DONE, fakeCommands, HELD, QUEUED, RUNNING } from "./commands-fake.ts";

const { commands } = fakeCommands([DONE, QUEUED, RUNNING, HELD]);
const messageOf = (typed: string, word: Parameters<typeof findTarget>[1] = "stop", from = commands) => {
	const target = findTarget(from, word, typed);
	return target.kind === "unclear" ? target.message.split("\n") : target.snapshot.record.id;
};

it.each([
	[RUNNING.record.id, RUNNING.record.id],
	["run1", RUNNING.record.id],
	["d", DONE.record.id],
	["latest", DONE.record.id],
	["Latest", DONE.record.id],
])("finds by %s", (typed, id) => {
	expect(messageOf(typed)).toBe(id);
});

it("says which ids it may be when several begin so", () => {
	expect(messageOf("run")).toEqual([
		'"run" is the start of several ids. Subagents, newest first:',
		'run2bbbbbbbbbbbbbbb Explore "review it" queued',
		'run1aaaaaaaaaaaaaaa Explore "find the parser" running',
	]);
});

it("says which ids would do when none begins so, or none was said", () => {
	expect(messageOf("\x1b[2Jxyz")).toEqual([
		'No subagent id starts with "\\u001b[2Jxyz". Subagents, newest first:',
		expect.stringMatching(/^run2b/),
		expect.stringMatching(/^run1a/),
	]);
	expect(messageOf("", "resume")).toEqual([
		"Usage: /agents resume <id> [prompt]. Subagents, newest first:",
		expect.stringMatching(/^done1/),
		expect.stringMatching(/^held1/),
	]);
	expect(messageOf("", "stop", fakeCommands([DONE]).commands)).toEqual([
		"Usage: /agents stop <id> | stop all. Subagents, newest first:",
		expect.stringMatching(/^done1/),
	]);
	const many = Array.from({ length: 20 }, (_, n) => atWork({ id: `many${n}` }));
	expect(messageOf("x", "stop", fakeCommands(many).commands).slice(8)).toEqual([
		expect.stringMatching(/^many7 /),
		"and 12 more",
	]);
});

it("says when there is none", () => {
	const { commands: empty } = fakeCommands([]);
	expect(messageOf("latest", "stop", empty)).toEqual(["There is no subagent in this session."]);
	expect(messageOf("", "result", empty)).toEqual(["There is no subagent in this session."]);
	expect(messageOf("xyz", "result", empty)).toEqual([
		'No subagent id starts with "xyz". There is no subagent in this session.',
	]);
});
