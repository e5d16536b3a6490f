import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Workspace, WorkspaceProvider, WorkspaceRequest } from "../../src/service/subagents-service.ts";
import { allNotified, backgroundCall, collectFacts, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { callTool, callTools, fail, isChild, parentAndChild, say } from "../support/script.ts";
import { type HostOptions, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(async () => {
	vi.useRealTimers();
	await host.stop();
});

/** What happened to workspaces and child sessions, in order. */
let story: string[];

interface Behaviour {
	/** Instead of a folder of its own. */
	readonly prepare?: (request: WorkspaceRequest) => unknown;
	readonly dispose?: Workspace["dispose"];
	readonly onRequest?: (request: WorkspaceRequest) => void;
}

/** Starts a parent with a provider that gives each run a folder `work-N` beside the project. */
async function startWith(script: Script, behaviour: Behaviour = {}, options: Partial<HostOptions> = {}) {
	story = [];
	host = await startHost({ script, ...options });
	for (const hook of ["spawning", "session-created", "completed", "disposed"])
		host.bus.on(`subagents:child:${hook}`, () => void story.push(hook));
	for (const fact of ["started", "completed", "failed"])
		host.bus.on(`subagents:${fact}`, () => void story.push(`told ${fact}`));
	return theService().registerWorkspaceProvider(providerOf(behaviour));
}

function providerOf({ prepare, dispose, onRequest }: Behaviour): WorkspaceProvider {
	let count = 0;
	return {
		async prepare(request) {
			story.push("prepare");
			onRequest?.(request);
			if (prepare) return prepare(request) as Workspace;
			return { cwd: workFolder(++count), dispose: noting(dispose) };
		},
	};
}

const noting =
	(dispose: Workspace["dispose"] = () => undefined): Workspace["dispose"] =>
	(end) => {
		story.push(`dispose ${end.status}`);
		return dispose(end);
	};

function workFolder(count: number): string {
	const folder = join(host.cwd, "..", `work-${count}`);
	mkdirSync(folder, { recursive: true });
	return folder;
}

const never = () => new Promise<never>(() => undefined);
const untilAborted: Script = async (call) => {
	await new Promise((resolve) => call.signal?.addEventListener("abort", resolve));
	return say("never");
};
const children = (child: Script): Script => parentAndChild({ prompt: "work" }, child);

/** A whole run, when nothing is out of order. */
const wholeRun = (status: string, told = status === "completed" ? "completed" : "failed") => [
	"told started",
	"prepare",
	"spawning",
	"session-created",
	"completed",
	"disposed",
	`dispose ${status}`,
	`told ${told}`,
];

describe("a workspace is prepared before the session and given back after it", () => {
	it("of a run that completes", async () => {
		await startWith(children(() => say("done")));
		const [result] = await host.prompt("go");
		expect(result?.details).toMatchObject({ status: "completed", result: "done" });
		expect(story).toEqual(wholeRun("completed"));
	});

	it("of a run whose model fails", async () => {
		await startWith(children(() => fail("the model is ill")));
		await host.prompt("go");
		expect(story).toEqual(wholeRun("error"));
	});

	it("of a run that is stopped in its turns", async () => {
		await startWith(children(untilAborted));
		const { spawn, abort, waitFor } = theService();
		const id = spawn("explore", "work");
		await until("it to run", () => host.calls.some(isChild));
		abort(id);
		expect(await waitFor(id)).toMatchObject({ status: "stopped" });
		expect(story).toEqual(wholeRun("stopped"));
	});

	it("of a run that its turn limit cuts off", async () => {
		const limits = { ".pi/subagents.json": JSON.stringify({ graceTurns: 1 }) };
		await startWith(
			children(() => callTool("bash", { command: "true" })),
			{},
			{ files: limits },
		);
		expect(await theService().run("explore", "work", { maxTurns: 1 })).toMatchObject({ status: "aborted" });
		expect(story).toEqual(wholeRun("aborted"));
	});

	it("of a run that the session's end stops", async () => {
		await startWith(children(untilAborted));
		theService().spawn("explore", "work");
		await until("it to run", () => host.calls.some(isChild));
		await host.quit();
		expect(story).toEqual(wholeRun("stopped"));
	});

	it("of a run whose session cannot be created", async () => {
		await startWith(children(() => say("done")));
		host.bus.on("subagents:child:spawning", () => {
			const [{ transcriptFile = "" } = {}] = theService().listAgents();
			mkdirSync(transcriptFile, { recursive: true }); // a folder where its file is to be
		});
		const record = await theService().run("explore", "work");
		expect(record).toMatchObject({ status: "error", error: expect.stringContaining("session could not be created") });
		expect(story).toEqual(["told started", "prepare", "spawning", "dispose error", "told failed"]);
	});

	it("but not of one that is stopped in the queue, or in the same moment in which it began", async () => {
		const files = { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1 }) };
		await startWith(children(untilAborted), {}, { files });
		const { spawn, abort, waitForAll } = theService();
		const running = spawn("explore", "work");
		const [queued, early] = [spawn("explore", "work"), spawn("explore", "work", { bypassQueue: true })];
		abort(queued);
		abort(early);
		await until("it to run", () => host.calls.some(isChild));
		abort(running);
		await waitForAll();
		expect(story.filter((step) => step === "prepare" || step.startsWith("dispose "))).toEqual([
			"prepare",
			"dispose stopped",
		]);
	});

	it("also where it comes only after the run was stopped", async () => {
		const late = signalled();
		await startWith(children(untilAborted), {
			prepare: async () => {
				await late.happened;
				return { cwd: workFolder(1), dispose: noting() };
			},
		});
		const { spawn, abort, waitFor } = theService();
		const id = spawn("explore", "work");
		await until("it to be prepared", () => story.includes("prepare"));
		abort(id);
		expect(await waitFor(id)).toMatchObject({ status: "stopped" });
		expect(story).toEqual(["told started", "prepare", "told failed"]);
		late.happen();
		await until("it to be given back", () => story.includes("dispose stopped"));
	});

	it("and the session's end waits for one that comes late", async () => {
		const late = signalled();
		await startWith(children(untilAborted), {
			prepare: async () => {
				await late.happened;
				return { cwd: workFolder(1), dispose: noting() };
			},
		});
		theService().spawn("explore", "work");
		await until("it to be prepared", () => story.includes("prepare"));
		const quitting = host.quit().then(() => void story.push("quit"));
		await until("it to be stopped", () => story.includes("told failed"));
		late.happen();
		await quitting;
		expect(story.slice(-3)).toEqual(["told failed", "dispose stopped", "quit"]);
	});

	it("of each of many at once", async () => {
		await startWith((call) => say(call.text));
		const { run } = theService();
		await Promise.all(Array.from({ length: 10 }, () => run("explore", "work", { bypassQueue: true })));
		const count = (step: string) => story.filter((other) => other === step).length;
		expect([count("prepare"), count("dispose completed")]).toEqual([10, 10]);
	});
});

