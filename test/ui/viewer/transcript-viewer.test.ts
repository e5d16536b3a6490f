import { stripVTControlCharacters } from "node:util";
import { Container } from "@mariozechner/pi-tui";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { AWKWARD, troubles, WIDTHS } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";
import { CraftedConversation, calls, reply, result, thought, user } from "./crafted-conversation.ts";
import { KEYS, openedViewer } from "./opened-viewer.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const many = (count: number) => {
	const conversation = new CraftedConversation();
	for (let at = 0; at < count; at++) conversation.say(user(`question ${at}`), reply(`answer ${at}`));
	return conversation;
};

describe("the screen", () => {
	it("says who it is, how it stands, and what the keys do", () => {
		const { lines } = openedViewer(many(2), {
			record: { maxTurns: 10, description: "find \x1b[31mthe\nparser" },
			rows: 30,
		});
		const screen = lines();
		expect(screen).toHaveLength(30);
		expect(screen.slice(0, 2)).toEqual([
			"● running Explore find the parser",
			"4 of 10 turns · 1.2k tokens · context 45% · $0.250 · 3s · reading",
		]);
		expect(screen.join("\n")).toContain("── following ── message 4 of 4 ──");
		expect(screen.slice(-3, -1)).toEqual([
			"escape close  ↑↓ scroll  / search  [ ] turn before/after  s steer  x stop",
			"e export  g/G start/end  ctrl+o expand  q close all  ctrl+t thinking",
		]);
	});

	it("draws messages and tools as the host does", () => {
		const { screen } = openedViewer(
			new CraftedConversation().say(
				user("look **here**"),
				thought("where is it?", "I look."),
				calls("c1", "grep", { pattern: "x", path: "src" }),
				result("c1", "grep", "src/a.ts: x"),
				calls("c2", "their_tool", { key: "value" }),
				result("c2", "their_tool", "their result"),
			),
			{ rows: 60 },
		);
		const text = screen();
		for (const part of [
			"look here",
			"where is it?",
			"I look.",
			"grep /x/ in src",
			"src/a.ts: x",
			'"key": "value"',
			"their result",
		])
			expect(text).toContain(part);
	});

	it("folds tool output until it is asked for all of it", () => {
		const output = Array.from({ length: 40 }, (_, line) => `line ${line}.`).join("\n");
		const opened = openedViewer(
			new CraftedConversation().say(calls("c1", "bash", { command: "make" }), result("c1", "bash", output)),
			{ rows: 60 },
		);
		expect(opened.screen()).not.toContain("line 3.");
		opened.press(KEYS.expand);
		expect(opened.screen()).toContain("line 3.");
		opened.press(KEYS.expand);
		expect(opened.screen()).not.toContain("line 3.");
	});

	it("hides what was thought when it is asked to", () => {
		const opened = openedViewer(new CraftedConversation().say(thought("a secret thought", "words")), { rows: 30 });
		opened.press(KEYS.thinking);
		expect(opened.screen()).not.toContain("a secret thought");
		opened.press(KEYS.thinking);
		expect(opened.screen()).toContain("a secret thought");
	});

	it.each([
		["waits in the queue", { status: "queued" }, "here", "○ queued", "starting"],
		[
			"is suspended since pi ended",
			{ status: "queued" },
			"suspended",
			"○ suspended since pi ended",
			"it starts when it is resumed",
		],
		["runs in another pi", { status: "running" }, "elsewhere", "● running elsewhere", "in another running pi"],
	] as const)("says so of one that %s, as the list does", (_what, record, place, word, news) => {
		const { lines } = openedViewer(many(1), { record, place, width: 120 });
		expect(lines()[0]).toBe(`${word} Explore find the parser`);
		expect(lines()[1]).toMatch(new RegExp(` · ${news}$`));
	});

	it("counts the first turn from its beginning", () => {
		expect(openedViewer(many(1), { record: { turns: 0 } }).lines()[1]).toMatch(/^1 turn · /);
	});

	it("names the key to steer while there is one that listens", () => {
		const hintsOf = (record: object) => openedViewer(many(1), { width: 200, record }).lines().slice(-3).join("\n");
		expect(hintsOf({ status: "queued" })).toContain("s steer");
		expect(hintsOf({ status: "completed" })).not.toContain("steer");
	});

	it("says that nothing was said, or what is wrong with the transcript", () => {
		const conversation = new CraftedConversation();
		const { screen } = openedViewer(conversation);
		expect(screen()).toContain("(Nothing was said yet.)");
		conversation.notice = "Its transcript is gone.";
		const other = openedViewer(conversation);
		expect(other.screen()).toContain("Its transcript is gone.");
		expect(other.screen()).not.toContain("description of the task is empty");
	});

	it("is drawn in the new colours after the theme has changed", () => {
		const { viewer } = openedViewer(many(3));
		const dark = viewer.render(80).join("\n");
		hostTheme("light");
		viewer.invalidate();
		const light = viewer.render(80).join("\n");
		expect(light).not.toBe(dark);
		expect(stripVTControlCharacters(light)).toBe(stripVTControlCharacters(dark));
	});
});

