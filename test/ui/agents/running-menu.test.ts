import { describe, expect, it } from "vitest";
import { openRunning } from "../../../src/ui/agents/running-menu.ts";
import { possibleActions } from "../../../src/ui/agents/subagent-actions.ts";
import { subagentNews } from "../../../src/ui/components/subagent-line.ts";
import { SEEN_AT } from "../sample-snapshot.ts";
import {
	DONE,
	ELSEWHERE,
	type EVERYBODY,
	FAILED,
	fakeCommands,
	HELD,
	INTERRUPTED,
	QUEUED,
	RUNNING,
} from "./commands-fake.ts";
import { leave, look, no, pick, press, type Reply, scriptedPerson, type, yes } from "./scripted-person.ts";

interface Situation {
	readonly surface?: "terminal" | "client";
	readonly snapshots?: typeof EVERYBODY;
	readonly refusal?: string;
	readonly clipboard?: "none";
}

/** What a person who does this in the menu is shown, and what the commands are asked for. */
async function visit(script: readonly Reply[], { surface, snapshots, refusal, clipboard }: Situation = {}) {
	const { commands, state } = fakeCommands(snapshots);
	state.refusal = refusal;
	const person = scriptedPerson(...script);
	const copied: string[] = [];
	const opened: string[] = [];
	await openRunning({
		dialogs: { ...person.dialogs, isTerminal: async () => surface !== "client" },
		commands,
		showTranscript: async ({ record }) => void opened.push(record.id),
		closeAll: () => {},
		copy: async (text) => {
			if (clipboard === "none") throw new Error("no clipboard");
			copied.push(text);
		},
		clock: () => SEEN_AT,
	});
	expect(person.left()).toBe(0);
	return { ...person, commands: state.told, copied, opened };
}

const AWAITED: typeof RUNNING = { ...RUNNING, isAwaited: true };
const on = (snapshot: typeof RUNNING) => snapshot.record.id;
/** As the list shows it. */
const at = (snapshot: typeof RUNNING) => on(snapshot).slice(0, 8);

describe("what can be done with a subagent", () => {
	it.each([
		["running", RUNNING, ["transcript", "steer", "stop"]],
		["queued", QUEUED, ["steer", "stop"]],
		["waited for", { ...RUNNING, isAwaited: true }, ["transcript", "steer", "background", "stop"]],
		["completed", DONE, ["transcript", "resume", "copy", "dismiss"]],
		["failed without a word", FAILED, ["resume", "dismiss"]],
		["interrupted", INTERRUPTED, ["resume", "copy", "discard"]],
		["held", HELD, ["resume", "discard"]],
		["running elsewhere", ELSEWHERE, []],
		[
			"ended elsewhere",
			{ ...DONE, condition: { kind: "owned-elsewhere", status: "completed" } as const },
			["transcript", "copy", "dismiss"],
		],
	])("is what makes sense for one that is %s", (_name, snapshot, actions) => {
		expect(possibleActions(snapshot)).toEqual(actions);
	});
});

