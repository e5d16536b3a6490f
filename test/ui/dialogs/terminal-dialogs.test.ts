import { type KeybindingsConfig, visibleWidth } from "@mariozechner/pi-tui";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createDialogs } from "../../../src/ui/dialogs/create-dialogs.ts";
import type { Choice, Menu } from "../../../src/ui/dialogs/dialogs.ts";
import { AWKWARD } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";
import { fakeTerminal } from "./terminal-fake.ts";

function open(bindings?: KeybindingsConfig) {
	const terminal = fakeTerminal(hostTheme("dark"), bindings);
	const closing = new AbortController();
	return { terminal, closing, dialogs: createDialogs(terminal.ui, closing.signal) };
}

const fruit: readonly Choice<string>[] = [
	{ value: "a", label: "Apple", description: "grows on trees" },
	{ value: "b", label: "Banana", description: "3 left" },
	{ value: "c", label: "Cherry" },
];
const menu: Menu<string> = { title: "Fruit", choices: () => fruit };
const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ value: n, label: `choice ${n}` }));

describe("what the host gets of a screen", () => {
	it.each(["choose", "ask", "confirm"] as const)(
		"is what a person is asked with %s: pi waits for the answer",
		async (way) => {
			const { terminal, dialogs } = open();
			const title = "Remove \u001b[31mit?\nIt is gone then.";
			const answered = {
				choose: () => dialogs.choose({ ...menu, title }),
				ask: () => dialogs.ask(title),
				confirm: () => dialogs.confirm(title, "Really."),
			}[way]();
			await terminal.shows("Remove it?");
			expect(terminal.state.options).toEqual({ blocked: { kind: "question", message: "Remove it?" } });
			await terminal.press("escape");
			await answered;
		},
	);

	it("is nothing for a page: nobody is asked", async () => {
		const { terminal, dialogs } = open();
		const read = dialogs.read("Diagnostics", "all is well");
		await terminal.shows("all is well");
		expect(terminal.state.options).toBe(undefined);
		await terminal.press("escape");
		await read;
	});
});

