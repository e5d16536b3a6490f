import { describe, expect, it } from "vitest";
import { TurnLimit, type TurnVerdict, WRAP_UP_MESSAGE } from "../../src/domain/run-limits.ts";

/** The verdicts on a subagent that wants another turn every time, until it is cut off or has had 50 turns. */
function verdicts(limits: ConstructorParameters<typeof TurnLimit>[0]): TurnVerdict[] {
	const limit = new TurnLimit(limits);
	const given: TurnVerdict[] = [];
	while (given.length < 50 && given.at(-1) !== "cut-off") given.push(limit.turnEnded(true));
	return given;
}

const goOn = (times: number): TurnVerdict[] => Array(times).fill("go-on");

describe("a subagent that never stops", () => {
	const table = [1, 2, 3, 10].flatMap((turns) => [1, 2, 5, 20].map((graceTurns) => ({ turns, graceTurns })));

	it.each(table)("is told once after $turns turns and cut off $graceTurns turns later", ({ turns, graceTurns }) => {
		expect(verdicts({ turns, graceTurns })).toEqual([
			...goOn(turns - 1),
			"wrap-up",
			...goOn(graceTurns - 1),
			"cut-off",
		]);
	});

	it("goes on for ever without a limit", () => {
		expect(verdicts({ turns: undefined, graceTurns: 5 })).toEqual(goOn(50));
	});
});

describe("a subagent that ends by itself", () => {
	it.each([1, 2, 3, 4, 5])("is left alone in its turn %d of 3 with 2 grace turns", (last) => {
		const limit = new TurnLimit({ turns: 3, graceTurns: 2 });
		for (let turn = 1; turn < last; turn++) limit.turnEnded(true);
		expect(limit.turnEnded(false)).toBe("go-on");
	});

	it("has not reached its limit when it ends in the very turn the limit allows", () => {
		const limit = new TurnLimit({ turns: 2, graceTurns: 1 });
		const given = [limit.turnEnded(true), limit.turnEnded(false)];
		expect([given, limit.reached]).toEqual([["go-on", "go-on"], false]);
	});

	it("has reached its limit when it was told before it ended", () => {
		const limit = new TurnLimit({ turns: 1, graceTurns: 1 });
		const given = [limit.turnEnded(true), limit.turnEnded(false)];
		expect([given, limit.reached]).toEqual([["wrap-up", "go-on"], true]);
	});

	it("is told later when somebody makes it go on after its limit", () => {
		const limit = new TurnLimit({ turns: 1, graceTurns: 5 });
		const given = [false, true, true].map((wantsAnother) => limit.turnEnded(wantsAnother));
		expect([given, limit.reached]).toEqual([["go-on", "wrap-up", "go-on"], true]);
	});
});

describe("a subagent that somebody makes go on long after its limit", () => {
	it("is told before it is cut off, and has all its grace turns from then on", () => {
		const limit = new TurnLimit({ turns: 1, graceTurns: 2 });
		for (let turn = 0; turn < 10; turn++) limit.turnEnded(false);
		expect([true, true, true].map((wantsAnother) => limit.turnEnded(wantsAnother))).toEqual([
			"wrap-up",
			"go-on",
			"cut-off",
		]);
	});
});

describe("a subagent that ended without an answer and is to be asked for one", () => {
	it("has a turn for that below its limit, and without a limit", () => {
		for (const turns of [3, undefined]) {
			const limit = new TurnLimit({ turns, graceTurns: 1 });
			const given = [limit.turnEnded(true), limit.turnEnded(false), limit.anotherTurn(), limit.turnEnded(false)];
			expect([given, limit.reached]).toEqual([goOn(4), false]);
		}
	});

	it("is asked in a grace turn at its limit, and counts as told to wrap up", () => {
		const limit = new TurnLimit({ turns: 1, graceTurns: 1 });
		const given = [limit.turnEnded(false), limit.anotherTurn(), limit.turnEnded(false)];
		expect([given, limit.reached]).toEqual([["go-on", "wrap-up", "go-on"], true]);
	});

	it("has none left after its grace turns", () => {
		const limit = new TurnLimit({ turns: 1, graceTurns: 1 });
		expect([limit.turnEnded(true), limit.turnEnded(false), limit.anotherTurn()]).toEqual([
			"wrap-up",
			"go-on",
			"cut-off",
		]);
	});
});

describe("a limit", () => {
	it("is not reached before the subagent is told", () => {
		const limit = new TurnLimit({ turns: 2, graceTurns: 1 });
		limit.turnEnded(true);
		expect(limit.reached).toBe(false);
	});

	it("is never reached where there is none", () => {
		const limit = new TurnLimit({ turns: undefined, graceTurns: 1 });
		for (let turn = 0; turn < 100; turn++) limit.turnEnded(true);
		expect(limit.reached).toBe(false);
	});
});

it("tells the subagent to answer now, without tools", () => {
	expect(WRAP_UP_MESSAGE).toBe(
		"You have reached your turn limit. Do not call any more tools: wrap up and give your final answer now, with what you have.",
	);
});
