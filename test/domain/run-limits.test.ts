import { describe, expect, it } from "vitest";
import {
	type LimitHit,
	type LimitPoint,
	type LimitVerdict,
	type RunLimit,
	RunLimits,
	type RunUsage,
	TurnLimit,
} from "../../src/domain/run-limits.ts";

const used = (turns: number): RunUsage => ({ turns, toolUses: 0, tokens: 0, cost: 0, durationMs: 0 });
const afterTurn = (wantsAnother: boolean): LimitPoint => ({ at: "after-turn", wantsAnother });

/** A limit of turns, asked after each turn of a run. */
function turnLimit(turns: number, graceTurns: number): (wantsAnother: boolean) => LimitVerdict["kind"] {
	const limit = new TurnLimit({ turns, graceTurns });
	let turn = 0;
	return (wantsAnother) => limit.check(used(++turn), afterTurn(wantsAnother)).kind;
}

const continues = (times: number): string[] => Array(times).fill("continue");

describe("a subagent that never stops", () => {
	const table = [1, 2, 3, 10].flatMap((turns) => [1, 2, 5, 20].map((graceTurns) => ({ turns, graceTurns })));

	it.each(table)("is warned once after $turns turns and stopped $graceTurns turns later", ({ turns, graceTurns }) => {
		const check = turnLimit(turns, graceTurns);
		const given: string[] = [];
		while (given.length < 50 && given.at(-1) !== "stop") given.push(check(true));
		expect(given).toEqual([...continues(turns - 1), "wrap-up", ...continues(graceTurns - 1), "stop"]);
	});

	it("has no limit where there is none", () => {
		const limits = new RunLimits([new TurnLimit({ graceTurns: 5 })], () => used(1000));
		expect([limits.check(afterTurn(true)), limits.isWrappingUp]).toEqual([{ kind: "continue" }, false]);
	});
});

describe("a subagent that ends by itself", () => {
	it.each([1, 2, 3, 4, 5])("is left alone in its turn %d of 3 with 2 grace turns", (last) => {
		const check = turnLimit(3, 2);
		for (let turn = 1; turn < last; turn++) check(true);
		expect(check(false)).toBe("continue");
	});

	it("is warned later when somebody makes it continue after its limit", () => {
		expect([false, true, true].map(turnLimit(1, 5))).toEqual(["continue", "wrap-up", "continue"]);
	});

	it("has all its grace turns from when it was warned, however long after its limit", () => {
		const check = turnLimit(1, 2);
		for (let turn = 0; turn < 10; turn++) check(false);
		expect([true, true, true].map(check)).toEqual(["wrap-up", "continue", "stop"]);
	});
});

describe("the limit of turns", () => {
	it("is checked after a turn only", () => {
		const limit = new TurnLimit({ turns: 1, graceTurns: 1 });
		const points: LimitPoint[] = [{ at: "before-model-call" }, { at: "before-tool-call" }];
		expect(points.map((point) => limit.check(used(9), point).kind)).toEqual(["continue", "continue"]);
	});

	it("tells the subagent to answer now, without tools", () => {
		expect(new TurnLimit({ turns: 1, graceTurns: 1 }).check(used(1), afterTurn(true))).toEqual({
			kind: "wrap-up",
			limit: "turns",
			message:
				"You have reached your turn limit. Do not call any more tools: wrap up and give your final answer now, with what you have.",
		});
	});
});

describe("the limits of a run", () => {
	const saying = (verdict: LimitVerdict): RunLimit => ({ check: () => verdict });
	const wrapUp = (message: string) => saying({ kind: "wrap-up", limit: "turns", message });
	const hit: LimitHit = { limit: "turns", of: "run", value: 1, spent: 1 };
	const stop = saying({ kind: "stop", hit });
	const ongoing = saying({ kind: "continue" });
	const together = (...limits: RunLimit[]) => new RunLimits(limits, () => used(1));

	it("continue while none of them says otherwise", () => {
		const limits = together(ongoing, ongoing);
		expect([limits.check(afterTurn(true)).kind, limits.isWrappingUp]).toEqual(["continue", false]);
	});

	it("stop the run when one of them does, whatever the others say", () => {
		const limits = together(ongoing, wrapUp("one"), stop);
		expect([limits.check(afterTurn(true)), limits.isWrappingUp]).toEqual([{ kind: "stop", hit }, false]);
	});

	it("tell the subagent the messages of all that want it to wrap up", () => {
		const limits = together(wrapUp("one"), ongoing, wrapUp("two"));
		expect(limits.check(afterTurn(true))).toEqual({ kind: "wrap-up", limit: "turns", message: "one\n\ntwo" });
		expect(limits.isWrappingUp).toBe(true);
	});

	it("are all asked at each point, with what the run has used and where it is", () => {
		const asked: unknown[] = [];
		const asking: RunLimit = {
			check: (usage, point) => {
				asked.push([usage.turns, point.at]);
				return { kind: "stop", hit };
			},
		};
		together(asking, asking).check({ at: "before-tool-call" });
		expect(asked).toEqual([
			[1, "before-tool-call"],
			[1, "before-tool-call"],
		]);
	});
});