describe("a menu in a terminal", () => {
	it("shows its choices, which one is chosen, and what its keys do", async () => {
		const { terminal, dialogs } = open();
		const chosen = dialogs.choose(menu);
		await terminal.shows("Fruit");
		expect(terminal.seen(60)).toEqual([
			"─".repeat(60),
			" Fruit",
			"",
			" → Apple   grows on trees",
			"   Banana  3 left",
			"   Cherry",
			"",
			" ↑↓ move  enter choose  escape back",
			"─".repeat(60),
		]);
		await terminal.press("down", "down", "up", "enter");
		expect(await chosen).toBe("b");
		expect(terminal.state.screen).toBeUndefined();
	});

	it("goes around at its ends and is left with Escape", async () => {
		const { terminal, dialogs } = open();
		const last = dialogs.choose(menu);
		await terminal.press("up", "enter");
		expect(await last).toBe("c");
		const first = dialogs.choose(menu);
		await terminal.press("down", "down", "down", "enter");
		expect(await first).toBe("a");
		const none = dialogs.choose(menu);
		await terminal.press("escape");
		expect(await none).toBeUndefined();
	});

	it("starts at the given place", async () => {
		const { terminal, dialogs } = open();
		const chosen = dialogs.choose({ ...menu, begin: (value) => value === "c" });
		await terminal.press("enter");
		expect(await chosen).toBe("c");
	});

	it("obeys the keys a person has bound, and names them", async () => {
		const { terminal, dialogs } = open({
			"tui.select.down": "ctrl+n",
			"tui.select.up": "ctrl+p",
			"tui.select.confirm": "ctrl+y",
			"tui.select.cancel": "ctrl+g",
		});
		const chosen = dialogs.choose(menu);
		await terminal.shows("ctrl+p/ctrl+n move  ctrl+y choose  ctrl+g back");
		await terminal.press("escape", "enter", "\x0e", "\x19");
		expect(await chosen).toBe("b");
	});

	it("answers by its own keys, and names those that mean something for what is chosen", async () => {
		const { terminal, dialogs } = open();
		const peel = (value: string | undefined) => (value === "b" ? "peeled" : undefined);
		const keys = [
			{ key: "p", does: "peel", answer: peel },
			{ key: "shift+x", does: "all", answer: () => "everything" },
		] as const;
		const chosen = dialogs.choose({ ...menu, keys });
		await terminal.shows("X all");
		expect(terminal.seen().join()).not.toContain("p peel");
		await terminal.press("p", "down");
		expect(terminal.seen().join()).toContain("escape back  p peel  X all");
		await terminal.press("p");
		expect(await chosen).toBe("peeled");
		const all = dialogs.choose({ ...menu, keys });
		await terminal.press("X");
		expect(await all).toBe("everything");
	});

	it("is one line and the most needed keys where the terminal is lowest", async () => {
		const { terminal, dialogs } = open();
		terminal.size.rows = 4;
		void dialogs.choose({ ...menu, keys: [{ key: "x", does: "do something with it", answer: () => "x" }] });
		await terminal.shows("Apple");
		expect(terminal.seen(40)).toEqual([" → Apple   grows on trees", " ↑↓ move  enter choose  escape back"]);
		expect(terminal.seen(20)).toEqual([" → Apple", " escape back"]);
		terminal.size.rows = 7;
		expect(terminal.seen(40)).toEqual([
			" Fruit  1/3",
			" → Apple   grows on trees",
			" ↑↓ move  enter choose  escape back",
		]);
	});

	it("keeps a choice that is not there yet until it is", async () => {
		const { terminal, dialogs } = open();
		const waiting = [{ value: "show", label: "Show it", description: "it is being made", isPending: true }] as const;
		const ready = [{ value: "show", label: "Show it", description: "ready" }] as const;
		let isThere = false;
		const chosen = dialogs.choose({ title: "Wait", choices: () => (isThere ? ready : waiting) });
		await terminal.shows("it is being made");
		await terminal.press("enter", "enter");
		expect(terminal.seen().join("\n")).not.toContain("choose");
		isThere = true;
		await terminal.shows("ready");
		await terminal.press("enter");
		expect(await chosen).toBe("show");
	});

	it("says that there is nothing, and cannot be answered then", async () => {
		const { terminal, dialogs } = open();
		const chosen = dialogs.choose<string>({ title: "Fruit", choices: () => [], empty: "all eaten" });
		await terminal.shows("all eaten");
		await terminal.press("down", "pageDown", "enter", "escape");
		expect(await chosen).toBeUndefined();
	});

	it("scrolls within the terminal, by pages and to both ends, and says where it is", async () => {
		const { terminal, dialogs } = open();
		terminal.size.rows = 14;
		const chosen = dialogs.choose({ title: "Many", choices: () => numbered(50) });
		await terminal.shows("Many  1/50");
		expect(terminal.seen()).toHaveLength(10);
		await terminal.press("pageDown", "pageDown");
		await terminal.shows("Many  13/50");
		await terminal.press("end");
		expect(terminal.seen()).toContain(" → choice 49");
		await terminal.press("home", "pageUp", "end", "pageDown", "up", "enter");
		expect(await chosen).toBe(48);
	});

	it("tells the whole description of the chosen one where it does not fit beside it", async () => {
		const { terminal, dialogs } = open();
		const long = { value: "d", label: "Durian", description: `smells ${"very ".repeat(20)}much` };
		void dialogs.choose({ title: "Fruit", choices: () => [...fruit, long] });
		await terminal.press("up");
		const before = terminal.seen().length;
		expect(terminal.seen().join("")).toContain("much");
		await terminal.press("down");
		expect(terminal.seen()).toHaveLength(before);
		expect(terminal.seen().join("")).not.toContain("much");
	});

	it("does not say again below what stands beside the chosen one", async () => {
		const { terminal, dialogs } = open();
		const short = { value: "f", label: "Fig", description: "full of seeds" };
		const long = { value: "d", label: "Durian", description: `smells ${"very ".repeat(20)}much` };
		void dialogs.choose({ title: "Fruit", choices: () => [short, long] });
		await terminal.shows("full of seeds");
		expect(terminal.seen().join("").split("full of seeds")).toHaveLength(2);
	});
});