describe("what dispose says", () => {
	const addendum = "Changes are on branch `pi-agent-1`.\n\n  To merge: <git merge pi-agent-1>  ";

	it("stands word for word at the end of a foreground result", async () => {
		await startWith(
			children(() => say("done")),
			{ dispose: () => ({ resultAddendum: addendum }) },
		);
		const [result] = await host.prompt("go");
		expect(result?.text.endsWith(`\n\ndone\n\n${addendum}`)).toBe(true);
		expect(result?.details.result).toBe(`done\n\n${addendum}`);
	});

	it("stands at the end of what the notification points to, however long the result", async () => {
		const long = "w".repeat(5000);
		const script: Script = (call) => {
			if (isChild(call)) return say(long);
			if (call.text === "go") return callTools([backgroundCall({ prompt: "work" })]);
			return call.text.startsWith("get ")
				? callTool("get_subagent_result", { agent_id: call.text.slice(4) })
				: say("ok");
		};
		await startWith(script, { dispose: async () => ({ resultAddendum: addendum }) });
		await host.prompt("go");
		await allNotified(host, 1);
		const [read] = await host.prompt(`get ${notifiedIds(host)[0]}`);
		expect(host.notifications()[0]).toContain("get_subagent_result");
		expect(read?.text.endsWith(`${long}\n\n${addendum}`)).toBe(true);
	});

	it.each<[string, Script, string]>([
		["failed", () => fail("ill"), "error"],
		["wrote nothing and was stopped", untilAborted, "stopped"],
	])("is kept for a run that %s", async (_how, child, status) => {
		await startWith(children(child), { dispose: () => ({ resultAddendum: addendum }) });
		const { spawn, abort, waitFor } = theService();
		const id = spawn("explore", "work");
		await until("it to run", () => host.calls.some(isChild));
		if (status === "stopped") abort(id);
		expect(await waitFor(id)).toMatchObject({ status, result: addendum });
	});

	it("is reported in a foreground result that is a failure, beside the reason", async () => {
		await startWith(
			children(() => fail("ill")),
			{ dispose: () => ({ resultAddendum: addendum }) },
		);
		const [result] = await host.prompt("go");
		expect(result).toMatchObject({ isError: true, details: { status: "error" } });
		expect(result?.text).toContain("ill");
		expect(result?.text.endsWith(addendum)).toBe(true);
	});
});

