import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS, SETTING_KEYS } from "../../../src/config/settings.ts";
import type { ChangeOutcome, LoadedSettings } from "../../../src/config/settings-files.ts";
import type { SettingChange } from "../../../src/config/settings-writer.ts";
import { openSettings } from "../../../src/ui/agents/settings-menu.ts";
import { type Step, scriptedDialogs } from "./scripted-dialogs.ts";

const loaded: LoadedSettings = {
	settings: { ...DEFAULT_SETTINGS, maxConcurrent: 8, models: ["a/*", "b"] },
	sources: {
		...(Object.fromEntries(SETTING_KEYS.map((key) => [key, "default"])) as LoadedSettings["sources"]),
		maxConcurrent: "yours",
		onInterrupt: "project",
		models: "project",
	},
	diagnostics: [],
};
const saved: ChangeOutcome = { kind: "saved", settings: loaded.settings, file: "/p/.pi/subagents.json" };

async function visit(steps: readonly Step[], outcome: ChangeOutcome = saved) {
	const person = scriptedDialogs(steps);
	const changes: SettingChange[] = [];
	await openSettings({
		dialogs: person.dialogs,
		settings: () => loaded,
		change: async (change) => {
			changes.push(change);
			return outcome;
		},
	});
	expect(person.left).toEqual([]);
	return { ...person, changes };
}

describe("the settings menu", () => {
	it("has every key with its value and whose it is", async () => {
		const { seen } = await visit([]);
		const lines = seen[0]?.split("\n") ?? [];
		expect(lines.slice(0, 3)).toEqual([
			"Settings",
			"A change holds for this project, at once.",
			"maxConcurrent is 8 (yours)",
		]);
		expect(lines).toHaveLength(SETTING_KEYS.length + 2);
	});

	it("asks for a number, beginning with the present one, until it can be used", async () => {
		const { seen, changes, told } = await visit(["maxConcurrent", "many", "0", "16", "escape"]);
		expect(seen.slice(1, 4)).toEqual([
			"maxConcurrent\nbackground runs at the same time\nAccepted is an integer 1..1024. [8]",
			'maxConcurrent\nNot changed: maxConcurrent is "many"; accepted is an integer 1..1024. [many]',
			"maxConcurrent\nNot changed: maxConcurrent is 0; accepted is an integer 1..1024. [0]",
		]);
		expect(changes).toEqual([{ key: "maxConcurrent", value: 16 }]);
		expect(told).toEqual([["info", "maxConcurrent is 8 (yours), written to /p/.pi/subagents.json"]]);
	});

	it("offers the words of an enumeration, and to take out what is in the project's file", async () => {
		const { seen, changes } = await visit(["onInterrupt", "stop-all", "fallbackAgent", "none"]);
		expect(seen[1]?.split("\n").slice(2)).toEqual([
			'onInterrupt is "stop-foreground" (project)',
			"stop-foreground (now)",
			"stop-all",
			"Take it out of the project's file",
		]);
		expect(seen[3]?.split("\n").slice(3)).toEqual(["general-purpose (now)", "none"]);
		expect(changes).toEqual([
			{ key: "onInterrupt", value: "stop-all" },
			{ key: "fallbackAgent", value: "none" },
		]);
	});

	it("takes lists with commas between, and nothing for an empty one", async () => {
		const { seen, changes } = await visit([
			"models",
			"Type",
			"x/*,  y",
			"models",
			"Type",
			" ",
			"models",
			"Take it out",
		]);
		expect(seen[2]).toMatch(/\[a\/\*, b\]$/);
		expect(changes).toEqual([
			{ key: "models", value: ["x/*", "y"] },
			{ key: "models", value: [] },
			{ key: "models", value: undefined },
		]);
	});

	it("changes nothing when a person steps back", async () => {
		const { changes, seen } = await visit(["models", "escape", "models", "Type", "escape", "graceTurns", "escape"]);
		expect([changes, seen.length]).toEqual([[], 8]);
	});

	it("says why a change was refused or not written", async () => {
		const refused = await visit(["graceTurns", "7"], { kind: "refused", reason: "/p is not trusted" });
		expect(refused.told).toEqual([["error", "graceTurns was not changed: /p is not trusted"]]);
		const unwritten = { kind: "not-persisted", settings: loaded.settings, reason: "ENOSPC" } as const;
		const { told } = await visit(["graceTurns", "7"], unwritten);
		expect(told).toEqual([["warning", "graceTurns is 5 (default); it could not be written: ENOSPC"]]);
	});
});
