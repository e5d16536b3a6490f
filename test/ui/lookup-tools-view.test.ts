import type { Theme } from "@mariozechner/pi-coding-agent";
import { beforeEach, describe, expect, it } from "vitest";
import { drawLookupCall } from "../../src/ui/lookup-tools-view.ts";
import { AWKWARD, resets, seen, troubles, WIDTHS } from "./drawing.ts";
import { hostTheme } from "./host-theme.ts";

const ID = "0123456789abcdef0123";

let theme: Theme;
beforeEach(() => {
	theme = hostTheme("dark");
});

function shown(tool: string, args: unknown, width?: number): string[] {
	return seen(drawLookupCall(tool, args as object | undefined, theme), width);
}

describe("a call of a lookup tool", () => {
	it.each([
		[{ agent_id: ID }, `get_subagent_result ${ID}`],
		[{ agent_id: ID, wait: false }, `get_subagent_result ${ID}`],
		[{ agent_id: ID, wait: true }, `get_subagent_result ${ID} waits until it has ended`],
		[{ agent_id: ID, verbose: true }, `get_subagent_result ${ID}`],
	])("for a result says whose, and whether it waits: %j", (args, line) => {
		expect(shown("get_subagent_result", args)).toEqual([line]);
	});

	it("of steering says whom, and what", () => {
		const args = { agent_id: ID, message: " Look in\n\tsrc/ui  too. " };
		expect(shown("steer_subagent", args)).toEqual([`steer_subagent ${ID} Look in src/ui too.`]);
	});

	it("is cut with an ellipsis where there is no room for all of it", () => {
		const args = { agent_id: ID, message: "Look in src/ui too." };
		expect([40, 30, 8, 1].map((width) => shown("steer_subagent", args, width))).toEqual([
			["steer_subagent 0123456789abcdef0123 Loo…"],
			["steer_subagent 0123456789abcd…"],
			["steer_s…"],
			["…"],
		]);
	});

	it.each([undefined, null, {}, { agent_id: 5, wait: "yes", message: ["x"] }, { agent_id: null, message: null }])(
		"is drawn while its arguments are still streaming in: %j",
		(args) => {
			expect(shown("steer_subagent", args)).toEqual(["steer_subagent …"]);
		},
	);
});

describe.each(["dark", "light"] as const)("at every width in the %s theme", (name) => {
	it.each(Object.entries(AWKWARD))("a call with %s is one line that fits and resets nothing", (_what, text) => {
		theme = hostTheme(name);
		const drawings = [
			{ agent_id: text, message: text },
			{ agent_id: text, wait: true },
		].map((args) => drawLookupCall("steer_subagent", args, theme));
		expect(drawings.flatMap((drawing) => [...troubles(drawing), ...resets(drawing)])).toEqual([]);
		expect(drawings.flatMap((drawing) => WIDTHS.filter((width) => drawing.render(width).length !== 1))).toEqual([]);
	});
});
