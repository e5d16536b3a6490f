import { expect, it } from "vitest";
import { restoredSubagent } from "../../src/lifecycle/restored-subagent.ts";
import { resumeRefusal, resumeRequest, wordToGoOn } from "../../src/lifecycle/resume-request.ts";
import { Subagent } from "../../src/lifecycle/subagent.ts";
import { newSubagent } from "../../src/lifecycle/subagent-parts.ts";
import { samplePlan } from "../session/sample-plan.ts";
import { sampleStored } from "../store/sample-stored.ts";

const observer = { onProgress: () => undefined, onCompacted: () => undefined, onDurableChange: () => undefined };
const fresh = () => new Subagent(newSubagent("id-1", samplePlan(), 0), () => 0, observer);

function restored(status: "queued" | "running" | "completed", isElsewhere = false): Subagent {
	const parts = restoredSubagent(sampleStored({ record: { status } }), {
		isElsewhere,
		isAcknowledged: false,
		isNotified: () => false,
		conversation: [],
		now: 9000,
	});
	return new Subagent(parts, () => 9999, observer);
}

it("refuses to resume what lives, and says that it can be steered", () => {
	const queued = fresh();
	const running = fresh();
	running.start();
	const refusals = [queued, running].map(resumeRefusal);
	expect(refusals).toEqual(
		["queued", "running"].map((status) => ({
			kind: "refused",
			code: "not-settled",
			message: `Subagent id-1 is ${status} and cannot be resumed. Tell it something with steer_subagent instead.`,
		})),
	);
});

it("refuses to resume what another pi looks after, in whatever state it is", () => {
	for (const status of ["queued", "running", "completed"] as const) {
		expect(resumeRefusal(restored(status, true))).toMatchObject({
			code: "elsewhere",
			message: expect.stringContaining("belongs to another session or another running pi"),
		});
	}
});

it("resumes what has ended, was interrupted, or was left in a queue", () => {
	expect((["completed", "running", "queued"] as const).map((status) => resumeRefusal(restored(status)))).toEqual([
		undefined,
		undefined,
		undefined,
	]);
});

it("tells one that was left in a queue to begin, an interrupted one what happened, and another to go on", () => {
	const words = (["queued", "running", "completed"] as const).map((status) => wordToGoOn(restored(status)));
	expect(words).toEqual([
		"Begin with your task now.",
		expect.stringContaining("pi ended while you worked"),
		"Go on with your task.",
	]);
});

it("asks for a run of the same subagent, as it was", () => {
	const choices = { door: "tool", prompt: "more" } as const;
	expect(resumeRequest(restored("completed"), choices)).toEqual({
		...choices,
		description: "find the parser",
		type: "Explore",
		previous: {
			definition: undefined,
			model: "anthropic/claude-haiku-4-5",
			thinkingLevel: "off",
			maxTurns: undefined,
			cwd: "/project",
		},
	});
});
