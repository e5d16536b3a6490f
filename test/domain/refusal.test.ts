import { expect, it } from "vitest";
import { refuse } from "../../src/domain/refusal.ts";

it("differs from a plan by its kind and carries a code and words", () => {
	expect(refuse("unknown-type", "Unknown.")).toEqual({ kind: "refused", code: "unknown-type", reason: "Unknown." });
});
