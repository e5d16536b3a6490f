import { describe, expect, it } from "vitest";
import { HEALTHY_MS, LONGEST_QUEUE } from "../../../src/extensions/automation/automation.ts";
import { BROKEN, DONE, START, World } from "./automation-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const iso = (at: number) => new Date(at).toISOString();

/** Days in less time: nothing that is tested is due in the first 29 minutes of a half hour. */
async function pass(world: World, ms: number): Promise<void> {
	for (let passed = 0; passed < ms; passed += 30 * MINUTE) {
		await world.clock.sleep(29 * MINUTE);
		await world.clock.advance(MINUTE);
	}
}

describe("a timer", () => {
	it("does not drift over a day, however late its timers are", async () => {
		const world = new World();
		const pi = world.open(() => DONE);
		await pi.configure({ tick: { triggers: [{ type: "timer", interval_seconds: 900 }] } });
		for (let quarter = 0; quarter < 48; quarter++) {
			await world.clock.sleep(15 * MINUTE - 300);
			await world.clock.sleep(1_000); // nothing runs meanwhile, so that it is late
			await world.clock.sleep(15 * MINUTE - 700);
		}
		expect(world.runs).toHaveLength(96);
		expect(world.runs.map(({ at }) => (at - START) % 900_000 < 1_000)).toEqual(world.runs.map(() => true));
		expect(pi.of("tick").nextFire).toBe(START + DAY + 15 * MINUTE);
	});

	it("fires at once where it is to, and then at its interval", async () => {
		const world = new World();
		const pi = world.open(() => DONE);
		await pi.configure({
			tick: {
				instruction: "{event_summary}",
				triggers: [{ type: "timer", config: { interval_seconds: 60, immediate: true } }],
			},
		});
		await world.clock.advance(2 * MINUTE);
		expect(world.runs.map(({ prompt, at }) => [prompt, at - START])).toEqual([
			["Timer tick #1", 0],
			["Timer tick #2", MINUTE],
			["Timer tick #3", 2 * MINUTE],
		]);
	});
});

describe("a schedule", () => {
	it.each([
		[
			"Europe/Berlin",
			"2026-03-27T12:00:00Z",
			["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30", "2026-03-31T00:30"],
		],
		[
			"Europe/Berlin",
			"2026-10-23T12:00:00Z",
			["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30"],
		],
		[
			"America/New_York",
			"2026-03-06T12:00:00Z",
			["2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30", "2026-03-10T06:30"],
		],
		[
			"America/New_York",
			"2026-10-30T12:00:00Z",
			["2026-10-31T06:30", "2026-11-01T07:30", "2026-11-02T07:30", "2026-11-03T07:30"],
		],
	])(
		"fires once a day at half past two in %s, when the clocks change too (from %s)",
		async (timezone, from, expected) => {
			const world = new World(Date.parse(from));
			const pi = world.open(() => DONE);
			await pi.configure({ nightly: { triggers: [{ type: "cron", schedule: "30 2 * * *", timezone }] } });
			await pass(world, 4 * DAY);
			expect(world.runs.map(({ at }) => iso(at).slice(0, 16))).toEqual(expected);
		},
	);

	it("has six fields where seconds are meant", async () => {
		const world = new World();
		const pi = world.open(() => DONE);
		await pi.configure({ often: { triggers: [{ type: "cron", schedule: "*/20 * * * * *", timezone: "UTC" }] } });
		await world.clock.advance(MINUTE);
		expect(world.runs.map(({ at }) => at - START)).toEqual([20_000, 40_000, 60_000]);
	});

	it.each([
		["skip", 0, "none is made up for"],
		["latest", 1, "the latest is made up for now"],
	])(
		"with misfire %s runs %i times for what a sleep of three days has missed, and says so",
		async (misfire, runs, words) => {
			const world = new World(START + 12 * HOUR);
			const pi = world.open(() => DONE);
			await pi.configure({
				nightly: { misfire, triggers: [{ type: "cron", schedule: "0 3 * * *", timezone: "UTC" }] },
			});
			await world.clock.sleep(3 * DAY);
			await world.clock.advance(MINUTE);
			expect(world.runs).toHaveLength(runs);
			expect(pi.told.join()).toContain(`nightly missed 3 times while no pi could run it; ${words}`);
			expect(pi.of("nightly").counts.missed).toBe(3);
			await pass(world, DAY);
			expect(world.runs).toHaveLength(runs + 1);
		},
	);

	it("says what it missed while no pi ran, once", async () => {
		const world = new World(START + 12 * HOUR);
		const config = { nightly: { triggers: [{ type: "cron", schedule: "0 3 * * *", timezone: "UTC" }] } };
		const first = world.open(() => DONE);
		await first.configure(config);
		await pass(world, DAY);
		await first.killed();
		await world.clock.sleep(2 * DAY);
		const second = world.open(() => DONE);
		await second.configure(config);
		expect(second.told.join()).toContain("nightly missed 2 times");
		await second.killed();
		const third = world.open(() => DONE);
		await third.configure(config);
		expect(third.told).toEqual([]);
		expect(world.runs).toHaveLength(1);
	});

	it("fires as often as it may and until it expires, over all sessions", async () => {
		const world = new World();
		const config = {
			twice: { max_runs: 2, triggers: [{ type: "timer", interval_seconds: 60 }] },
			early: { triggers: [{ type: "timer", interval_seconds: 60, expires: iso(START + 150_000) }] },
		};
		const first = world.open(() => DONE);
		await first.configure(config);
		await world.clock.advance(MINUTE);
		await first.killed();
		const second = world.open(() => DONE);
		await second.configure(config);
		await world.clock.advance(HOUR);
		const count = (name: string) => world.runs.filter(({ automation }) => automation === name).length;
		expect([count("twice"), count("early")]).toEqual([2, 2]);
		expect(second.hub.fire("twice", null, "manual-api")).toMatchObject({ ok: true }); // by hand it can always be fired
	});
});