describe("running and recent", () => {
	it("lists all in the order in which they were started, with all there is to know in the label, and how many there are", async () => {
		const { shown } = await visit([]);
		expect(shown[0]?.split("\n")).toEqual([
			"Running and recent",
			"2 running, 1 queued, 1 suspended, 1 interrupted, 2 ended",
			expect.stringMatching(/^- ✗ .* · error · .*fail1d/),
			expect.stringMatching(/^- ✓ .* · completed · .*done1c/),
			expect.stringMatching(/^- ○ Explore "review it" · queued · .*run2b/),
			'- ● Explore "find the parser" · running · 41.0s · 3 tool uses · 1.2k tokens · run1aaaa: bash npm test',
			expect.stringMatching(/^- ! .* · interrupted · .*intr1e/),
			expect.stringMatching(/^- ○ .* · suspended since pi ended · held1f/),
			expect.stringMatching(/^- ● .* · running elsewhere · .*else1g/),
			"- Stop all in the background (2)",
		]);
	});

	it("does not say of one that waits what it is doing", () => {
		expect([QUEUED, { ...QUEUED, queuePosition: 0 }, HELD, RUNNING].map(subagentNews)).toEqual([
			"waiting for a slot (2nd)",
			"starting",
			"it starts when it is resumed",
			RUNNING.activity,
		]);
	});

	it("is left where nothing is", async () => {
		const { shown, commands } = await visit([], { snapshots: [] });
		expect([shown, commands]).toEqual([["Running and recent"], []]);
	});

	it("offers what is possible, does it, says what came of it, and steps back one at a time", async () => {
		const { shown, commands, told } = await visit([
			pick(at(RUNNING)),
			pick("Steer"),
			type(" look there "),
			pick("Stop"),
			yes,
			leave,
			leave,
		]);
		expect(shown[1]?.split("\n")).toEqual([
			"Subagent run1aaaa",
			expect.stringMatching(/^● Explore/),
			"bash npm test",
			"- Open transcript",
			"- Steer",
			"- Stop",
		]);
		expect(shown[2]).toContain('Steer Explore "find the parser"');
		expect(commands).toEqual([
			["steer", on(RUNNING), "look there"],
			["stop", on(RUNNING)],
		]);
		expect(told).toEqual([
			["info", `steer ${on(RUNNING)} look there`],
			["info", `stop ${on(RUNNING)}`],
		]);
		expect(shown).toHaveLength(7);
	});

	it.each<[string, typeof RUNNING, readonly Reply[], unknown[][]]>([
		["s", RUNNING, [type("go left")], [["steer", on(RUNNING), "go left"]]],
		["s", RUNNING, [type("  ")], []],
		["s", RUNNING, [leave], []],
		["x", QUEUED, [], [["stop", on(QUEUED)]]],
		["x", RUNNING, [yes], [["stop", on(RUNNING)]]],
		["x", RUNNING, [no], []],
		["b", AWAITED, [], [["detach", on(AWAITED)]]],
		["b", RUNNING, [], []],
		["r", DONE, [type("and then?")], [["resume", on(DONE), "and then?"]]],
		["r", INTERRUPTED, [type("")], [["resume", on(INTERRUPTED), ""]]],
		["r", DONE, [leave], []],
		["r", HELD, [], [["resume", on(HELD), ""]]],
		["d", DONE, [], [["dismiss", on(DONE)]]],
		["d", INTERRUPTED, [yes], [["discard", on(INTERRUPTED)]]],
		["d", HELD, [no], []],
		["x", DONE, [], []],
		["d", RUNNING, [], []],
		["s", ELSEWHERE, [], []],
	])("obeys %s at once", async (key, snapshot, more, expected) => {
		const snapshots = snapshot === AWAITED ? [AWAITED] : undefined;
		const { commands } = await visit([press(key, at(snapshot)), ...more], { ...(snapshots && { snapshots }) });
		expect(commands).toEqual(expected);
	});

	it("opens the transcript and copies the result", async () => {
		const { opened, copied, told } = await visit([press("t", at(RUNNING)), press("c", at(DONE))]);
		expect([opened, copied]).toEqual([[on(RUNNING)], ["It is in /src/parser.ts."]]);
		expect(told).toEqual([["info", 'The result of Explore "find the parser" was copied to the clipboard.']]);
	});

	it("says when there is no clipboard, and how to see the result", async () => {
		const { told } = await visit([press("c", at(DONE))], { clipboard: "none" });
		expect(told).toEqual([["error", `Not copied: no clipboard. /agents result done1ccc shows it.`]]);
	});

	it("shows the result to a client, which has no clipboard here", async () => {
		const { shown, copied } = await visit([pick(at(DONE)), pick("Copy result"), look], { surface: "client" });
		expect(copied).toEqual([]);
		expect(shown[2]).toContain("It is in /src/parser.ts.");
	});

	it("stops all after a yes", async () => {
		const refused = await visit([pick("Stop all"), no]);
		expect([refused.commands, refused.shown[1]]).toEqual([
			[],
			"Stop all?\n2 subagents are running or queued in the background.",
		]);
		const agreed = await visit([press("shift+x", at(DONE)), yes]);
		expect(agreed.commands).toEqual([["stopAll"]]);
		const none = await visit([press("shift+x", at(DONE))], { snapshots: [DONE, ELSEWHERE, HELD] });
		expect([none.commands, none.shown.length]).toEqual([[], 1]);
	});

	it("steps back to the list when the subagent has left it", async () => {
		const { shown } = await visit([pick(at(DONE)), pick("Dismiss")]);
		expect(shown.map((text) => text.split("\n")[0])).toEqual([
			"Running and recent",
			"Subagent done1ccc",
			"Running and recent",
		]);
	});

	it("says in words what is refused, for the subagent has gone on meanwhile", async () => {
		const { told } = await visit([press("x", at(RUNNING)), yes], { refusal: "it has ended" });
		expect(told).toEqual([["error", "it has ended"]]);
	});
});