describe("a provider that goes wrong", () => {
	it.each<[string, Behaviour["prepare"], string]>([
		["throws", () => JSON.parse("{"), "JSON"],
		["rejects", () => Promise.reject(new Error("no space left")), "no space left"],
		["gives a relative path", () => ({ cwd: "work", dispose: noting() }), "expected an absolute path"],
		["gives a folder that is not there", () => ({ cwd: "/none/there", dispose: noting() }), "not a directory"],
		["gives no workspace at all", () => "work", "expected { cwd, dispose }"],
	])("and %s settles the run as an error before there is a session", async (_how, prepare, reason) => {
		await startWith(
			children(() => say("done")),
			{ prepare: prepare as Behaviour["prepare"] },
		);
		const [result] = await host.prompt("go");
		expect(result).toMatchObject({
			isError: true,
			details: { status: "error", error: expect.stringContaining(`Its workspace could not be prepared: `) },
		});
		expect(result?.details.error).toContain(reason);
		expect(story.filter((step) => step !== "dispose error")).toEqual(["told started", "prepare", "told failed"]);
		expect(host.calls.filter(isChild)).toEqual([]);
	});

	it.each<[string, Workspace["dispose"]]>([
		["throws", () => JSON.parse("{")],
		["rejects", () => Promise.reject(new Error("the disk is full"))],
	])("in dispose and %s loses no result, and is reported with it", async (_how, dispose) => {
		await startWith(
			children(() => say("done")),
			{ dispose },
		);
		const [result] = await host.prompt("go");
		expect(result).toMatchObject({ isError: false, details: { status: "completed" } });
		expect(result?.details.result).toMatch(/^done\n\n\(The workspace .*work-1 could not be given back: .+\)$/);
	});

	it("and hangs in dispose holds the session's end up for ten seconds, and then says so", async () => {
		await startWith(
			children(() => say("done")),
			{ dispose: never },
		);
		const facts = collectFacts(host);
		const id = theService().spawn("explore", "work");
		await until("it to be given back", () => story.includes("dispose completed"));
		expect(theService().getRecord(id)?.status).toBe("running");
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		let hasQuit = false;
		const quitting = host.quit().then(() => {
			hasQuit = true;
		});
		await vi.advanceTimersByTimeAsync(9000);
		expect(hasQuit).toBe(false);
		await vi.advanceTimersByTimeAsync(2000);
		await quitting;
		const { payload } = facts.at(-1) ?? {};
		expect(payload).toMatchObject({ id, status: "completed" });
		expect(payload?.result).toMatch(/^done\n\n\(The workspace .* was not given back in time\.\)$/);
	});

	it("and hangs in dispose holds a run that is stopped meanwhile up for ten seconds", async () => {
		await startWith(
			children(() => say("done")),
			{ dispose: never },
		);
		const { spawn, abort, getRecord } = theService();
		const id = spawn("explore", "work");
		await until("it to be given back", () => story.includes("dispose completed"));
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		expect(abort(id)).toBe(true);
		await vi.advanceTimersByTimeAsync(11_000);
		expect(getRecord(id)).toMatchObject({
			status: "completed",
			result: expect.stringContaining("not given back in time"),
		});
	});

	it("and gives nothing leaves the run in the parent's directory", async () => {
		await startWith(
			children((call) => (call.role === "toolResult" ? say(call.text.trim()) : callTool("bash", { command: "pwd" }))),
			{ prepare: () => undefined },
		);
		expect((await theService().run("explore", "work")).result).toBe(host.cwd);
	});
});

