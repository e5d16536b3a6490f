import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { changeEnvironment, createSample, type Prepared, type Sample, write } from "./sample-repository.ts";

/** How often git is started from the beginning to the end of a run; the programs that it starts itself do not count. */
async function gitStarts(sample: Sample, work: (worktree: Prepared) => void): Promise<number> {
	const trace = join(sample.root, "trace");
	changeEnvironment({ GIT_TRACE2_EVENT: trace });
	const worktree = await sample.prepare();
	work(worktree);
	await worktree.dispose();
	const lines = readFileSync(trace, "utf8").trim().split("\n");
	const events = lines.map((line) => JSON.parse(line) as { event: string; sid: string });
	return events.filter(({ event, sid }) => event === "start" && !sid.includes("/")).length;
}

// Each start costs milliseconds, which a parent with a foreground run waits for.
it("a run that changes nothing starts git few times", async () => {
	expect(await gitStarts(createSample(), () => undefined)).toBeLessThanOrEqual(10);
});

it("a run that leaves changes starts git some times more", async () => {
	const edit = ({ cwd }: Prepared) => write(cwd, { "edited.txt": "after\n", "new.txt": "new\n" });
	expect(await gitStarts(createSample(), edit)).toBeLessThanOrEqual(20);
});