describe("a menu whose choices change", () => {
	it("is drawn again only when it looks different, and stays on what was chosen", async () => {
		const { terminal, dialogs } = open();
		let choices = numbered(3);
		let pulls = 0;
		const chosen = dialogs.choose({
			title: "Live",
			choices: () => {
				pulls++;
				return [...choices];
			},
		});
		await terminal.press("down", "down");
		const before = pulls;
		await vi.waitUntil(() => pulls > before + 2);
		expect(terminal.state.redraws).toBe(0);
		choices = [{ value: 7, label: "new" }, ...choices];
		await vi.waitUntil(() => terminal.state.redraws > 0);
		expect(terminal.seen()).toContain(" → choice 2");
		choices = choices.filter(({ value }) => value !== 2);
		expect(terminal.seen().join("\n")).not.toContain("→"); // what was chosen has gone, and nothing takes its place by itself
		await terminal.press("enter", "up", "enter");
		expect(await chosen).toBe(0);
	});

	it("pulls at most ten times a second, and never when its choices are always the same ones or it is closed", async () => {
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
		onTestFinished(() => void vi.useRealTimers());
		const { terminal, dialogs } = open();
		let pulls = 0;
		const pull = <T>(choices: T) => {
			pulls++;
			return choices;
		};
		const chosen = dialogs.choose({ title: "Live", choices: () => pull(numbered(3)) });
		await terminal.shows("Live");
		expect(vi.getTimerCount()).toBe(1);
		pulls = 0;
		vi.advanceTimersByTime(1000);
		expect(pulls).toBeLessThanOrEqual(10);
		expect(pulls).toBeGreaterThan(0);
		await terminal.press("enter");
		await chosen;
		expect(vi.getTimerCount()).toBe(0);
		void dialogs.choose({ title: "Still", choices: () => pull(fruit) });
		await terminal.shows("Still");
		expect(vi.getTimerCount()).toBe(0);
	});

	it("acts on what the person has seen", async () => {
		const { terminal, dialogs } = open();
		let choices = numbered(3);
		const chosen = dialogs.choose({ title: "Live", choices: () => [...choices] });
		await terminal.shows("choice 2");
		choices = numbered(3).reverse();
		terminal.state.screen?.handleInput?.("\r");
		expect(await chosen).toBe(0);
	});
});

describe("a question in a terminal", () => {
	it("begins with the text there is, the cursor behind it", async () => {
		const { terminal, dialogs } = open();
		const answer = dialogs.ask("How many?\nan integer", "12");
		await terminal.shows("an integer");
		expect(terminal.seen()[1]).toBe(" How many?");
		await terminal.press("backspace", "7", "enter");
		expect(await answer).toBe("17");
		const none = dialogs.ask("How many?");
		await terminal.press("5", "escape");
		expect(await none).toBeUndefined();
	});

	it("shows the cursor while it has the keyboard", async () => {
		const { terminal, dialogs } = open();
		void dialogs.ask("Name?");
		await terminal.shows("Name?");
		expect(terminal.lines().join()).toContain("\x1b_pi:c\x07");
	});
});

describe("a yes or no in a terminal", () => {
	it("is no unless a person says yes", async () => {
		const { terminal, dialogs } = open();
		const asked = () => dialogs.confirm("Stop all?", "3 are running");
		for (const [keys, answer] of [
			[["enter"], false],
			[["escape"], false],
			[["down", "enter"], true],
			[["y"], true],
			[["n"], false],
		] as const) {
			const confirmed = asked();
			await terminal.shows("3 are running");
			await terminal.press(...keys);
			expect(await confirmed).toBe(answer);
		}
	});
});

describe("a text in a terminal", () => {
	it("is scrolled, and left with Escape or Enter", async () => {
		const { terminal, dialogs } = open();
		const text = Array.from({ length: 100 }, (_, n) => `line ${n + 1}`).join("\n");
		const read = dialogs.read("Result", text);
		await terminal.shows("Result  1-16/100");
		expect(terminal.seen()).toHaveLength(20);
		await terminal.press("down", "down", "up");
		await terminal.shows("Result  2-17/100");
		await terminal.press("pageDown", "end", "down", "pageUp");
		await terminal.shows("Result  69-84/100");
		await terminal.press("home", "up", "enter");
		await read;
		const again = dialogs.read("Result", "short");
		await terminal.shows("short");
		await terminal.press("escape");
		await again;
	});

	it("is broken anew, and in sight, when the terminal becomes another size", async () => {
		const { terminal, dialogs } = open();
		void dialogs.read("Result", "word ".repeat(500));
		await terminal.press("end");
		terminal.size.rows = 40;
		expect(terminal.seen(120).length).toBeGreaterThan(20);
		terminal.size.rows = 5;
		expect(terminal.seen(7)).toHaveLength(2);
	});
});

