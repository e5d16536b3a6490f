import { expect, it } from "vitest";
import { settingsList, settingText } from "../../src/format/catalog-text.ts";

it("has a line for each setting", () => {
	expect(
		settingsList([
			{ key: "graceTurns", value: 5, source: "default", accepted: "an integer", meaning: "turns" },
			{ key: "models", value: ["a/*"], source: "session", accepted: "a list", meaning: "models" },
		]),
	).toBe('graceTurns is 5 (default); an integer; turns\nmodels is ["a/*"] (this session only); a list; models');
});

it("draws nothing that a project's file could smuggle into the terminal", () => {
	const text = settingText({ key: "models", value: ["\u009b31ma\u001b[0m"], source: "project" });
	expect(text.replace(/\P{Cc}/gu, "")).toBe("");
});
