import { existsSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { allNotified, collectFacts } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { obedient, orderRun } from "../support/obedient-parent.ts";
import { fail, isChild, say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
/** The child sessions' hooks and the runs' facts, in the order they were emitted. */
let story: string[];
beforeEach(() => {
	story = [];
});
afterEach(() => host.stop());

const listens: HostOptions["script"] = obedient((call) => say(`heard ${call.texts.join(" | ")}`));
const run = (args: object) => orderRun(host, args);
const resume = (id: unknown, prompt: string, more: object = {}) => run({ resume: id, prompt, ...more });

async function startStory(options: Partial<HostOptions> = {}): Promise<void> {
	host = await startHost({ script: listens, ...options });
	for (const hook of ["session-created", "completed", "disposed"])
		host.bus.on(`subagents:child:${hook}`, () => void story.push(hook));
	for (const fact of ["completed", "failed"])
		host.bus.on(`subagents:${fact}`, () => void story.push(fact.toUpperCase()));
}

function namesIn(result: { details: object } | undefined) {
	return (result?.details ?? {}) as { id: string; transcriptFile: string };
}

const ONE_LIFE = ["session-created", "completed", "disposed", "COMPLETED"];

it.each(["persisted", undefined] as const)(
	"disposes a session before its run settles and opens it again for each resume (parent %s)",
	async (sessionDir) => {
		await startStory(sessionDir && { sessionDir });
		const first = await run({ prompt: "my name is Ada" });
		const id = first?.details.id;
		expect(story).toEqual(ONE_LIFE);

		const second = await resume(id, "who am I?");
		await resume(id, "and now?", { run_in_background: true });
		await allNotified(host, 1);

		expect(second?.text).toContain("heard my name is Ada | heard my name is Ada | who am I?");
		expect(host.notifications()[0]).toContain("| who am I? |");
		expect(story).toEqual([...ONE_LIFE, ...ONE_LIFE, ...ONE_LIFE]);
		await host.quit();
		expect(story).toHaveLength(3 * ONE_LIFE.length);
	},
);

/** Notes when it begins and ends in a child, and takes its time to end. */
const SLOW_TO_END = `
export default (pi) => {
	if (!globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore()) return;
	const log = (word) => (globalThis.lifetimes ??= []).push(word);
	pi.on("session_start", () => log("begin"));
	pi.on("session_shutdown", async () => {
		log("ending");
		await new Promise((resolve) => setTimeout(resolve, 300));
		log("end");
	});
};`;

it("ends the extensions of a child before its result is there, and lets nobody resume it meanwhile", async () => {
	const lifetimes: string[] = [];
	(globalThis as { lifetimes?: string[] }).lifetimes = lifetimes;
	await startStory({ extensions: { "slow.ts": SLOW_TO_END } });
	const service = theService();
	const id = service.spawn("Plan", "one");
	await until("its extensions to be ending", () => lifetimes.includes("ending"));

	await expect(service.resume(id, "two")).rejects.toMatchObject({ code: "not-settled" });
	expect(await service.steer(id, "too late")).toBe(false);
	await service.waitFor(id);
	expect(lifetimes).toEqual(["begin", "ending", "end"]);
	await service.resume(id, "two");
	await service.resume(id, "three");

	expect(lifetimes).toEqual(["begin", "ending", "end", "begin", "ending", "end", "begin", "ending", "end"]);
	expect(story).toEqual([...ONE_LIFE, ...ONE_LIFE, ...ONE_LIFE]);
	expect(service.getRecord(id)?.result).toContain("| two |");
});

it("is resumed by who hears of its end, in the same moment", async () => {
	await startStory();
	const service = theService();
	const resumed: Promise<unknown>[] = [];
	host.bus.on("subagents:completed", (payload) => {
		const { id } = payload as { id: string };
		if (resumed.length < 2) resumed.push(service.resume(id, `again ${resumed.length}`));
	});
	const id = service.spawn("Plan", "one");
	await service.waitForAll();
	await Promise.all(resumed);

	expect(service.getRecord(id)).toMatchObject({ status: "completed", turns: 3 });
	expect(story).toEqual([...ONE_LIFE, ...ONE_LIFE, ...ONE_LIFE]);
});

it("remembers after a reload", async () => {
	await startStory();
	const first = await run({ prompt: "my name is Ada" });
	await host.reload();

	const again = await resume(first?.details.id, "who am I?");

	expect(again?.text).toContain("my name is Ada");
	expect(story).toEqual([...ONE_LIFE, ...ONE_LIFE]);
});

it.each([
	["a model that fails", (words: string) => (words === "work" ? fail("the model is ill") : say("better"))],
	[
		"a tool that is cut off",
		(words: string) => (words === "work" ? new Promise<never>(() => undefined) : say("better")),
	],
])("disposes and resumes after %s", async (_what, child) => {
	await startStory({ script: obedient((call) => child(call.text)) });
	const facts = collectFacts(host);
	const service = theService();
	const id = service.spawn("Plan", "work");
	await until("it to work", () => host.calls.some(isChild));
	if (_what.startsWith("a tool")) service.abort(id);
	await service.waitFor(id);
	expect(story.filter((step) => step !== "completed")).toEqual(["session-created", "disposed", "FAILED"]);

	expect(await service.resume(id, "continue")).toMatchObject({ status: "completed", result: "better" });
	expect(story.filter((step) => step === "disposed")).toHaveLength(2);
	expect(facts.at(-1)?.channel).toBe("completed");
});

it("refuses a resume whose transcript is gone and keeps the result there is", async () => {
	await startStory({ sessionDir: "persisted" });
	const first = await run({ prompt: "remember me" });
	const { id, transcriptFile } = namesIn(first);
	rmSync(transcriptFile);

	const again = await resume(id, "who am I?");

	expect(again).toMatchObject({ isError: true });
	expect(again?.text).toContain(`Subagent ${id} cannot be resumed: its transcript ${transcriptFile} is gone`);
	expect(again?.text).toContain("Start a new one instead.");
	await expect(theService().resume(id, "who am I?")).rejects.toMatchObject({ code: "no-transcript" });
	expect(theService().getRecord(id)).toMatchObject({ status: "completed", result: "heard remember me" });
	expect(story).toEqual(ONE_LIFE);
});

it("says in the result when the conversation could not be written, and refuses to resume it", async () => {
	await startStory({ sessionDir: "persisted" });
	await host.prompt("hello"); // the older host writes the session with its first reply
	const sessionFile = host.session.sessionManager.getSessionFile() as string;
	const folder = sessionFile.replace(/\.jsonl$/, "");
	rmSync(folder, { recursive: true, force: true });
	writeFileSync(folder, "a file in the folder's place");

	const first = await run({ prompt: "my name is Ada" });
	const { id, transcriptFile } = namesIn(first);

	expect(first?.isError).toBe(false);
	expect(first?.text).toContain("heard my name is Ada");
	expect(first?.text).toContain(`[Its conversation could not be written to ${transcriptFile}: `);
	expect(first?.text).toContain("It cannot be resumed");
	expect(await resume(id, "who am I?")).toMatchObject({
		isError: true,
		text: expect.stringContaining("is gone or could not be written"),
	});
});

it("writes down at the end what the disk refused while it ran", async () => {
	let folder = "";
	await startStory({
		sessionDir: "persisted",
		script: obedient((call) => {
			if (folder !== "") rmSync(folder, { force: true }); // there is room again
			return say(`heard ${call.texts.join(" | ")}`);
		}),
	});
	await host.prompt("hello");
	const blocked = (host.session.sessionManager.getSessionFile() as string).replace(/\.jsonl$/, "");
	rmSync(blocked, { recursive: true, force: true });
	writeFileSync(blocked, "in the way");
	folder = blocked;

	const first = await run({ prompt: "my name is Ada" });
	folder = "";
	const again = await resume(first?.details.id, "who am I?");

	expect(first?.details.result).toBe("heard my name is Ada");
	expect(existsSync(first?.details.transcriptFile as string)).toBe(true);
	expect(again?.text).toContain("heard my name is Ada | heard my name is Ada | who am I?");
});