describe("following", () => {
	it("shows what is new, and draws only when somebody sees a difference", () => {
		const conversation = many(10);
		const { state, screen } = openedViewer(conversation, { rows: 20 });
		vi.advanceTimersByTime(900);
		expect(state.draws).toBe(0);
		conversation.streaming = reply("news, word by w");
		conversation.change();
		vi.advanceTimersByTime(100);
		expect(state.draws).toBe(1);
		expect(screen()).toContain("news, word by w");
	});

	it("pauses when somebody scrolls up, says so, and continues at the end", () => {
		const conversation = many(10);
		const opened = openedViewer(conversation, { rows: 20 });
		opened.press(KEYS.pageUp);
		expect(opened.screen()).toContain("── paused ──");
		const before = opened.screen();
		conversation.streaming = reply("word by word");
		conversation.change();
		vi.advanceTimersByTime(100);
		expect(opened.screen()).toContain("── paused, 1 new below ──");
		const draws = opened.state.draws;
		conversation.streaming = reply("word by word by word");
		conversation.change();
		vi.advanceTimersByTime(100);
		expect(opened.state.draws).toBe(draws); // what changed is below the screen
		opened.press("G");
		expect(opened.screen()).toContain("word by word by word");
		expect(opened.screen()).toContain("── following ──");
		expect(before).not.toContain("word by word");
	});

	it("continues when the subagent settles and when it is resumed", () => {
		const conversation = many(3);
		const { state, screen } = openedViewer(conversation);
		state.record = { ...state.record, status: "completed", completedAt: 9000 };
		vi.advanceTimersByTime(100);
		expect(state.draws).toBe(1);
		expect(screen()).toContain("✓ completed Explore");
		expect(screen()).not.toContain("following");
		state.record = { ...state.record, status: "running" };
		conversation.say(user("continue"));
		vi.advanceTimersByTime(1000);
		expect(screen()).toContain("● running Explore");
		expect(screen()).toContain("continue");
	});

	it("looks ten times a second at one that lives, once at one that does not, and never after it was closed", () => {
		const conversation = many(1);
		const { state, viewer } = openedViewer(conversation);
		const looks = vi.spyOn(conversation, "now");
		vi.advanceTimersByTime(1000);
		expect(looks.mock.calls.length).toBe(10);
		state.record = { ...state.record, status: "completed" };
		vi.advanceTimersByTime(100);
		looks.mockClear();
		vi.advanceTimersByTime(3000);
		expect(looks.mock.calls.length).toBe(3);
		expect(vi.getTimerCount()).toBe(1);
		viewer.dispose();
		viewer.dispose();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("looks once a second at one that works in another pi", () => {
		const conversation = many(1);
		openedViewer(conversation, { place: "elsewhere" });
		const looks = vi.spyOn(conversation, "now");
		vi.advanceTimersByTime(2000);
		expect(looks.mock.calls.length).toBe(2);
	});

	it("says what went wrong when the conversation cannot be read, and tries again", () => {
		const conversation = many(1);
		const { screen } = openedViewer(conversation);
		const broken = vi.spyOn(conversation, "now").mockImplementation(() => {
			throw new Error("no disk");
		});
		vi.advanceTimersByTime(100);
		expect(screen()).toContain("The conversation cannot be read: Error: no disk");
		broken.mockRestore();
		conversation.say(reply("there it is"));
		vi.advanceTimersByTime(100);
		expect(screen()).toContain("there it is");
	});
});

describe("the keys", () => {
	it("move by lines, pages, turns and to both ends", () => {
		const opened = openedViewer(many(20), { rows: 20 });
		opened.press("g");
		expect(opened.screen()).toContain("question 0");
		opened.press("]", "]");
		expect(opened.screen()).toContain("message 3 of 40");
		expect(opened.screen()).not.toContain("question 0");
		opened.press("[");
		expect(opened.screen()).toContain("message 2 of 40");
		opened.press(KEYS.home);
		const top = opened.screen();
		opened.press(KEYS.pageDown, KEYS.pageUp, KEYS.down, KEYS.up);
		expect(opened.screen()).toBe(top);
		opened.press(KEYS.end);
		expect(opened.screen()).toContain("answer 19");
		opened.viewer.handleMouse({ type: "wheel", wheelDelta: -3 });
		expect(opened.screen()).toContain("paused");
	});

	it("close with Escape", () => {
		const opened = openedViewer(many(1));
		opened.press(KEYS.escape);
		expect(opened.state.closed).toBe(true);
	});

	it("of no meaning do nothing", () => {
		const opened = openedViewer(many(1));
		const before = opened.screen();
		opened.press("z", "\x1b[15~", "\x00", "", "語", "\x1b[200~paste\x1b[201~");
		expect(opened.screen()).toBe(before);
	});
});

describe("the search", () => {
	it("marks what it finds with a sign, counts it, and goes from one to the next", () => {
		const opened = openedViewer(many(20), { rows: 20 });
		opened.press("g", "/");
		opened.type("ANSWER 1");
		opened.press(KEYS.enter);
		expect(opened.screen()).toContain('"ANSWER 1": 1 of 11 passages');
		expect(opened.screen()).toContain("→ answer 1");
		opened.press("n");
		expect(opened.screen()).toContain('"ANSWER 1": 2 of 11 passages');
		expect(opened.screen()).toContain("→ answer 10");
		expect(opened.screen()).toContain("• answer 11");
		opened.press("N", "N");
		expect(opened.screen()).toContain("→ answer 19");
	});

	it("ends with Escape before the viewer does", () => {
		const opened = openedViewer(many(2));
		opened.press("/");
		opened.type("answer");
		opened.press(KEYS.enter, KEYS.escape);
		expect(opened.screen()).not.toContain("passages");
		expect(opened.state.closed).toBe(false);
		opened.press(KEYS.escape);
		expect(opened.state.closed).toBe(true);
	});

	it("says that there is nothing, and leaves with the line what was typed into it", () => {
		const opened = openedViewer(many(2));
		opened.press("/");
		opened.type("qqq");
		opened.press(KEYS.escape);
		expect(opened.screen()).not.toContain("qqq");
		opened.press("/");
		opened.type("qqq");
		opened.press(KEYS.enter, "n", "N");
		expect(opened.screen()).toContain('"qqq": not found');
	});

	it("opens folded output where it stands", () => {
		const output = `needle\n${"hay\n".repeat(40)}`;
		const opened = openedViewer(
			many(10).say(calls("c1", "bash", { command: "make" }), result("c1", "bash", output), reply("end")),
			{ rows: 20 },
		);
		opened.press("/");
		opened.type("needle");
		opened.press(KEYS.enter);
		expect(opened.lines().some((line) => line.startsWith("→") && line.includes("needle"))).toBe(true);
	});
});

describe("steering", () => {
	it("sends what was typed and says what came of it", async () => {
		const opened = openedViewer(many(2));
		opened.state.answer = { kind: "done", text: "Delivered: it reads the message before its next step." };
		opened.press("s");
		expect(opened.screen()).toContain("Steer> ");
		opened.type("turn left");
		opened.press(KEYS.enter);
		await vi.advanceTimersByTimeAsync(0);
		expect(opened.state.steered).toEqual(["turn left"]);
		expect(opened.screen()).toContain("Delivered: it reads the message");
		opened.press(KEYS.down);
		expect(opened.screen()).not.toContain("Delivered");
	});

	it("does nothing when Escape closes the line", () => {
		const opened = openedViewer(many(2));
		opened.press("s");
		opened.type("turn left");
		opened.press(KEYS.escape);
		expect([opened.state.steered, opened.state.closed]).toEqual([[], false]);
		opened.press("s", KEYS.enter);
		expect(opened.state.steered).toEqual([]);
	});

	it("gives back what was typed when it is refused", async () => {
		const opened = openedViewer(many(2));
		opened.state.answer = { kind: "refused", reason: "It has just ended." };
		opened.press("s");
		opened.type("turn left");
		opened.press(KEYS.enter);
		await vi.advanceTimersByTimeAsync(0);
		expect(opened.screen()).toContain("It has just ended.");
		expect(opened.screen()).toContain("Steer> turn left");
	});

	it.each([
		[
			"has settled",
			{ status: "completed" },
			"here",
			"It has ended (completed), so it reads no messages. Press r to resume it",
		],
		["is suspended", { status: "queued" }, "suspended", "It has been suspended since pi ended. Press r to start it."],
		["works elsewhere", { status: "running" }, "elsewhere", "can only be steered there."],
	] as const)("says what to do instead for one that %s", (_what, record, place, words) => {
		const opened = openedViewer(many(2), { record, place, width: 200 });
		opened.press("s");
		expect(opened.screen()).toContain(words);
		expect(opened.screen()).not.toContain("Steer>");
	});
});

describe("exporting", () => {
	it("asks for a name, with a good one in its place, and says where the page is", async () => {
		const opened = openedViewer(many(2));
		opened.state.answer = { kind: "done", text: "Exported to /project/mine.html" };
		opened.press("e");
		expect(opened.screen()).toContain("Export to> explore-01234567.html");
		opened.press(KEYS.enter);
		await vi.advanceTimersByTimeAsync(0);
		expect(opened.state.exported).toEqual(["explore-01234567.html"]);
		expect(opened.screen()).toContain("Exported to /project/mine.html");
	});

	it("asks again when the name was refused", async () => {
		const opened = openedViewer(many(2));
		opened.state.answer = { kind: "refused", reason: "It exists already." };
		opened.press("e", KEYS.enter);
		await vi.advanceTimersByTimeAsync(0);
		expect(opened.screen()).toContain("It exists already.");
		opened.type("x");
		expect(opened.screen()).toContain("Export to> explore-01234567.htmlx");
	});

	it("reports nothing after the viewer was closed", async () => {
		const opened = openedViewer(many(2));
		opened.press("e", KEYS.enter);
		opened.viewer.dispose();
		const { draws } = opened.state;
		await vi.advanceTimersByTimeAsync(5000);
		expect(opened.state.draws).toBe(draws);
	});
});

/** A whole conversation is laid out anew for each, which takes its time: folded at the one half, in full at the other. */
const SOME_WIDTHS = WIDTHS.filter((width) => width <= 10 || width % 13 === 0);
const [FOLDED_AT, EXPANDED_AT] = [0, 1].map((half) => SOME_WIDTHS.filter((_width, index) => index % 2 === half));

/** Everything there is, saying this. */
function conversationOf(text: string): CraftedConversation {
	const command = {
		role: "bashExecution",
		command: text,
		output: text,
		exitCode: 1,
		cancelled: false,
		truncated: false,
	};
	const conversation = new CraftedConversation()
		.say(user(text), thought(text, text), { ...reply(text), stopReason: "error", errorMessage: text }, command)
		.add({ type: "compaction", summary: text, tokensBefore: 5 }, { type: "branch_summary", summary: text, fromId: "x" })
		.add(
			{ type: "custom_message", customType: text, content: text, display: true },
			{ type: "message", message: { role: text } },
		);
	for (const tool of ["read", "bash", "edit", "write", "grep", "find", "ls", text]) {
		const args = { command: text, path: text, pattern: text, content: text, edits: [{ oldText: text, newText: text }] };
		conversation.say(calls(`c-${tool}`, tool, args), result(`c-${tool}`, tool, text));
		conversation.say(
			calls(`odd-${tool}`, tool, { path: 5, command: [text], edits: text }),
			result(`odd-${tool}`, tool, text, true),
		);
	}
	conversation.streaming = calls("c9", text, { [text]: text }, text);
	conversation.notice = text;
	return conversation;
}

describe("at every width", () => {
	it.each(Object.entries(AWKWARD))("a conversation of %s stays within the terminal", (_what, text) => {
		const record = { type: text, description: text };
		const opened = openedViewer(conversationOf(text), { rows: 400, record });
		expect(troubles(opened.viewer, FOLDED_AT)).toEqual([]);
		opened.press(KEYS.expand);
		expect(troubles(opened.viewer, EXPANDED_AT)).toEqual([]);
	});

	it("fills the screen and no more, whatever its size", () => {
		const opened = openedViewer(conversationOf(AWKWARD.markdown ?? ""));
		for (const width of SOME_WIDTHS)
			for (const rows of [1, 2, 3, 4, 5, 7, 9, 12, 25]) {
				opened.state.rows = rows;
				expect([rows, width, opened.viewer.render(width).length]).toEqual([rows, width, rows]);
			}
	});

	it("tells how it is left on the lowest terminals, too", () => {
		const opened = openedViewer(many(3), { rows: 3, width: 20 });
		expect(opened.lines().at(-1)).toContain("escape close");
	});

	it("stays within the terminal with a line to type into and an answer", async () => {
		const opened = openedViewer(many(3), { rows: 12 });
		opened.state.answer = { kind: "refused", reason: AWKWARD["one long word"] ?? "" };
		opened.press("s");
		opened.type("語".repeat(30));
		opened.press(KEYS.enter);
		await vi.advanceTimersByTimeAsync(0);
		for (const width of WIDTHS) expect([width, opened.viewer.render(width).length]).toEqual([width, 12]);
	});
});

it("survives whatever is pressed, in a terminal that is resized all the time", () => {
	const key = fc.constantFrom(...Object.values(KEYS), ..."gG[]/nNse x語", "\x1b[200~a\nb\x1b[201~", "\x7f", "\x1b[Z");
	const step = fc.oneof(
		{ weight: 5, arbitrary: key },
		fc.record({ rows: fc.integer({ min: 1, max: 40 }), width: fc.integer({ min: 1, max: 120 }) }),
	);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
			const opened = openedViewer(conversationOf("some *words*\nof `text`"), { rows: 15 });
			for (const taken of steps) {
				if (typeof taken === "string") opened.viewer.handleInput(taken);
				else Object.assign(opened.state, taken);
				vi.advanceTimersByTime(100);
				expect(opened.viewer.render(opened.state.width)).toHaveLength(opened.state.rows);
			}
			opened.viewer.dispose();
		}),
		{ numRuns: 60 },
	);
	expect(vi.getTimerCount()).toBe(0);
});

