import fc from "fast-check";
import { afterEach, beforeEach, it } from "vitest";
import { type Life, lives } from "./commands.ts";
import { finishAllWork, probeSlots, quit } from "./endings.ts";
import { checkAllArrived, checkNothingIsLeft } from "./invariants.ts";
import { play } from "./play.ts";
import { beginLife } from "./session-life.ts";

const RUNS = Number(process.env.PI_CREW_PROPERTY_RUNS ?? 40);
/** The same lives at each run of the gate; `PI_CREW_PROPERTY_SEED=random` tries others, and a failure prints its seed. */
const SEED = process.env.PI_CREW_PROPERTY_SEED ?? "20261121";
const MOST_COMMANDS = 25;
/** Shrinking a failure ends here; the seed and the path are printed then too. */
const AT_MOST_MS = 60_000 + RUNS * 1500;

const strayRejections: unknown[] = [];
const stray = (reason: unknown) => void strayRejections.push(reason);
beforeEach(() => void process.on("unhandledRejection", stray));
afterEach(() => void process.off("unhandledRejection", stray));

it(
	"keeps its promises in whatever order things happen",
	async () => {
		await fc.assert(fc.asyncProperty(fc.noBias(lives(MOST_COMMANDS)), live), {
			numRuns: RUNS,
			interruptAfterTimeLimit: AT_MOST_MS,
			...(SEED !== "random" && { seed: Number(SEED) }),
		});
	},
	AT_MOST_MS + 60_000,
);

async function live(life: Life): Promise<void> {
	strayRejections.length = 0;
	const runtime = await beginLife(life);
	const { trace } = runtime;
	try {
		for (const command of life.commands) await play(runtime, command);
		if (life.ending === "work-is-done") {
			await finishAllWork(runtime);
			await probeSlots(runtime, 2);
			checkAllArrived(runtime);
		}
		await quit(runtime);
		checkNothingIsLeft(runtime);
		for (const reason of strayRejections) trace.violated(`unhandled rejection: ${reason}`);
		trace.check();
	} finally {
		await runtime.host.stop();
	}
}
