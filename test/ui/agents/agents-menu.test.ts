import { expect, it } from "vitest";
import { openAgents } from "../../../src/ui/agents/agents-menu.ts";
import { DONE, fakeCommands, INTERRUPTED, RUNNING } from "./commands-fake.ts";
import { pick, scriptedPerson } from "./scripted-person.ts";

it("leads to each part and back, and says what is in it", async () => {
	const visited: string[] = [];
	const open = (part: string) => async () => void visited.push(part);
	const parts = ["Running and recent", "Types", "New agent", "Settings", "Diagnostics"];
	const { dialogs, shown } = scriptedPerson(...parts.map(pick));
	const { commands } = fakeCommands([RUNNING, RUNNING, INTERRUPTED, DONE]);
	await openAgents({
		dialogs,
		commands,
		typeCount: () => 4,
		problemCount: () => visited.length,
		pages: [],
		openPage: async () => undefined,
		open: {
			running: open("running"),
			types: open("types"),
			new: open("new"),
			settings: open("settings"),
			diagnostics: open("diagnostics"),
		},
	});
	expect(visited).toEqual(["running", "types", "new", "settings", "diagnostics"]);
	const menu = (problems: string) => [
		"Agents",
		"- Running and recent: 2 running, 1 interrupted, 1 ended",
		"- Types: 4 agent types",
		"- New agent: written by hand, or drafted by a subagent",
		"- Settings: of this project, changed at once",
		`- Diagnostics: ${problems}`,
	];
	const problems = ["no problems", "1 problem", "2 problems", "3 problems", "4 problems", "5 problems"];
	expect(shown.map((text) => text.split("\n"))).toEqual(problems.map(menu));
});
