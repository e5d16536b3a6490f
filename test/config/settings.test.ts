import { expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/config/settings.ts";

it("has no turn limit and five grace turns until somebody sets them", () => {
	expect(DEFAULT_SETTINGS).toEqual({ defaultMaxTurns: 0, graceTurns: 5 });
});

it("cannot be changed by whoever reads it", () => {
	expect(Object.isFrozen(DEFAULT_SETTINGS)).toBe(true);
});
