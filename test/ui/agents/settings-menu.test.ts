import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS, SETTING_KEYS } from "../../../src/settings/settings-schema.ts";
import type { ChangeOutcome, LoadedSettings } from "../../../src/settings/settings-store.ts";
import type { SettingChange } from "../../../src/settings/settings-writer.ts";
import { openSettings } from "../../../src/ui/agents/settings-menu.ts";
import { leave, pick, type Reply, scriptedPerson, type } from "./scripted-person.ts";

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

async function visit(script: readonly Reply[], outcome: ChangeOutcome = saved) {
	const person = scriptedPerson(...script);
	const changes: SettingChange[] = [];
	await openSettings({
		dialogs: person.dialogs,
		settings: () => loaded,
		change: async (change) => {
			changes.push(change);
			return outcome;
		},
	});
	expect(person.left()).toBe(0);
	return { ...person, changes };
}

describe("the settings menu", () => {
	it("has every key with its value and whose it is", async () => {
		const { shown } = await visit([]);
		const lines = shown[0]?.split("\n") ?? [];
		expect(lines.slice(0, 3)).toEqual([
			"Settings",
			"Changes apply to this project at once.",
			"- maxConcurrent is 8 (yours): an integer 1..1024; background runs at the same time",
		]);
		expect(lines).toHaveLength(SETTING_KEYS.length + 2);
	});

	it("asks for a number, beginning with the present one, until it can be used", async () => {
		const { shown, changes, told } = await visit([pick("maxConcurrent"), type("many"), type("0"), type("16"), leave]);
		expect(shown.slice(1, 4)).toEqual([
			"maxConcurrent\nbackground runs at the same time\nExpected: an integer 1..1024. [8]",
			'maxConcurrent\nNot changed: maxConcurrent is "many"; expected an integer 1..1024. [many]',
			"maxConcurrent\nNot changed: maxConcurrent is 0; expected an integer 1..1024. [0]",
		]);
		expect(changes).toEqual([{ key: "maxConcurrent", value: 16 }]);
		expect(told).toEqual([["info", "maxConcurrent is 8 (yours), written to /p/.pi/subagents.json"]]);
	});

	it("offers the words of an enumeration, and to take out what is in the project's file", async () => {
		const { shown, changes } = await visit([
			pick("onInterrupt"),
			pick("stop-all"),
			pick("fallbackAgent"),
			pick("none"),
		]);
		expect(shown[1]?.split("\n").slice(2)).toEqual([
			'onInterrupt is "stop-foreground" (project)',
			"- stop-foreground (now)",
			"- stop-all",
			"- Remove it from the project's file",
		]);
		expect(shown[3]?.split("\n").slice(3)).toEqual(["- general-purpose (now)", "- none"]);
		expect(changes).toEqual([
			{ key: "onInterrupt", value: "stop-all" },
			{ key: "fallbackAgent", value: "none" },
		]);
	});

	it("takes lists with commas between, and nothing for an empty one", async () => {
		const { shown, changes } = await visit([
			...[pick("models"), pick("Type"), type("x/*,  y")],
			...[pick("models"), pick("Type"), type(" ")],
			...[pick("models"), pick("Remove it")],
		]);
		expect(shown[2]).toMatch(/\[a\/\*, b\]$/);
		expect(changes).toEqual([
			{ key: "models", value: ["x/*", "y"] },
			{ key: "models", value: [] },
			{ key: "models", value: undefined },
		]);
	});

	it("changes nothing when a person steps back", async () => {
		const { changes, shown } = await visit([
			...[pick("models"), leave, pick("models"), pick("Type"), leave],
			...[pick("graceTurns"), leave],
		]);
		expect([changes, shown.length]).toEqual([[], 8]);
	});

	it("says why a change was refused or not written", async () => {
		const refused = await visit([pick("graceTurns"), type("7")], { kind: "refused", reason: "/p is not trusted" });
		expect(refused.told).toEqual([["error", "graceTurns was not changed: /p is not trusted"]]);
		const unwritten = { kind: "not-persisted", settings: loaded.settings, reason: "ENOSPC" } as const;
		const { told } = await visit([pick("graceTurns"), type("7")], unwritten);
		expect(told).toEqual([["warning", "graceTurns is 5 (default); it could not be written: ENOSPC"]]);
	});
});
