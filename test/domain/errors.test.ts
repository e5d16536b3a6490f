import { expect, it } from "vitest";
import { subagentsError } from "../../src/domain/refusal.ts";

it("makes errors that can be recognized by name and code", () => {
	const error = subagentsError("timeout", "it took too long");
	expect(error).toBeInstanceOf(Error);
	expect([error.name, error.code, error.message]).toEqual(["SubagentsError", "timeout", "it took too long"]);
});
