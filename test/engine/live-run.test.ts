import { expect, it } from "vitest";
import { ConcurrencyLimiter } from "../../src/engine/concurrency-limiter.ts";
import { LiveRun, type LiveRunParts } from "../../src/engine/live-run.ts";
import { newSubagent, Subagent } from "../../src/engine/subagent.ts";
import { samplePlan } from "../planning/sample-plan.ts";

const observer = { onProgress: () => undefined, onCompacted: () => undefined, onDurableChange: () => undefined };

function queuedRun(limiter: ConcurrencyLimiter, onSettled: () => unknown) {
	const told: string[] = [];
	const plan = samplePlan({ isBackground: true, admission: "queued", report: "notification" });
	const subagent = new Subagent(newSubagent("id-1", plan, 0), () => 0, observer);
	const shared = undefined as unknown as LiveRunParts["shared"]; // a run that never begins asks for no session
	const parts = { subagent, plan, shared, limiter, children: () => [] };
	const run = new LiveRun(parts, (change) => {
		told.push(change);
		if (change === "settled") onSettled();
	});
	return { run, told, subagent };
}

it("does not begin a run that was stopped in the queue, even if its settling makes room for it", async () => {
	const limiter = new ConcurrencyLimiter(1);
	const first = limiter.request(() => undefined);
	const { run, told, subagent } = queuedRun(limiter, () => limiter.setLimit(2));

	run.enter();
	run.stop("user");
	await run.settled;

	expect(told).toEqual(["settled"]);
	expect(subagent.record()).toMatchObject({ status: "stopped", delivery: { state: "withheld" } });
	first.release();
	let admitted = 0;
	for (let other = 0; other < 3; other++) limiter.request(() => void admitted++);
	expect(admitted).toBe(2);
});

it("takes no place in the queue when it was stopped before it could enter", async () => {
	const limiter = new ConcurrencyLimiter(1);
	const { run, told } = queuedRun(limiter, () => undefined);

	run.stop("extension");
	run.enter();
	await run.settled;

	expect(told).toEqual(["settled"]);
	let admitted = 0;
	limiter.request(() => void admitted++);
	expect(admitted).toBe(1);
});

it("keeps its slot until its end was announced", async () => {
	const limiter = new ConcurrencyLimiter(1);
	const order: string[] = [];
	const { run } = queuedRun(limiter, () => order.push("announced"));

	run.enter();
	limiter.request(() => order.push("slot free"));
	await run.settled;

	expect(order).toEqual(["announced", "slot free"]);
});

it("resolves with its outcome, also when the subagent is resumed at once", async () => {
	const limiter = new ConcurrencyLimiter(0);
	const { run, subagent } = queuedRun(limiter, () => subagent.requeue(samplePlan()));

	run.enter();
	run.stop("extension");

	expect((await run.settled).status).toBe("stopped");
	expect(subagent.status).toBe("queued");
});
