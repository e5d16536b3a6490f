import { describe, expect, it } from "vitest";
import { currentChild, insideChild, outsideChildren } from "../../src/platform/child-scope.ts";

const outer = { subagentId: "outer", agentName: "Explore" };
const inner = { subagentId: "inner", agentName: "Plan" };

describe("the scope of a child", () => {
	it("is nobody's in the parent", () => {
		expect(currentChild()).toBeUndefined();
	});

	it("is seen by whatever runs in it, and ends with it", () => {
		expect(insideChild(outer, currentChild)).toBe(outer);
		expect(currentChild()).toBeUndefined();
	});

	it("is seen after every kind of wait", async () => {
		const seen = await insideChild(outer, async () => {
			await Promise.resolve();
			const afterPromise = currentChild();
			await new Promise((resolve) => setTimeout(resolve, 1));
			const afterTimer = currentChild();
			await new Promise((resolve) => setImmediate(resolve));
			return [afterPromise, afterTimer, currentChild()];
		});
		expect(seen).toEqual([outer, outer, outer]);
	});

	it("is the innermost where children nest, and the outer one's again afterwards", () => {
		const seen = insideChild(outer, () => [currentChild(), insideChild(inner, currentChild), currentChild()]);
		expect(seen).toEqual([outer, inner, outer]);
	});

	it("is left by what goes outward, however deep, and entered again afterwards", () => {
		const seen = insideChild(outer, () =>
			insideChild(inner, () => [outsideChildren(currentChild), currentChild(), outsideChildren(currentChild)]),
		);
		expect(seen).toEqual([undefined, inner, undefined]);
	});

	it("can be entered from outside again", () => {
		const seen = insideChild(outer, () => outsideChildren(() => [currentChild(), insideChild(inner, currentChild)]));
		expect(seen).toEqual([undefined, inner]);
	});

	it("keeps children that run at the same time apart", async () => {
		const seen = await Promise.all(
			[outer, inner].map((info) =>
				insideChild(info, async () => {
					await new Promise((resolve) => setTimeout(resolve, 2));
					return currentChild();
				}),
			),
		);
		expect(seen).toEqual([outer, inner]);
	});

	it("ends when the work in it throws", () => {
		const throwing = () =>
			insideChild(outer, () => {
				throw new Error("no");
			});
		expect(throwing).toThrow("no");
		expect(currentChild()).toBeUndefined();
	});

	it("hands back what the work in it returns", () => {
		expect([insideChild(outer, () => 1), outsideChildren(() => 2)]).toEqual([1, 2]);
	});
});
