import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { Automations } from "../../src/extensions/automation/published-automations.ts";
import { until } from "../support/condition.ts";
import { makeRepository } from "../support/git-project.ts";
import { callTool, isChild, say } from "../support/script.ts";
import { type HostOptions, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

const ENTRY = fileURLToPath(new URL("../../src/extensions/automation/entry.ts", import.meta.url));
const DOCS = readFileSync(new URL("../../docs/automations.md", import.meta.url), "utf8");

/** The files of docs/automations.md, by path. */
const RECIPES = Object.fromEntries(
	[...DOCS.matchAll(/```markdown\n<!-- (\S+) -->\n([\s\S]*?)```/g)].map(([, path = "", text = ""]) => [path, text]),
);
const recipe = (name: string) => ({ [`.pi/automations/${name}.md`]: RECIPES[`.pi/automations/${name}.md`] ?? "" });

let host: ScriptedHost;
afterEach(() => host.stop());

const asked: string[] = [];

async function startWith(options: Partial<HostOptions> = {}, script: Script = () => say("done")) {
	asked.length = 0;
	host = await startHost({
		script: (call) => (isChild(call) ? script(call) : say("noted")),
		extensions: { "z-automation.ts": `export { default } from ${JSON.stringify(ENTRY)};` },
		person: {
			confirm: async (title, message) => {
				asked.push(`${title}\n${message}`);
				return true;
			},
		},
		...options,
	});
	return host;
}

function automations(): Automations {
	const found = (globalThis as { [key: symbol]: Automations | undefined })[Symbol.for("pi-crew:automations/v1")];
	if (!found) throw new Error("no automations are published");
	return found;
}

const statusOf = (id: string) => automations().status(id);
const prompts = () => host.calls.filter(isChild).map(({ text }) => text);
const completed = (id: string, count = 1) =>
	until(`${id} to have completed ${count}`, () => statusOf(id)?.counts.completed === count);
const running = (id: string) => until(`${id} to be armed`, () => statusOf(id)?.status === "running");

/** Folders are looked at before they are watched, and nobody says when that has happened. */
async function changeUntilSeen(path: string): Promise<void> {
	let written = Number.NEGATIVE_INFINITY;
	await until("the change to be seen", () => {
		if (performance.now() - written > 2_000) {
			writeFileSync(join(host.cwd, path), `${Math.random()}`);
			written = performance.now();
		}
		return prompts().length > 0;
	});
}

describe("the recipes of docs/automations.md", () => {
	it("are five, all of which are understood and run after the person has said yes once", async () => {
		await startWith({ files: RECIPES });
		await running("nightly-review");
		expect(
			automations()
				.status()
				.map(({ id, status }) => [id, status]),
		).toEqual([
			["docs-follow", "running"],
			["nightly-review", "running"],
			["proofread", "running"],
			["release-notes", "running"],
			["test-watcher", "running"],
		]);
		expect(asked).toEqual([expect.stringContaining("nightly-review: Explore (cron)")]);
		expect(statusOf("nightly-review")?.nextFire).toBeGreaterThan(Date.now());
		expect(host.notices).toEqual([]);
	});

	it("nightly review: fired now it reviews, and its result is reported", async () => {
		await startWith({ files: recipe("nightly-review") });
		await running("nightly-review");
		expect(automations().describe("nightly-review")?.message).toMatch(
			/^nightly-review is ready\. Automations run while a pi .* runs\. It fires next in .* \(\d{4}-\d\d-\d\d \d\d:\d\d\)\.$/,
		);
		automations().fire("nightly-review");
		await completed("nightly-review");
		expect(prompts()[0]).toContain("Review the commits of the last 24 hours.");
		expect(host.notices.join()).toContain("Automation nightly-review completed: done");
	});

	it("test watcher: a change fires it, and what it writes itself does not", async () => {
		const fixing: Script = (call) =>
			call.role === "toolResult" ? say("fixed") : callTool("write", { path: "src/fixed.ts", content: "x" });
		await startWith({ files: { ...recipe("test-watcher"), "src/a.ts": "1", ".gitignore": "*.log.ts\n" } }, fixing);
		makeRepository(host.cwd);
		await running("test-watcher");
		await changeUntilSeen("src/a.ts");
		await completed("test-watcher");
		expect(prompts()[0]).toContain("File modified: src/a.ts\n\nRun the tests");
		expect(existsSync(join(host.cwd, "src/fixed.ts"))).toBe(true);
		await until("its own write to be ignored", () => (statusOf("test-watcher")?.counts.ignored ?? 0) > 0);
		const before = statusOf("test-watcher")?.counts.fired;
		writeFileSync(join(host.cwd, "src/x.log.ts"), "ignored by git");
		writeFileSync(join(host.cwd, "src/x.generated.ts"), "ignored by the glob");
		await new Promise((resolve) => setTimeout(resolve, 1_600)); // longer than what counts as its own
		mkdirSync(join(host.cwd, "src/new/deep"), { recursive: true });
		writeFileSync(join(host.cwd, "src/new/deep/b.ts"), "2");
		await completed("test-watcher", (before ?? 0) + 1);
		expect(prompts().findLast((text) => text.includes("Run the tests"))).toContain("File created: src/new/deep/b.ts\n");
	});

	it("docs that follow the code start the proofreading, by an event", async () => {
		await startWith({ files: { ...recipe("docs-follow"), ...recipe("proofread"), "src/api/a.ts": "1" } });
		await running("proofread");
		await changeUntilSeen("src/api/a.ts");
		await completed("proofread");
		expect(prompts().map((text) => text.slice(0, 20))).toEqual(["These files changed:", "Proofread docs/api.m"]);
		const chain = theService().events.history({ names: ["automation:*", "docs:updated", "session:end"] });
		const lines = chain.map(
			({ name, depth, source }) => `${depth} ${name} ${source.startsWith("automation:") ? source.slice(11) : ""}`,
		);
		expect(lines).toEqual([
			"0 automation:fired docs-follow",
			"1 session:end ",
			"1 automation:completed docs-follow",
			"1 docs:updated docs-follow",
			"2 automation:fired proofread",
			"3 session:end ",
			"3 automation:completed proofread",
		]);
	});

	it("a manual button is pressed in /agents, with words of its own", async () => {
		await startWith({ files: recipe("release-notes") });
		await running("release-notes");
		await host.session.prompt("/agents automations fire release-notes for v2");
		await completed("release-notes");
		expect(prompts()[0]).toContain(
			"Write release notes for what was merged since the last tag. Manual trigger: for v2",
		);
	});
});

describe("automations in a session", () => {
	it("do not run without permission, without trust or without a UI, and each says why", async () => {
		await startWith({ files: recipe("release-notes"), person: { confirm: async () => false } });
		await until("the person to have been asked", () => existsSync(join(host.agentDir, "automations/.state")));
		expect(automations().fire("release-notes")).toEqual({
			ok: false,
			reason: 'There is no automation "release-notes". There are none.',
		});
		await host.session.prompt("/agents automations list");
		expect(host.notices.join()).toContain("release-notes.md: waits for your permission");
		await host.stop();

		const said: unknown[] = [];
		const onStderr = console.error;
		console.error = (text: unknown) => void said.push(text);
		try {
			await startWith({ files: recipe("release-notes"), person: "nobody" });
		} finally {
			console.error = onStderr;
		}
		expect(said.join()).toContain("Automations of files do not run without a UI");
		expect(automations().status()).toEqual([]);
	});

	it("name each mistake of a file at the start, and run once it is fixed", async () => {
		const file = (text: string) => `---\nagent: Explore\n${text}---\nGo.`;
		await startWith({ personalFiles: { "automations/own.md": file("pool_size: many\n") } });
		const path = join(host.agentDir, "automations/own.md");
		expect(host.notices.join()).toContain(`${path}:3: error: pool_size must be an integer from 1 to 32 (got "many")`);
		writeFileSync(path, file(""));
		expect(automations().fire("own")).toMatchObject({ ok: true });
		await completed("own");
		expect(asked).toEqual([]); // their own automations need no permission
	});

	it("are started, fired, watched and stopped by programs, which learn what is wrong", async () => {
		await startWith({ person: "nobody" }, (call) =>
			call.text.includes("wait")
				? new Promise((end) => call.signal?.addEventListener("abort", () => end(say("x"))))
				: say("done"),
		);
		const api = automations();
		expect(() => api.start({ name: "x", triggers: [{ type: "webhook" }] })).toThrow(
			/agent is missing.*triggers\[0\]\.type must be/,
		);
		const id = api.start({
			name: "job",
			bundle: "Explore",
			instruction_template: "{event_data}",
			on_complete_emit: "job:done",
		});
		expect([id, api.start({ name: "job", agent: "Explore" })]).toEqual(["job", "job-2"]);
		const done = theService().events.waitFor({ names: "job:done" });
		api.fire(id, { a: "{event_type}" });
		expect(await done).toMatchObject({
			ok: true,
			event: { source: "automation:job", data: { status: "completed", output: "done" } },
		});
		expect(prompts()).toEqual(['{"a":"{event_type}"}']);
		api.fire(id, "wait");
		await until("it to run", () => theService().hasRunning());
		expect(await api.stop(id)).toBe(true);
		expect([theService().hasRunning(), api.status(id), await api.stopAll(), api.status()]).toEqual([
			false,
			undefined,
			1,
			[],
		]);
	});

	it("continue through a reload: the run that began before it is theirs after it", async () => {
		let end: (reply: ReturnType<typeof say>) => void = () => undefined;
		await startWith(
			{ personalFiles: { "automations/own.md": "---\nagent: Explore\n---\nGo." } },
			() =>
				new Promise((resolve) => {
					end = resolve;
				}),
		);
		automations().fire("own");
		await until("it to run", () => statusOf("own")?.active.length === 1 && prompts().length === 1);
		await host.reload();
		await until("it to be taken over", () => statusOf("own")?.active.length === 1);
		end(say("late"));
		await completed("own");
		expect([prompts().length, statusOf("own")?.last?.text]).toEqual([1, "late"]);
	});

	it("have failed when their agent type is wrong, and run again after it was fixed, without a restart", async () => {
		const own = "---\nagent: auditor\nmax_restarts: 0\n---\nGo.";
		await startWith({ personalFiles: { "automations/own.md": own } });
		automations().fire("own");
		await until("it to have failed", () => statusOf("own")?.status === "failed");
		await host.session.prompt("/agents automations list");
		expect(host.notices.at(-1)).toMatch(/own: failed .*It failed 1 times in a row.*auditor/);
		const agent = join(host.agentDir, "agents/auditor.md");
		mkdirSync(dirname(agent), { recursive: true });
		writeFileSync(agent, "---\ndescription: audits\n---\nAudit.");
		await host.session.prompt("/agents automations fire own");
		await completed("own");
		expect(statusOf("own")?.status).toBe("running");
	});
});
