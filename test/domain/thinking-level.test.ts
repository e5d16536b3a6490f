import { expect, it } from "vitest";
import { COMMON_THINKING_LEVELS } from "../../src/domain/agent-definition.ts";

it("has the thinking levels of both hosts, least first", () => {
	expect(COMMON_THINKING_LEVELS).toEqual(["off", "minimal", "low", "medium", "high", "xhigh"]);
});