it("draws of a conversation of 5000 entries what is near the screen, and that once", () => {
	const conversation = new CraftedConversation();
	for (let at = 0; at < 1250; at++) {
		const words = `# Reply ${at}\n\n${"some words of it ".repeat(20)}`;
		conversation.say(user(`question ${at}`), calls(`c${at}`, "bash", { command: "ls" }, words));
		conversation.say(result(`c${at}`, "bash", "a line\n".repeat(50)), reply(words));
	}
	const drawings = vi.spyOn(Container.prototype, "render"); // each message is drawn in one
	onTestFinished(() => drawings.mockRestore());
	const opened = openedViewer(conversation, { rows: 50, width: 200 });
	expect(opened.screen()).toContain("Reply 1249");
	expect(drawings.mock.calls.length).toBeGreaterThan(0);
	expect(drawings.mock.calls.length).toBeLessThan(200);
	const [drawn, { reads }] = [drawings.mock.calls.length, conversation];
	for (let frame = 0; frame < 50; frame++) opened.viewer.render(200);
	expect([drawings.mock.calls.length, conversation.reads]).toEqual([drawn, reads]);
});

describe("stopping, moving and resuming", () => {
	it("asks before it stops one that is running, and takes any key but y for no", () => {
		const opened = openedViewer(many(2));
		opened.press("x");
		expect(opened.screen()).toContain("Stop it? The step it is working on is lost. It can be resumed. y: stop");
		opened.press("n");
		expect(opened.screen()).not.toContain("Stop it?");
		opened.press("x", KEYS.escape, "x", "x");
		expect([opened.state.did, opened.state.closed]).toEqual([[], false]);
		opened.press("x", "y");
		expect(opened.state.did).toEqual([["stop"]]);
		expect(opened.screen()).toContain("It is done.");
	});

	it("stops one that is queued at once, for it has done nothing yet", () => {
		const opened = openedViewer(many(2), { record: { status: "queued" } });
		opened.press("x");
		expect(opened.state.did).toEqual([["stop"]]);
	});

	it("moves one that a call waits for to the background, and no other", () => {
		const opened = openedViewer(many(2));
		opened.press("b");
		expect(opened.screen()).toContain("It does not run in the foreground.");
		opened.state.isAwaited = true;
		vi.advanceTimersByTime(100);
		expect(opened.screen()).toContain("b background");
		opened.press("b");
		expect(opened.state.did).toEqual([["detach"]]);
	});

	it.each([
		["what was typed", "once more", "once more"],
		["nothing, so that it continues its task", "", ""],
	])("resumes one that has ended with %s", async (_what, typed, message) => {
		const opened = openedViewer(many(2), { record: { status: "completed" } });
		opened.press("r");
		expect(opened.screen()).toContain("Resume, message (optional)> ");
		opened.type(typed);
		opened.press(KEYS.enter);
		await vi.advanceTimersByTimeAsync(0);
		expect(opened.state.did).toEqual([["resume", message]]);
	});

	it("says how to reach one that is running, and does not resume it", () => {
		const opened = openedViewer(many(2));
		opened.press("r");
		expect(opened.screen()).toContain("It is running. Press s to send it a message.");
		expect(opened.screen()).not.toContain("Resume,");
	});

	it.each(["s", "x", "b"])(
		"takes nothing for a command that is typed after %s, when that came just as it ended",
		(key) => {
			const opened = openedViewer(many(2));
			opened.state.isAwaited = true;
			vi.advanceTimersByTime(100);
			opened.screen();
			opened.state.record = { ...opened.state.record, status: "completed", completedAt: 5000 };
			opened.state.isAwaited = false;
			vi.advanceTimersByTime(100);
			opened.press(key, "r", "e", "q", "y", KEYS.enter);
			expect(opened.screen()).not.toMatch(/Resume, |Export to>|Stop it/);
			expect([opened.state.did, opened.state.closed, opened.state.closedAll]).toEqual([[], false, false]);
			opened.press("r");
			expect(opened.screen()).toContain("Resume, message (optional)> ");
		},
	);

	it("does not stop one that ends while it asks", () => {
		const opened = openedViewer(many(2));
		opened.press("x");
		opened.state.answer = { kind: "refused", reason: "It has ended (completed), so there is nothing to stop here." };
		opened.press("y");
		expect(opened.screen()).toContain("so there is nothing to stop here.");
	});

	it("closes everything with q, though not while something is typed", () => {
		const opened = openedViewer(many(2));
		opened.press("s");
		opened.type("q");
		expect(opened.state.closedAll).toBe(false);
		opened.press(KEYS.escape, "q");
		expect(opened.state.closedAll).toBe(true);
	});
});
