import { expect, it } from "vitest";
import { endingOf } from "../../src/domain/stored-run.ts";

it("keeps of an outcome who stopped it or what failed, and nothing of one that brought an answer", () => {
	expect(endingOf({ status: "stopped", result: "", by: "shutdown" })).toEqual({ ending: { by: "shutdown" } });
	expect(endingOf({ status: "error", result: "", code: "model", message: "no credit" })).toEqual({
		ending: { code: "model" },
	});
	expect(endingOf({ status: "aborted", result: "half", limit: "turns" })).toEqual({});
	expect(endingOf({ status: "completed", result: "done" })).toEqual({});
});
