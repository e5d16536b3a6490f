import { stripVTControlCharacters } from "node:util";
import { visibleWidth } from "@mariozechner/pi-tui";
import { describe, expect, it } from "vitest";
import { AgentCatalog, type AgentOverview } from "../../../src/agents/agent-catalog.ts";
import { agentRows } from "../../../src/ui/agents/agent-type-list.ts";
import { agentText } from "../../../src/ui/agents/agent-type-text.ts";
import { sampleAgent } from "../../agents/sample-agent.ts";
import { AWKWARD, WIDTHS } from "../drawing.ts";
import { hostTheme } from "../host-theme.ts";

const overview = (changes: Partial<AgentOverview> = {}): AgentOverview => ({
	name: "Helper",
	origin: "project",
	file: "/project/.pi/agents/Helper.md",
	state: { kind: "in use" },
	isDisabled: false,
	definition: sampleAgent(),
	diagnostics: [],
	...changes,
});
const drawn = (overviews: readonly AgentOverview[], width: number) =>
	agentRows(overviews).map(({ draw }) => draw?.(width, hostTheme("dark"), []) ?? "");

describe("a line of the list of agents", () => {
	it("stands in columns, and says everything without colour", () => {
		const lines = drawn(
			new AgentCatalog().overview(() => true),
			100,
		).map((line) => stripVTControlCharacters(line).trimEnd());
		expect(lines).toEqual([
			"  general-purpose  in use  built in  the parent's model  all tools",
			"  Explore          in use  built in  prefers haiku  read, bash, grep, find, ls",
			"  Plan             in use  built in  the parent's model  read, bash, grep, find, ls",
			"  reviewer         in use  built in  the parent's model  read, bash, grep, find, ls",
		]);
	});

	it("is distinguished from those of the same name in the same folder", () => {
		const labels = agentRows([overview({ file: "/a/Helper.md" }), overview({ file: "/a/Helper.MD" })]);
		expect(labels.map(({ label }) => label.split(" · ")[0])).toEqual(["Helper (Helper.md)", "Helper (Helper.MD)"]);
	});

	it.each(Object.entries(AWKWARD))("is never wider than the screen, nor anything but text: %s", (_what, text) => {
		const definition = sampleAgent({
			description: text,
			model: { queries: [text], strength: "pinned" },
			extensionTools: [text],
			instructions: text,
			displayName: text,
			fileKeys: { [text]: text },
		});
		const overviews = [
			overview({ name: text, definition }),
			overview({ name: text, state: { kind: "broken" }, definition: undefined }),
			overview({ diagnostics: [{ severity: "error", file: text, message: text }] }),
		];
		for (const width of WIDTHS) {
			for (const line of drawn(overviews, width)) {
				expect(visibleWidth(line)).toBeLessThanOrEqual(width);
				expect(stripVTControlCharacters(line)).not.toMatch(/\p{Cc}/u);
			}
		}
		const texts = overviews.map((one) => agentText(one, text));
		expect(texts.join("").replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
	});
});
