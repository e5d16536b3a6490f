import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import { createDialogs } from "../../../src/ui/dialogs/create-dialogs.ts";
import type { Menu } from "../../../src/ui/dialogs/dialogs.ts";

/** A client that speaks RPC, as the host has it: nothing is drawn, and a signal takes a question back. */
function client(answers: readonly unknown[] = []) {
	const asked: unknown[][] = [];
	const left = [...answers];
	const reply =
		(method: string) =>
		(...parts: unknown[]) => {
			const options = parts.at(-1) as { signal?: AbortSignal } | undefined;
			const said = options?.signal ? parts.slice(0, -1) : parts;
			asked.push([method, ...said]);
			const answer = left.shift();
			if (answer !== "never") return Promise.resolve(answer);
			return new Promise((resolve) => options?.signal?.addEventListener("abort", () => resolve(undefined)));
		};
	const ui = {
		custom: async () => undefined,
		select: reply("select"),
		input: reply("input"),
		confirm: reply("confirm"),
		editor: reply("editor"),
		notify: (...parts: unknown[]) => void asked.push(["notify", ...parts]),
	} as unknown as ExtensionUIContext;
	const closing = new AbortController();
	return { asked, closing, dialogs: createDialogs(ui, closing.signal) };
}

const menu: Menu<number> = {
	title: "Subagents",
	about: () => "2 running",
	choices: () => [
		{ value: 1, label: "one" },
		{ value: 2, label: "\x1b[31mtwo" },
		{ value: 3, label: "one" },
	],
	keys: [{ key: "x", does: "stop", answer: () => 4 }],
};

describe("a client without a terminal", () => {
	it("is asked to select, each choice by a label of its own", async () => {
		const { asked, dialogs } = client(["one (2)", "two", undefined, "made up"]);
		const answers = [];
		for (let n = 0; n < 4; n++) answers.push(await dialogs.choose(menu));
		expect(answers).toEqual([3, 2, undefined, undefined]);
		expect(asked[0]).toEqual(["select", "Subagents\n2 running", ["one", "two", "one (2)"]]);
		expect(asked.at(-1)).toEqual(["notify", '"made up" is none of the choices, so nothing was chosen', "warning"]);
		expect(await dialogs.isTerminal()).toBe(false);
	});

	it("may answer what is no text, which is no answer", async () => {
		const { dialogs } = client([42, { text: "x" }, 1, null]);
		expect([await dialogs.ask("Name"), await dialogs.edit("Text", ""), await dialogs.confirm("Sure?", "")]).toEqual([
			undefined,
			undefined,
			false,
		]);
	});

	it("gets a notice when there is nothing to choose", async () => {
		const { asked, dialogs } = client();
		expect(await dialogs.choose({ title: "Subagents", choices: () => [], empty: "none yet" })).toBeUndefined();
		expect(asked).toEqual([["notify", "none yet", "info"]]);
	});

	it("is asked for a line, with the present one in the title, for a confirmation, and for a text", async () => {
		const { asked, dialogs } = client(["8", undefined, true, false, undefined, "new text"]);
		expect(await dialogs.ask("How many?", "4")).toBe("8");
		expect(await dialogs.ask("Name?")).toBeUndefined();
		const confirmed = [];
		for (let n = 0; n < 3; n++) confirmed.push(await dialogs.confirm("Stop all?", "3 are running"));
		expect(confirmed).toEqual([true, false, false]);
		expect(await dialogs.edit("Prompt", "old text")).toBe("new text");
		await dialogs.read("Result", "it is done");
		dialogs.tell("refused", "error");
		expect(asked).toEqual([
			["input", "How many?\nat present: 4", "4"],
			["input", "Name?", ""],
			...Array.from({ length: 3 }, () => ["confirm", "Stop all?", "3 are running"]),
			["editor", "Prompt", "old text"],
			["notify", "Result\n\nit is done", "info"],
			["notify", "refused", "error"],
		]);
	});

	it("has nothing open any more when the session ends", async () => {
		const { asked, closing, dialogs } = client(["never", "never", "never", "never"]);
		const open = [dialogs.choose(menu), dialogs.ask("?"), dialogs.confirm("?", "!"), dialogs.edit("?", "")];
		await new Promise(setImmediate);
		expect(asked).toHaveLength(4);
		closing.abort();
		expect(await Promise.all(open)).toEqual([undefined, undefined, false, undefined]);
		expect(await dialogs.choose(menu)).toBeUndefined();
		expect(asked).toHaveLength(4);
	});
});