describe("what a provider gets", () => {
	const agent =
		"---\ndescription: d\nmax_turns: 7\nthinking: low\nisolation: worktree\npermission:\n  bash: deny\n---\nx";

	it("is how the run was decided, with the agent file's own keys, frozen", async () => {
		const requests: WorkspaceRequest[] = [];
		await startWith(
			() => say("done"),
			{ onRequest: (request) => void requests.push(request) },
			{ files: { ".pi/agents/Mover.md": agent } },
		);
		const { id } = await theService().run("mover", "work", { inheritContext: true });
		await theService().run("explore", "work", { foreground: true, thinkingLevel: "high", maxTurns: 3 });
		expect(requests).toEqual([
			{
				agentId: id,
				agentType: "Mover",
				baseCwd: host.cwd,
				invocation: {
					modelName: "faux/faux-1",
					thinking: "low",
					maxTurns: 7,
					inheritContext: true,
					runInBackground: true,
					isResume: false,
					agentFile: {
						description: "d",
						max_turns: 7,
						thinking: "low",
						isolation: "worktree",
						permission: { bash: "deny" },
					},
				},
			},
			{
				agentId: expect.any(String),
				agentType: "Explore",
				baseCwd: host.cwd,
				invocation: {
					modelName: "faux/faux-1",
					thinking: "high",
					maxTurns: 3,
					inheritContext: false,
					runInBackground: false,
					isResume: false,
					agentFile: {},
				},
			},
		]);
		const { invocation } = requests[0] as WorkspaceRequest;
		for (const part of [requests[0], invocation, invocation.agentFile, invocation.agentFile.permission])
			expect(Object.isFrozen(part)).toBe(true);
	});

	it("of a resume names the directory of the last run; the session continues in the new one", async () => {
		const requests: WorkspaceRequest[] = [];
		await startWith(
			(call) => {
				if (!isChild(call)) return say("noted");
				return call.role === "toolResult" ? say(call.text.trim()) : callTool("bash", { command: "pwd" });
			},
			{ onRequest: (request) => void requests.push(request) },
		);
		const { id, result, transcriptFile } = await theService().run("explore", "where");
		const resumed = await theService().resume(id, "and now");
		const [first, second] = [workFolder(1), workFolder(2)];

		expect([result, resumed.result]).toEqual([first, second]);
		expect(requests.map(({ agentId, invocation }) => [agentId, invocation.isResume, invocation.previousCwd])).toEqual([
			[id, false, undefined],
			[id, true, first],
		]);
		expect(resumed.transcriptFile).toBe(transcriptFile);
		const last = host.calls.filter(isChild).at(-1);
		const told = [`${first}\n`, `${second}\n`, "where", "and now"];
		expect(last?.texts.filter((text) => told.includes(text))).toEqual([
			"where",
			`${first}\n`,
			"and now",
			`${second}\n`,
		]);
		expect(last?.systemPrompt).toContain(`- Working directory: ${second}`);
		expect(story.filter((step) => step === "session-created" || step === "disposed")).toEqual([
			"session-created",
			"disposed",
			"session-created",
			"disposed",
		]);
	});

	it("counts from the moment it is registered until it is taken away, also for a held session", async () => {
		const unregister = await startWith((call) => {
			if (!isChild(call)) return say("noted");
			return call.role === "toolResult" ? say(call.text.trim()) : callTool("bash", { command: "pwd" });
		});
		unregister();
		const { id, result } = await theService().run("explore", "where");
		const again = theService().registerWorkspaceProvider(providerOf({}));
		const moved = await theService().resume(id, "where");
		again();
		const back = await theService().resume(id, "where");
		expect([result, moved.result, back.result]).toEqual([host.cwd, workFolder(1), host.cwd]);
	});
});

describe("a child in a workspace", () => {
	const LOOKER = `
export default (pi) => pi.on("session_start", (_event, ctx) => {
	if (globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore()) globalThis.childsPlace = [ctx.cwd, ctx.sessionManager.getCwd()];
});`;

	it("sees that directory everywhere", async () => {
		await startWith(
			(call) => {
				if (!isChild(call)) return say("noted");
				if (call.role !== "toolResult")
					return callTools([
						{ name: "bash", args: { command: "pwd; echo new > made-here.txt" } },
						{ name: "read", args: { path: "note.txt" } },
					]);
				return say(call.texts.slice(-2).join("|"));
			},
			{
				onRequest: () => {
					writeFileSync(join(workFolder(1), "note.txt"), "from the workspace");
					mkdirSync(join(workFolder(1), ".git"), { recursive: true });
					writeFileSync(join(workFolder(1), ".git", "HEAD"), "ref: refs/heads/pi-agent-1\n");
				},
			},
			{ extensions: { "looker.ts": LOOKER }, files: { "note.txt": "from the project" }, sessionDir: "persisted" },
		);
		const { result, transcriptFile } = await theService().run("general-purpose", "work");
		const folder = workFolder(1);

		expect(result).toBe(`${folder}\n|from the workspace`);
		expect([existsSync(join(folder, "made-here.txt")), existsSync(join(host.cwd, "made-here.txt"))]).toEqual([
			true,
			false,
		]);
		const child = host.calls.find(isChild);
		const environment = child?.systemPrompt.slice(child.systemPrompt.lastIndexOf("# Environment"));
		expect(environment).toContain(`- Working directory: ${folder}\n- Git: branch pi-agent-1\n`);
		expect((globalThis as { childsPlace?: unknown }).childsPlace).toEqual([folder, folder]);
		const header = JSON.parse(readFileSync(transcriptFile as string, "utf8").split("\n")[0] as string);
		expect(header).toMatchObject({ type: "session", cwd: folder, parentSession: host.session.sessionFile });
		rmSync(folder, { recursive: true });
	});
});

