import { visibleWidth } from "@mariozechner/pi-tui";
import { describe, expect, it } from "vitest";
import { inTerminalsSigns, wantsAscii } from "../../../src/ui/components/line.ts";

describe("signs of a terminal without Unicode", () => {
	it.each([
		[{ PI_CREW_ASCII: "1" }, true],
		[{ PI_CREW_ASCII: "yes", TERM: "xterm" }, true],
		[{ PI_CREW_ASCII: "0", TERM: "dumb" }, false],
		[{ PI_CREW_ASCII: "", TERM: "dumb" }, true],
		[{ TERM: "dumb" }, true],
		[{ TERM: "xterm-256color" }, false],
		[{}, false],
	])("are wanted with %o: %s", (env, wanted) => {
		expect(wantsAscii(env)).toBe(wanted);
	});

	it("keep the width of each line, and all that is written in letters", () => {
		const drawn = "\x1b[31m● Explore\x1b[0m │ 日本語 … ✓ → 3 · 4";
		const plain = inTerminalsSigns(drawn, true);
		expect([plain, visibleWidth(plain)]).toEqual([
			"\x1b[31m* Explore\x1b[0m | 日本語 ~ + > 3 | 4",
			visibleWidth(drawn),
		]);
	});

	it("are left as they are where Unicode is fine", () => {
		expect(inTerminalsSigns("● … ✓", false)).toBe("● … ✓");
	});
});