describe("dialogs in a terminal", () => {
	it("let the host's editor edit, and tell in passing", async () => {
		const { terminal, dialogs } = open();
		expect(await dialogs.edit("Prompt", "a text")).toBe("a text edited");
		dialogs.tell("done", "warning");
		expect(terminal.notices).toEqual([["done", "warning"]]);
		expect(await dialogs.isTerminal()).toBe(true);
	});

	const openers: Record<string, (dialogs: ReturnType<typeof createDialogs>) => Promise<unknown>> = {
		choose: (dialogs) => dialogs.choose(menu),
		ask: (dialogs) => dialogs.ask("title"),
		confirm: (dialogs) => dialogs.confirm("title", "message"),
		read: (dialogs) => dialogs.read("title", "text"),
	};
	it.each(Object.keys(openers))("close when the session ends, and none opens afterwards: %s", async (name) => {
		const { terminal, closing, dialogs } = open();
		const nothing = name === "confirm" ? false : undefined;
		const answer = openers[name]?.(dialogs);
		await vi.waitUntil(() => terminal.state.screen !== undefined);
		closing.abort();
		expect(await answer).toBe(nothing);
		expect(terminal.state.screen).toBeUndefined();
		expect(await openers[name]?.(dialogs)).toBe(nothing);
		expect(await dialogs.edit("title", "text")).toBeUndefined();
		dialogs.tell("too late", "info");
		expect([terminal.state.opened, terminal.notices]).toEqual([1, []]);
	});

	it("end with the session although the host has forgotten them", async () => {
		const { terminal, closing, dialogs } = open();
		const edited = createDialogs({ ...terminal.ui, editor: () => new Promise(() => {}) }, closing.signal).edit("", "");
		const chosen = dialogs.choose(menu);
		await terminal.shows("Fruit");
		terminal.state.screen = undefined; // as the host does on a reload
		closing.abort();
		expect([await edited, await chosen]).toEqual([undefined, undefined]);
	});

	it("are not answered twice by keys that come faster than the next screen", async () => {
		const { terminal, dialogs } = open();
		const chosen = dialogs.choose(menu);
		await terminal.shows("Fruit");
		const screen = terminal.state.screen;
		for (const key of ["\r", "\x1b[B", "\r", "\x1b"]) screen?.handleInput?.(key);
		expect(await chosen).toBe("a");
	});

	it("take down a screen that throws, and reject", async () => {
		const { terminal, dialogs } = open();
		let isBroken = false;
		const chosen = dialogs.choose({
			title: "Live",
			choices: () => {
				if (isBroken) throw new Error("gone");
				return numbered(2);
			},
		});
		await terminal.shows("Live");
		isBroken = true;
		expect(terminal.lines()).toEqual([]);
		await expect(chosen).rejects.toThrow("gone");
		expect(terminal.state.screen).toBeUndefined();
		const keyed = dialogs.choose({
			...menu,
			keys: [
				{
					key: "x",
					does: "fail",
					answer: (value) => {
						if (isBroken && value === "b") throw new Error("key");
						return undefined;
					},
				},
			],
		});
		await terminal.shows("Fruit");
		terminal.state.screen?.handleInput?.("\x1b[B");
		terminal.state.screen?.handleInput?.("x");
		await expect(keyed).rejects.toThrow("key");
	});
});

describe("no screen", () => {
	const EVERY_HEIGHT = Array.from({ length: 58 }, (_, n) => n + 3);
	const texts = Object.values(AWKWARD);
	const awkward = texts.map((text, value) => ({ value, label: `${value} ${text}`, description: text.repeat(3) }));
	const drawn = texts.map((text, value) => ({ value, label: text, draw: () => text.replace(/\p{Cc}/gu, "") }));
	const openings: Record<string, (dialogs: ReturnType<typeof createDialogs>) => unknown> = {
		"menu of awkward texts": (dialogs) =>
			dialogs.choose({ title: texts.join("\n"), about: () => texts.join(), choices: () => awkward }),
		"menu of awkward drawings": (dialogs) => dialogs.choose({ title: texts.join(""), choices: () => drawn }),
		"menu of short texts": (dialogs) =>
			dialogs.choose({ ...menu, keys: [{ key: "x", does: "日本語", answer: () => "" }] }),
		"empty menu": (dialogs) => dialogs.choose({ title: "", choices: () => [], empty: texts.join() }),
		question: (dialogs) => dialogs.ask(texts.join("\n"), texts.join("")),
		confirmation: (dialogs) => dialogs.confirm(texts.join(), texts.join("\n")),
		page: (dialogs) => dialogs.read(texts.join(), texts.join("\n")),
		"empty page": (dialogs) => dialogs.read("", ""),
	};
	it.each(Object.keys(openings))("is wider or higher than the terminal, or throws: %s", async (name) => {
		const { terminal, dialogs } = open();
		void openings[name]?.(dialogs);
		await vi.waitUntil(() => terminal.state.screen !== undefined);
		const bad: unknown[] = [];
		for (let width = 1; width <= 200; width++) {
			for (const rows of width === 80 ? EVERY_HEIGHT : [[3, 8, 24, 60][width % 4] ?? 24]) {
				terminal.size.rows = rows;
				if (width % 20 === 0) terminal.state.screen?.handleInput?.("\x1b[B");
				const lines = terminal.lines(width);
				const isTooHigh = lines.length > Math.max(2, rows - 4) || lines.length === 0;
				const wide = lines.filter((line) => visibleWidth(line) > width || /[\n\r\t]/.test(line));
				if (isTooHigh || wide.length > 0) bad.push({ width, rows, height: lines.length, wide });
			}
		}
		expect(bad.slice(0, 3)).toEqual([]);
	});
});
