import { describe, expect, it } from "vitest";
import { LoopDetector, type LoopVerdict } from "../../src/domain/loop-detector.ts";
import { HEALTHY, SICK, type Trace } from "./traces.ts";

function verdicts({ rounds }: Trace, stopAfter = 8): Exclude<LoopVerdict, { kind: "none" }>[] {
	const detector = new LoopDetector(stopAfter);
	return rounds.map((round) => detector.ended(round)).filter((verdict) => verdict.kind !== "none");
}

const round = (result: string, args: object = {}) => ({ calls: [{ name: "ls", args, result, isError: false }], at: 0 });

describe("the corpora", () => {
	it("are large enough", () => {
		expect(HEALTHY.length).toBeGreaterThanOrEqual(60);
		expect(SICK.length).toBeGreaterThanOrEqual(30);
		expect(new Set([...HEALTHY, ...SICK].map(({ name }) => name)).size).toBe(HEALTHY.length + SICK.length);
	});
});

describe("a healthy run", () => {
	it.each(HEALTHY.map((trace) => [trace.name, trace] as const))(
		"is neither steered nor stopped: %s",
		(_name, trace) => {
			expect(verdicts(trace).filter(({ kind }) => kind !== "show")).toEqual([]);
		},
	);
});

describe("a run in circles", () => {
	it.each(SICK.map((trace) => [trace.name, trace] as const))(
		"is shown, steered once and stopped once, with evidence: %s",
		(_name, trace) => {
			const said = verdicts(trace);
			expect(said.map(({ kind }) => kind)).toEqual(["show", "steer", "stop"]);
			for (const { evidence, repetitions } of said) expect(evidence).toContain(`${repetitions} times in a row`);
		},
	);
});

describe("a loop", () => {
	it("is counted in repetitions: 3 show, 5 steer, 8 stop", () => {
		const detector = new LoopDetector(8);
		const kinds = Array.from({ length: 10 }, () => detector.ended(round("same")).kind);
		expect(kinds).toEqual(["none", "none", "show", "none", "steer", "none", "none", "stop", "none", "none"]);
	});

	it("begins anew when the result changes, and may be steered again", () => {
		const detector = new LoopDetector(8);
		const results = [..."aaaaa", ..."b", ..."aaaaa"];
		const kinds = results.map((result) => detector.ended(round(result)).kind).filter((kind) => kind !== "none");
		expect(kinds).toEqual(["show", "steer", "show", "steer"]);
	});

	it("begins anew after a turn without a call", () => {
		const detector = new LoopDetector(4);
		const kinds = Array.from({ length: 9 }, (_, index) =>
			detector.ended(index % 2 === 0 ? round("same") : { calls: [], at: 0 }),
		).map(({ kind }) => kind);
		expect(new Set(kinds)).toEqual(new Set(["none"]));
	});

	it("takes as many repetitions as the setting says, and half as many are not enough", () => {
		const kinds = (stopAfter: number) => {
			const detector = new LoopDetector(stopAfter);
			return Array.from({ length: 20 }, () => detector.ended(round("same")).kind).indexOf("stop") + 1;
		};
		expect([kinds(4), kinds(8), kinds(20)]).toEqual([4, 8, 20]);
	});
});