describe("a provider that comes from an extension", () => {
	/** It registers in every session it is loaded into, whatever that is. */
	const neighbour = (event: string) => `
import { mkdirSync } from "node:fs";
import { join } from "node:path";
export default (pi) => {
	const log = (globalThis.registrations ??= []);
	const register = (_event, ctx) => {
		const isChild = globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore() !== undefined;
		try {
			const service = globalThis[Symbol.for("@gotgenes/pi-subagents:service")];
			service?.registerWorkspaceProvider({ prepare: async ({ baseCwd }) => {
				const cwd = join(baseCwd, "..", "neighbour");
				mkdirSync(cwd, { recursive: true });
				return { cwd, dispose: () => undefined };
			} });
			log.push([isChild ? "child" : "parent", service ? "registered" : "empty"]);
		} catch (error) {
			log.push([isChild ? "child" : "parent", error.code]);
		}
	};
	${event === "factory" ? "register();" : `pi.on("${event}", register);`}
};`;
	const globals = globalThis as { registrations?: unknown[] };
	const where: Script = (call) => {
		if (!isChild(call)) return say("noted");
		return call.role === "toolResult" ? say(call.text.trim()) : callTool("bash", { command: "pwd" });
	};

	it.each([
		["a.ts", "session_start", "registered"],
		["z.ts", "session_start", "registered"],
		["a.ts", "factory", "empty"], // it runs before we do
		["z.ts", "factory", "registered"],
	])(
		"%s, which registers in each %s, is registered once at the most and throws in no child",
		async (name, event, inParent) => {
			globals.registrations = [];
			host = await startHost({ installed: true, extensions: { [name]: neighbour(event) }, script: where });
			const folder = inParent === "registered" ? join(host.cwd, "..", "neighbour") : host.cwd;
			const first = await theService().run("explore", "where");
			const others = await Promise.all(["Plan", "general-purpose"].map((type) => theService().run(type, "where")));
			const resumed = await theService().resume(first.id, "where");

			expect([first, ...others, resumed].map(({ result }) => result)).toEqual([folder, folder, folder, folder]);
			const children = Array.from({ length: 4 }, () => ["child", "empty"]);
			expect(globals.registrations).toEqual([["parent", inParent], ...children]);
		},
	);

	it("which is named before us, where children do not find it, is registered once as well", async () => {
		globals.registrations = [];
		host = await startHost({ earlierExtensions: { "a.ts": neighbour("session_start") }, script: where });
		const { result } = await theService().run("explore", "where");
		expect(result).toBe(join(host.cwd, "..", "neighbour"));
		expect(globals.registrations).toEqual([["parent", "registered"]]);
	});

	it.each([
		["a.ts", "session_start"],
		["z.ts", "session_start"],
		["z.ts", "factory"],
	])("%s, which registers in each %s, is there again after a reload, also for what waited", async (name, event) => {
		globals.registrations = [];
		const { happened, happen } = signalled();
		host = await startHost({
			installed: true,
			files: { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1 }) },
			extensions: { [name]: neighbour(event) },
			script: async (call) => {
				if (call.text === "hold") await happened;
				return where(call);
			},
		});
		theService().spawn("explore", "hold");
		const queued = theService().spawn("explore", "where");
		await until("the first to run", () => host.calls.some(({ text }) => text === "hold"));
		const reloading = host.reload();
		happen();
		await reloading;
		const { result } = await theService().waitFor(queued);
		expect(result).toBe(join(host.cwd, "..", "neighbour"));
		expect(await theService().run("explore", "where")).toMatchObject({ result });
	});
});
