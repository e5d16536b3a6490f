import { afterEach, describe, expect, it, vi } from "vitest";
import { leaveBehind, takeOver } from "../../src/platform/reload-handover.ts";

afterEach(() => {
	for (const session of ["one", "two"]) takeOver(session);
});

describe("what a reload leaves behind", () => {
	it("is taken over as it is by the next instance of the same session, once", () => {
		const crew = { runs: 3 };
		leaveBehind("one", crew);
		expect(takeOver("one")).toBe(crew);
		expect(takeOver("one")).toBeUndefined();
	});

	it("is not for another session", () => {
		leaveBehind("one", "its crew");
		leaveBehind("two", "the other's");
		expect([takeOver("three"), takeOver("two"), takeOver("one")]).toEqual([undefined, "the other's", "its crew"]);
	});

	it("is the last that was left", () => {
		leaveBehind("one", "older");
		leaveBehind("one", "newer");
		expect(takeOver("one")).toBe("newer");
	});

	it("is found by another copy of this module, as a reload makes one", async () => {
		vi.resetModules();
		const copy = await import("../../src/platform/reload-handover.ts");
		expect(copy.takeOver).not.toBe(takeOver);
		leaveBehind("one", "its crew");
		expect(copy.takeOver("one")).toBe("its crew");
	});
});