const MANUAL = { triggers: [{ type: "manual" }] };

describe("a pool", () => {
	it("of two runs ten events two at a time, in their order", async () => {
		const world = new World();
		const pi = world.open();
		await pi.configure({ pool: { ...MANUAL, pool_size: 2, instruction: "{event_data}" } });
		for (let number = 1; number <= 10; number++) pi.hub.fire("pool", number, "manual-api");
		await world.settle();
		expect([pi.of("pool").active.length, pi.of("pool").queued]).toEqual([2, 8]);
		for (let number = 0; number < 10; number++) {
			expect(pi.of("pool").active.length).toBeLessThanOrEqual(2);
			await world.runs[number]?.end();
		}
		expect(world.runs.map(({ prompt }) => Number(prompt))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(pi.of("pool").counts).toMatchObject({ fired: 10, completed: 10, dropped: 0 });
	});

	it("has a queue with an end, and counts and says what is dropped", async () => {
		const world = new World();
		const pi = world.open();
		await pi.configure({ pool: MANUAL });
		const outcomes = Array.from({ length: LONGEST_QUEUE + 4 }, () => pi.hub.fire("pool", null, "manual-api"));
		await world.settle();
		expect(outcomes.filter(({ ok }) => ok)).toHaveLength(LONGEST_QUEUE + 1);
		expect(outcomes.at(-1)).toEqual({ ok: false, reason: "pool did not run: 100 events wait already." });
		expect(pi.of("pool").counts.dropped).toBe(3);
		expect(pi.log("pool").join()).toContain("was dropped: 100 events wait already");
	});

	it.each([
		["skip", 1, [false], 0],
		["replace", 2, [true, false], 0],
		["parallel", 3, [false, false, false], 0],
		["queue", 1, [false], 2],
	])("that is busy does as `overlap: %s` says", async (overlap, started, aborted, queued) => {
		const world = new World();
		const pi = world.open();
		await pi.configure({ pool: { ...MANUAL, overlap } });
		for (const data of ["a", "b", "c"]) {
			pi.hub.fire("pool", data, "manual-api");
			if (data === "a") await world.settle();
		}
		await world.settle();
		expect(world.runs).toHaveLength(started);
		expect(world.runs.map(({ isAborted }) => isAborted)).toEqual(aborted);
		expect(pi.of("pool").queued).toBe(queued);
		if (overlap === "replace")
			expect([pi.of("pool").counts.dropped, world.runs.at(-1)?.prompt]).toEqual([
				1,
				"Handle this event: Manual trigger: c",
			]);
	});

	it("that is stopped fires nothing more and ends its runs", async () => {
		const world = new World();
		const pi = world.open();
		await pi.configure({ tick: { pool_size: 2, triggers: [{ type: "timer", interval_seconds: 60 }] } });
		await world.clock.advance(MINUTE);
		expect(await pi.hub.stop("tick")).toBe(true);
		await world.clock.advance(HOUR);
		expect([world.runs.length, world.runs[0]?.isAborted, pi.of("tick").status]).toEqual([1, true, "stopped"]);
		expect(await pi.hub.stop("nobody")).toBe(false);
	});
});

describe("an automation whose runs fail", () => {
	it("waits longer each time, then has failed and says why; fired by hand it tries again", async () => {
		const world = new World();
		let how = BROKEN;
		const pi = world.open(() => how);
		await pi.configure({ pool: { ...MANUAL, max_restarts: 3, on_error_emit: "pool:broken" } });
		pi.hub.fire("pool", "x", "manual-api");
		await world.settle();
		expect(pi.of("pool")).toMatchObject({ status: "backoff", retryAt: START + 5_000, queued: 1 });
		await world.clock.advance(HOUR);
		expect(world.runs.map(({ at }) => at - START)).toEqual([0, 5_000, 15_000, 35_000]);
		expect(pi.of("pool")).toMatchObject({
			status: "failed",
			reason: "It failed 4 times in a row, the last time with: the model failed",
			counts: { failed: 4 },
		});
		expect(pi.told.at(-1)).toContain("pool has failed and stopped. It failed 4 times in a row");
		expect(pi.router.history({ names: "pool:broken" })).toHaveLength(4);

		how = DONE;
		expect(pi.hub.fire("pool", "y", "manual-trigger")).toMatchObject({ ok: true, state: "started" });
		await world.settle();
		expect(pi.of("pool")).toMatchObject({ status: "running", last: { status: "completed" } });
	});

	it("has its failures forgotten after a healthy time", async () => {
		const world = new World();
		const pi = world.open((prompt) => (prompt.includes("bad") ? BROKEN : DONE));
		await pi.configure({ pool: { ...MANUAL, max_restarts: 1, restart_on_failure: false } });
		pi.hub.fire("pool", "bad", "manual-api");
		await world.settle();
		await world.clock.advance(HEALTHY_MS);
		pi.hub.fire("pool", "bad", "manual-api");
		await world.settle();
		expect(pi.of("pool")).toMatchObject({ status: "running", restarts: 1 });
		pi.hub.fire("pool", "bad", "manual-api");
		await world.settle();
		expect(pi.of("pool").status).toBe("failed");
	});

	it("has failed too where its agent does not exist, with the words of the refusal", async () => {
		const world = new World();
		const pi = world.open(() => new Error('There is no agent type "worker".'));
		await pi.configure({ pool: { ...MANUAL, max_restarts: 0 } });
		pi.hub.fire("pool", null, "manual-api");
		await world.settle();
		expect(pi.of("pool").reason).toContain('There is no agent type "worker".');
	});
});

describe("the guard against loops", () => {
	it("ignores what the automation's own runs led to, and says so", async () => {
		const world = new World();
		const pi = world.open();
		await pi.configure({
			loop: {
				on_complete_emit: "it:happened",
				triggers: [{ type: "session_event", event_names: ["it:happened", "session:*"] }],
			},
		});
		pi.router.emit("it:happened", { by: "a person" });
		await world.settle();
		const [run] = world.runs;
		pi.router.emit("session:end", {}, { source: run?.id ?? "" });
		await run?.end();
		expect(world.runs).toHaveLength(1);
		expect(pi.of("loop").counts).toMatchObject({ fired: 1, ignored: 2 });
		expect(pi.told.join()).toContain("ignores \"Session event 'session:end'");
	});

	it("ends a circle of several automations, and one that wants its own events, by the length of the chain", async () => {
		const world = new World();
		const pi = world.open(() => DONE);
		const on = (name: string) => [{ type: "session_event", event_names: [name] }];
		await pi.configure({
			a: { on_complete_emit: "ping", triggers: on("pong") },
			b: { on_complete_emit: "pong", triggers: on("ping") },
			own: { on_complete_emit: "again", ignore_own: false, triggers: on("again") },
		});
		pi.router.emit("ping");
		pi.router.emit("again");
		await world.clock.advance(HOUR);
		const count = (name: string) => world.runs.filter(({ automation }) => automation === name).length;
		expect([count("a"), count("b"), count("own")]).toEqual([1, 1, 4]);
		expect(pi.told.join()).toContain(
			"own: \"Session event 'again' from automation:own\" was not run: too many events led to one another",
		);
	});

	it("takes a change during its own run for its own, and hears the next one", async () => {
		const world = new World();
		const pi = world.open();
		await pi.configure({
			fix: { triggers: [{ type: "file", paths: ["src/**"] }] },
			docs: { triggers: [{ type: "file", paths: ["src/**"] }] },
		});
		const change = (path: string) => pi.changed({ path, change: "modified" });
		change("src/a.ts");
		change("src/b.ts");
		await world.clock.advance(1000);
		expect(world.runs.map(({ prompt }) => prompt)).toEqual(
			Array(2).fill("Handle this event: 2 files changed: src/a.ts, src/b.ts"),
		);
		change("src/written-by-a-run.ts");
		await Promise.all(world.runs.map((run) => run.end()));
		change("src/seen-late.ts");
		await world.clock.advance(5_000);
		expect(world.runs).toHaveLength(2);
		expect(pi.of("fix").counts.ignored).toBe(2);
		change("src/by-a-person.ts");
		await world.clock.advance(1000);
		expect(world.runs).toHaveLength(4);
	});
});

describe("two pis on one project", () => {
	it("fire everything once, for sixty minutes", async () => {
		const world = new World();
		const config = {
			tick: { triggers: [{ type: "timer", interval_seconds: 60 }] },
			cron: { triggers: [{ type: "cron", schedule: "*/5 * * * *", timezone: "UTC" }] },
		};
		const pis = [world.open(() => DONE), world.open(() => DONE)];
		for (const pi of pis) await pi.configure(config);
		await world.clock.advance(20 * MINUTE);
		expect(pis[1]?.of("tick").reason).toMatch(/run in another pi \(process \d+ on /);
		expect(pis[1]?.hub.fire("tick", null, "manual-api")).toMatchObject({ ok: false });
		await pis[0]?.killed();
		await world.clock.advance(40 * MINUTE);
		const count = (name: string) => world.runs.filter(({ automation }) => automation === name);
		expect(count("tick").map(({ at }) => Math.floor((at - START) / MINUTE))).toEqual(
			Array.from({ length: 60 }, (_, i) => i + 1),
		);
		expect(count("cron")).toHaveLength(12);
		expect(new Set(world.runs.map(({ id }) => id.slice(0, 4)))).toEqual(new Set(["pi-1", "pi-2"]));
	});

	it("run what had fired when the owner was killed before it started, exactly once", async () => {
		const world = new World();
		const first = world.open();
		await first.configure({ pool: { ...MANUAL, instruction: "{event_data}" } });
		first.hub.fire("pool", "runs", "manual-api");
		first.hub.fire("pool", "waits", "manual-api");
		await world.settle();
		await first.killed();
		const second = world.open(() => DONE);
		await second.configure({ pool: { ...MANUAL, instruction: "{event_data}" } });
		await world.clock.advance(HOUR);
		expect(world.runs.map(({ id, prompt }) => [id.slice(0, 4), prompt])).toEqual([
			["pi-1", '"runs"'],
			["pi-2", '"waits"'],
		]);
		expect(second.told.join()).toContain(
			'the run for "Manual trigger: runs" was cut off when pi ended; it is not repeated',
		);
		await second.killed();
		const third = world.open(() => DONE);
		await third.configure({ pool: MANUAL });
		await world.clock.advance(HOUR);
		expect(world.runs).toHaveLength(2);
	});
});
