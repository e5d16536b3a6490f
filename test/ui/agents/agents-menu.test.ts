import { expect, it } from "vitest";
import { openAgents } from "../../../src/ui/agents/agents-menu.ts";
import type { Menu } from "../../../src/ui/dialogs.ts";
import { DONE, fakeDesk, INTERRUPTED, RUNNING } from "./desk-fake.ts";
import { scriptedDialogs } from "./scripted-dialogs.ts";

it("leads to each part and back, and says what is in it", async () => {
	const visited: string[] = [];
	const open = (part: string) => async () => void visited.push(part);
	const parts = ["Running and recent", "Types", "New agent", "Settings", "Diagnostics"];
	const person = scriptedDialogs(parts);
	const descriptions: unknown[] = [];
	const { desk } = fakeDesk([RUNNING, RUNNING, INTERRUPTED, DONE]);
	const choose = <T>(menu: Menu<T>) => {
		descriptions.push(menu.choices().map(({ description }) => description));
		return person.dialogs.choose(menu);
	};
	await openAgents({
		dialogs: { ...person.dialogs, choose },
		desk,
		typeCount: () => 4,
		problemCount: () => visited.length,
		open: {
			running: open("running"),
			types: open("types"),
			new: open("new"),
			settings: open("settings"),
			diagnostics: open("diagnostics"),
		},
	});
	expect(visited).toEqual(["running", "types", "new", "settings", "diagnostics"]);
	expect(person.seen).toEqual(Array(6).fill(["Agents", ...parts].join("\n")));
	expect(descriptions[0]).toEqual([
		"2 running, 1 interrupted, 1 ended",
		"4 agent types",
		"written by hand, or drafted by a subagent",
		"of this project, changed at once",
		"nothing is wrong",
	]);
	expect(descriptions.slice(1, 3).map((all) => (all as string[])[4])).toEqual(["1 problem", "2 problems"]);
});
