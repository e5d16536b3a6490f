import { describe, expect, it } from "vitest";
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
	const parts = { subagent, plan, shared, limiter };
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

/** A foreground run that a call waits for. */
function attendedRun(admission: "queued" | "at-once", limiter: ConcurrencyLimiter) {
	const plan = samplePlan({ isBackground: false, admission, report: "return", toolCallId: "call-1" });
	const subagent = new Subagent(newSubagent("id-1", plan, 0), () => 0, observer);
	const shared = undefined as unknown as LiveRunParts["shared"];
	const run = new LiveRun({ subagent, plan, shared, limiter }, () => undefined);
	const call = new AbortController();
	return { run, subagent, call, attended: run.attend({ signal: call.signal, onProgress: () => undefined }) };
}

describe("a run that is detached from the call that waits for it", () => {
	it("lets the call return, is background work, and does not end with the call's turn", async () => {
		const { run, subagent, call, attended } = attendedRun("queued", new ConcurrencyLimiter(0));
		run.enter();
		expect(run.detach()).toBe(true);
		expect(run.detach()).toBe(false);
		expect(await attended).toMatchObject({ kind: "detached", record: { status: "queued", isBackground: true } });
		call.abort();
		expect(subagent.status).toBe("queued");
		run.stop("parent");
		await run.settled;
		expect([subagent.awaitsDelivery, subagent.record().delivery]).toEqual([true, { state: "pending" }]);
	});

	it("takes a slot above the limit while it runs, so that no other background run begins in its place", async () => {
		const limiter = new ConcurrencyLimiter(1);
		const { run } = attendedRun("at-once", limiter);
		const other = limiter.request(() => undefined);
		run.detach();
		let admitted = 0;
		limiter.request(() => void admitted++);
		other.release();
		expect(admitted).toBe(0);
		run.stop("user");
		await run.settled;
		expect(admitted).toBe(1);
	});

	it("returns its result where it had ended, or was ending, already", async () => {
		const { run, subagent, attended } = attendedRun("at-once", new ConcurrencyLimiter(1));
		run.stop("user");
		expect(run.detach()).toBe(false);
		expect(await attended).toMatchObject({ kind: "settled", record: { status: "stopped", isBackground: false } });
		expect(subagent.record().delivery).toMatchObject({ state: "delivered", via: "foreground" });
	});
});
