import { describe, expect, it, vi } from "vitest";
import { ReloadHandover } from "../../src/platform/reload-handover.ts";

const KEY = Symbol.for("pi-crew-test:handover/v1");

describe("what a reload leaves", () => {
	it("is handed as it is to the next instance of the same session, once", () => {
		const handover = new ReloadHandover<object>(KEY);
		const runtime = { runs: 3 };
		handover.offer("one", runtime);
		expect(handover.take("one")).toBe(runtime);
		expect(handover.take("one")).toBeUndefined();
	});

	it("is not for another session", () => {
		const handover = new ReloadHandover<string>(KEY);
		handover.offer("one", "its runtime");
		handover.offer("two", "the other's");
		expect(["three", "two", "one"].map((id) => handover.take(id))).toEqual([undefined, "the other's", "its runtime"]);
	});

	it("is not for another extension", () => {
		new ReloadHandover<string>(KEY).offer("one", "its runtime");
		expect(new ReloadHandover<string>(Symbol.for("pi-crew-test:other/v1")).take("one")).toBeUndefined();
		expect(new ReloadHandover<string>(KEY).take("one")).toBe("its runtime");
	});

	it("is the last value that was offered", () => {
		const handover = new ReloadHandover<string>(KEY);
		handover.offer("one", "older");
		handover.offer("one", "newer");
		expect(handover.take("one")).toBe("newer");
	});

	it("is found by another copy of this module, as a reload makes one", async () => {
		vi.resetModules();
		const copy = await import("../../src/platform/reload-handover.ts");
		expect(copy.ReloadHandover).not.toBe(ReloadHandover);
		new ReloadHandover<string>(KEY).offer("one", "its runtime");
		expect(new copy.ReloadHandover<string>(KEY).take("one")).toBe("its runtime");
	});
});
