import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { SubagentRecord, Workspace, WorkspaceProvider } from "../../src/service/subagents-service.ts";
import { collectFacts, type Fact } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import { HOSTILE_VALUES, throwsOnEverything } from "../support/hostile-values.ts";
import { callTool, isChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { codeOf, theService } from "../support/service.ts";

/** In a child it throws what the test put there, where the test says. */
const HELLISH_EXTENSION = `export default function (pi) {
	const strike = (where) => () => {
		const hell = globalThis.hellInChildren;
		if (hell?.where === where) throw hell.make();
	};
	for (const event of ["session_start", "before_agent_start", "context", "tool_call", "tool_result", "agent_end", "session_shutdown"])
		pi.on(event, strike(event));
	pi.registerTool({
		name: "pit", label: "Pit", description: "a pit", parameters: { type: "object", properties: {} },
		execute: async () => { strike("tool")(); return { content: [{ type: "text", text: "bottom" }], details: {} }; },
	});
}`;

const shared = globalThis as { hellInChildren?: { where: string; make: () => unknown } | undefined };

let host: ScriptedHost;
let facts: Fact[];
let streamStrikes: (() => unknown) | undefined;

beforeAll(async () => {
	host = await startHost({
		script: (call) => {
			if (!isChild(call) || call.role === "toolResult") return say("done");
			return call.text === "fall" ? callTool("pit", {}) : say("done");
		},
		extensions: { "hellish.ts": HELLISH_EXTENSION },
		settings: { retry: { enabled: false } },
		wrapStream:
			(stream) =>
			(...args) => {
				const [, context] = args;
				const isTarget = JSON.stringify(context.messages).includes("through the stream");
				if (streamStrikes && isTarget) throw streamStrikes();
				return stream(...args);
			},
	});
	facts = collectFacts(host);
});
afterAll(async () => host.stop());

beforeEach(() => {
	vi.spyOn(console, "error").mockImplementation(() => undefined); // where the hosts say what listeners threw
	facts.length = 0;
});
/** Pi lives, every run has settled exactly once, and the next run is like any other. */
afterEach(async () => {
	shared.hellInChildren = undefined;
	streamStrikes = undefined;
	await theService().waitForAll();
	expect(await theService().run("general-purpose", "work")).toMatchObject({ status: "completed", result: "done" });
	const begun = facts.filter(({ channel }) => channel === "created" || channel === "resumed");
	const ended = facts.filter(({ channel }) => channel === "completed" || channel === "failed");
	expect(ended.map(({ payload }) => payload.id).sort()).toEqual(begun.map(({ payload }) => payload.id).sort());
	expect(
		theService()
			.listAgents()
			.filter(({ completedAt }) => completedAt === undefined),
	).toEqual([]);
	vi.restoreAllMocks();
});

/** A run with a provider that is gone afterwards. */
async function runWith(provider: WorkspaceProvider, prompt = "work"): Promise<SubagentRecord> {
	const unregister = theService().registerWorkspaceProvider(provider);
	try {
		return await theService().run("general-purpose", prompt);
	} finally {
		unregister();
	}
}

const preparing = (prepare: () => unknown) => ({ prepare: prepare as WorkspaceProvider["prepare"] });
const throwing = (make: () => unknown) => () => {
	throw make();
};

/** A workspace in the project, and how often it was disposed. */
function counted(dispose: () => unknown = () => undefined) {
	const count = { disposals: 0 };
	const workspace = {
		cwd: host.cwd,
		dispose: () => {
			count.disposals++;
			return dispose();
		},
	} as Workspace;
	return { count, workspace };
}

describe.each(HOSTILE_VALUES)("a run settles and says so when %s", (_what, make) => {
	it("is what a workspace provider throws or rejects with", async () => {
		for (const prepare of [throwing(make), () => Promise.reject(make())]) {
			const record = await runWith(preparing(prepare));
			expect(record).toMatchObject({
				status: "error",
				error: expect.stringMatching(/^Its workspace could not be prepared: ./),
			});
		}
	});

	it("is what dispose throws, returns, or says after the result", async () => {
		for (const dispose of [throwing(make), () => Promise.reject(make()), make, () => ({ resultAddendum: make() })]) {
			const { count, workspace } = counted(dispose);
			const record = await runWith(preparing(() => workspace));
			expect(record).toMatchObject({ status: "completed", result: expect.stringMatching(/^done/) });
			expect(count.disposals).toBe(1);
		}
	});

	it("is the workspace, its directory, or its dispose", async () => {
		const { count, workspace } = counted();
		const inPlaces: (() => unknown)[] = [make, () => ({ ...workspace, cwd: make() })];
		for (const prepare of inPlaces) {
			const record = await runWith(preparing(prepare));
			const isNothing = make() === undefined || make() === null;
			expect(record.status).toBe(isNothing && prepare === make ? "completed" : "error");
		}
		expect(count.disposals).toBe(1);
		expect((await runWith(preparing(() => ({ cwd: host.cwd, dispose: make() })))).status).toBe("completed");
	});

	it("is thrown by extensions and tools in the child", async () => {
		for (const where of [
			"session_start",
			"before_agent_start",
			"tool_call",
			"tool",
			"tool_result",
			"session_shutdown",
		]) {
			shared.hellInChildren = { where, make };
			const { count, workspace } = counted();
			const record = await runWith(
				preparing(() => workspace),
				"fall",
			);
			expect([where, record.completedAt, count.disposals]).toEqual([where, expect.any(Number), 1]);
		}
	});

	// The newer host ends itself over a stream function that throws what has no text, with or without us.
	it.skipIf(hostCli.version === "next")("is thrown by the model's stream", async () => {
		streamStrikes = make;
		const { count, workspace } = counted();
		const record = await runWith(
			preparing(() => workspace),
			"through the stream",
		);
		expect([record.completedAt, count.disposals]).toEqual([expect.any(Number), 1]);
	});

	it("is an option, an argument or a provider of somebody who uses the service", async () => {
		const service = theService();
		const isText = typeof make() === "string";
		const silly = (value: unknown) => value as never;
		const calls: (() => unknown)[] = [
			() => service.spawn("explore", "work", Object.defineProperty({}, "model", { get: throwing(make) })),
			() => service.run("explore", "work", { maxTurns: silly(make() ?? null) }),
			() => service.waitFor("nobody", { signal: silly(make() ?? null) }),
			() => service.registerWorkspaceProvider(Object.defineProperty({}, "prepare", { get: throwing(make) }) as never),
			...(isText ? [] : [() => service.run(silly(make()), "work"), () => service.resume(silly(make()), "work")]),
		];
		for (const call of calls) expect(await codeOf(call)).toBe("bad-argument");
		expect(service.getRecord(silly(make()))).toBeUndefined();
		expect(service.abort(silly(make()))).toBe(false);
	});
});

/** An error that cannot even be printed ends the older host itself, which prints what listeners throw. */
const PRINTABLE = HOSTILE_VALUES.filter(([what]) => !/^an error (whose|that)|when it is looked at/.test(what));
const CHANNELS = ["created", "started", "completed", "failed", "child:spawning", "child:session-created"].concat([
	"child:completed",
	"child:disposed",
]);

describe.each(PRINTABLE)("a run is none the worse for listeners and hooks that throw %s", (_what, make) => {
	it.each([
		["at once", throwing(make)],
		["later", async () => Promise.reject(make())],
	])("%s", async (_when, listener) => {
		const offs = CHANNELS.map((channel) => host.bus.on(`subagents:${channel}`, listener));
		const record = await theService().run("general-purpose", "work");
		for (const off of offs) off();
		expect(record).toMatchObject({ status: "completed", result: "done" });
	});
});

describe("a run settles, and its workspace is disposed once,", () => {
	const never = () => new Promise<never>(() => undefined);
	const faults: [string, (workspace: Workspace) => unknown][] = [
		["when its directory is a relative path", (workspace) => ({ ...workspace, cwd: "work" })],
		["when its directory is no path at all", (workspace) => ({ ...workspace, cwd: "/a\0b" })],
		["when its directory is not there", (workspace) => ({ ...workspace, cwd: "/not/there/at/all" })],
		["when its directory is a device", (workspace) => ({ ...workspace, cwd: "/dev/null" })],
		[
			"when its directory cannot be read",
			({ dispose }) => Object.defineProperty({ dispose }, "cwd", { get: throwing(() => Object.create(null)) }),
		],
	];
	it.each(faults)("%s", async (_what, spoil) => {
		const { count, workspace } = counted();
		expect(await runWith(preparing(() => spoil(workspace)))).toMatchObject({ status: "error" });
		expect(count.disposals).toBe(1);
	});

	it("when prepare answers twice, and then fails", async () => {
		const { count, workspace } = counted();
		const thenable = {
			// biome-ignore lint/suspicious/noThenProperty: a stranger's promise
			then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => {
				resolve(workspace);
				resolve({ cwd: "elsewhere" });
				reject(Object.create(null));
				throw Object.create(null);
			},
		};
		expect(await runWith(preparing(() => thenable))).toMatchObject({ status: "completed" });
		expect(count.disposals).toBe(1);
	});

	it("when prepare answers only after the run was stopped, or never", async () => {
		const { count, workspace } = counted();
		let answer = (_workspace: Workspace) => {};
		const late = () =>
			new Promise<Workspace>((resolve) => {
				answer = resolve;
			});
		for (const prepare of [never, late]) {
			let isAsked = false;
			const unregister = theService().registerWorkspaceProvider(
				preparing(() => {
					isAsked = true;
					return prepare();
				}),
			);
			const id = theService().spawn("general-purpose", "work");
			await until("the provider to be asked", () => isAsked);
			theService().abort(id);
			expect(await theService().waitFor(id)).toMatchObject({ status: "stopped" });
			unregister();
		}
		answer(workspace);
		await until("the late workspace to be disposed", () => count.disposals > 0);
		expect(count.disposals).toBe(1);
	});

	it("when the provider looks like a promise", async () => {
		const { count, workspace } = counted();
		// biome-ignore lint/suspicious/noThenProperty: that is the point
		const provider = { ...preparing(() => workspace), then: () => undefined };
		expect(await runWith(provider)).toMatchObject({ status: "completed" });
		expect(count.disposals).toBe(1);
	});

	it("when it says ten million characters after the result", async () => {
		const { count, workspace } = counted(() => ({ resultAddendum: "x".repeat(10_000_000) }));
		const record = await runWith(preparing(() => workspace));
		expect(record.result?.length).toBeLessThan(60_000);
		expect(record.result).toContain("10000000 characters");
		expect(count.disposals).toBe(1);
	});

	it("when listeners stop it, start others and take the provider away in the middle", async () => {
		const { count, workspace } = counted();
		const service = theService();
		const unregister = service.registerWorkspaceProvider(preparing(() => workspace));
		let spawned = 0;
		const offs = [
			host.bus.on("subagents:created", () => void (spawned++ < 3 && service.spawn("general-purpose", "work"))),
			host.bus.on("subagents:child:spawning", () => unregister()),
			host.bus.on("subagents:started", (fact) => void (spawned > 2 && service.abort((fact as { id: string }).id))),
		];
		await service.run("general-purpose", "work");
		await service.waitForAll();
		for (const off of offs) off();
		expect(count.disposals).toBeGreaterThan(0);
	});
});

describe.skipIf(process.platform === "win32")("an agent file from hell is a diagnostic, and the others load:", () => {
	const heap = (keys: string) => (path: string) => writeFileSync(path, `---\n${keys}\n---\nbody\n`);
	it.each<[string, (path: string) => void]>([
		["a pipe", (path) => void execFileSync("mkfifo", [path])],
		["a link to a device", (path) => symlinkSync("/dev/zero", path)],
		["a link to itself", (path) => symlinkSync(path, path)],
		["a folder", (path) => mkdirSync(path)],
		["nested lists", heap(`a: ${"[".repeat(30_000)}${"]".repeat(30_000)}`)],
		["nested maps", heap(`a: ${"{a: ".repeat(12_000)}${"}".repeat(12_000)}`)],
		[
			"aliases of aliases",
			heap(`k: &a x\n${Array.from({ length: 1500 }, (_, at) => `k${at}: [*a, *a, *a]`).join("\n")}`),
		],
		["ten thousand keys", heap(Array.from({ length: 8000 }, (_, at) => `k${at}: 1`).join("\n"))],
		["no text", (path) => writeFileSync(path, Buffer.alloc(5000, 0))],
		["two megabytes", (path) => writeFileSync(path, "x".repeat(2_000_000))],
	])("%s", async (what, make) => {
		const folder = join(host.cwd, ".pi", "agents");
		mkdirSync(folder, { recursive: true });
		const name = `hell-${what.replaceAll(" ", "-")}`;
		make(join(folder, `${name}.md`));
		writeFileSync(join(folder, "good.md"), "---\ndescription: good\n---\nYou are good.\n");
		expect(
			theService()
				.listTypes()
				.map((type) => type.name),
		).toEqual(expect.arrayContaining(["general-purpose", "good"]));
		expect(await codeOf(() => theService().spawn(name, "work"))).not.toBe("none");
	});
});

it("a provider that is a Proxy that throws on everything is refused with a code", async () => {
	expect(await codeOf(() => theService().registerWorkspaceProvider(throwsOnEverything()))).toBe("bad-argument");
});
