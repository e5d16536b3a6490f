import { afterEach, describe, expect, it } from "vitest";
import type { SubagentsService } from "../../src/service/subagents-service.ts";
import { backgroundCall, collectFacts, type Fact, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { callTool, callTools, isChild, parentAndChild, say } from "../support/script.ts";
import { type HostOptions, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { codeOf, theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

/** A child that continues until it hears the word, and repeats any other prompt. */
const untilTheWord: Script = (call) => {
	if (!call.texts.some((text) => text.startsWith("wait")))
		return say(`heard: ${call.texts.filter(isPrompt).join(", ")}`);
	return call.texts.includes("the word") ? say("the word came") : callTool("bash", { command: "sleep 0.01" });
};
const isPrompt = (text: string) => !text.startsWith("heard:");

/** A parent that gets the result of the subagent it is asked to get, and says nothing else. */
const parentOf = (child: Script): Script => {
	return (call) => {
		if (isChild(call)) return child(call);
		if (call.role === "user" && call.text.startsWith("get "))
			return callTool("get_subagent_result", { agent_id: call.text.slice(4) });
		return say("noted");
	};
};

/** Written against the contract only. */
const CLIENT = `
const KEY = Symbol.for("@gotgenes/pi-subagents:service");
export default (pi) => {
	const seen = { factory: typeof globalThis[KEY] };
	pi.on("session_start", () => {
		seen.start = typeof globalThis[KEY].spawn;
	});
	pi.events.on("client:go", async () => {
		const { spawn, run, resume, steer, abort, waitFor, waitForAll, getRecord, listAgents, hasRunning } = globalThis[KEY];
		const steered = spawn("explore", "wait", { description: "waits for a word" });
		const aborted = spawn("General-Purpose", "wait", { maxTurns: 1000, thinkingLevel: "low", model: "faux-1" });
		seen.live = [hasRunning(), getRecord(steered).type, getRecord(steered).description, getRecord(aborted).maxTurns];
		seen.steered = [await steer(steered, "the word"), (await waitFor(steered)).result, await steer(steered, "too late")];
		seen.aborted = [abort(aborted), (await waitFor(aborted)).status, getRecord(aborted).error, abort(aborted)];
		const answered = await run("Explore", "one");
		const resumed = await resume(answered.id, "two");
		seen.runs = [answered.status, answered.result, resumed.id === answered.id, resumed.result];
		await waitForAll();
		seen.list = [hasRunning(), listAgents().map(({ id }) => [steered, aborted, answered.id].indexOf(id))];
		seen.unknown = [getRecord("nobody"), abort("nobody"), await steer("nobody", "hello")];
		pi.events.emit("client:done", seen);
	});
};`;

describe("a client that knows the contract only", () => {
	it.each<[string, Pick<HostOptions, "extensions" | "earlierExtensions" | "installed">, string]>([
		["after us", { extensions: { "client.ts": CLIENT } }, "object"],
		["before us", { earlierExtensions: { "client.ts": CLIENT } }, "undefined"],
		["before us, beside us in the agent directory", { extensions: { "a.ts": CLIENT }, installed: true }, "undefined"],
		["after us, beside us in the agent directory", { extensions: { "z.ts": CLIENT }, installed: true }, "object"],
	])("is served when it is loaded %s", async (_when, place, atLoading) => {
		host = await startHost({ ...place, script: parentOf(untilTheWord) });
		let seen: Record<string, unknown> | undefined;
		host.bus.on("client:done", (report) => {
			seen = report as typeof seen;
		});

		host.bus.emit("client:go", {});
		await until("the client to be done", () => seen !== undefined);

		expect(seen).toEqual({
			factory: atLoading,
			start: "function",
			live: [true, "Explore", "waits for a word", 1000],
			steered: [true, "the word came", false],
			aborted: [true, "stopped", "Stopped by another extension.", false],
			runs: ["completed", "heard: one", true, "heard: one, two"],
			list: [false, [2, 1, 0]],
			unknown: [undefined, false, false],
		});
	});
});

describe("a run of the service", () => {
	it("belongs to its caller: the parent is not notified and does not hear of it, but can read it", async () => {
		host = await startHost({ script: parentOf(untilTheWord) });
		const { spawn, steer, waitFor } = theService();
		const id = spawn("explore", "wait");

		await host.prompt("hello");
		await steer(id, "the word");
		await waitFor(id);
		const [read] = await host.prompt(`get ${id}`);

		expect(host.calls.filter((call) => !isChild(call)).map(({ roster }) => roster)).toEqual(["", "", ""]);
		expect(read).toMatchObject({ isError: false, text: expect.stringContaining("the word came") });
		expect(theService().getRecord(id)).toMatchObject({
			isBackground: true,
			parentSessionId: host.session.sessionId,
			delivery: { state: "delivered", via: "tool" },
		});
		expect(notifiedIds(host)).toEqual([]);
	});

	it.each([
		["in the background", {}],
		["in the foreground", { foreground: true }],
	])("notifies the parent once where its caller wants that, %s", async (_where, place) => {
		host = await startHost({ script: parentOf(untilTheWord) });

		const quiet = await theService().run("explore", "hush", place);
		const { id } = await theService().run("explore", "hello", { ...place, notifyParent: true });
		await until("the parent to be notified", () => notifiedIds(host).length > 0 && !host.session.isStreaming);

		expect(quiet.delivery).toEqual({ state: "withheld" });
		expect(notifiedIds(host)).toEqual([id]);
		expect(host.notifications()[0]).toContain("<result>heard: hello</result>");
		expect(theService().getRecord(id)?.delivery).toMatchObject({ state: "delivered", via: "notification" });
	});

	it("waits for a slot, unless it is in the foreground or need not", async () => {
		host = await startHost({
			files: { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1 }) },
			script: parentOf(untilTheWord),
		});
		const { spawn, getRecord, steer, waitForAll } = theService();
		const [first, queued] = [spawn("explore", "wait"), spawn("explore", "wait")];
		const foreground = spawn("explore", "wait", { foreground: true });
		const bypassing = spawn("explore", "wait", { bypassQueue: true });

		const all = [first, queued, foreground, bypassing];
		const shown = all.map((id) => [getRecord(id)?.status, getRecord(id)?.isBackground]);
		const told = await Promise.all(all.map((id) => steer(id, "the word")));
		await waitForAll();

		expect(shown).toEqual([
			["running", true],
			["queued", true],
			["running", false],
			["running", true],
		]);
		expect(told).toEqual([true, true, true, true]);
		expect(all.map((id) => getRecord(id)?.status)).toEqual(all.map(() => "completed"));
	});

	it("tells the facts that every run tells", async () => {
		host = await startHost({ script: parentOf(untilTheWord) });
		const facts = collectFacts(host);
		const { id } = await theService().run("explore", "one", { description: "first" });
		await theService().resume(id, "two");

		const name = { id, type: "Explore", description: "first" };
		const settled = { ...name, status: "completed", error: undefined, toolUses: 0 };
		expect(facts).toMatchObject([
			{ channel: "created", payload: { ...name, isBackground: true } },
			{ channel: "started", payload: name },
			{ channel: "completed", payload: { ...settled, result: "heard: one" } },
			{ channel: "resumed", payload: name },
			{ channel: "started", payload: name },
			{ channel: "completed", payload: { ...settled, result: "heard: one, two" } },
		]);
	});

	it("can be stopped, waited for and resumed by who has just heard of it", async () => {
		host = await startHost({ script: parentOf(untilTheWord) });
		const { run, abort, resume, waitFor, hasRunning, getRecord } = theService();
		const heard: unknown[] = [];
		host.bus.on("subagents:created", (payload) => {
			const { id, description } = payload as Fact["payload"] as { id: string; description: string };
			heard.push(hasRunning());
			if (description === "veto") heard.push(abort(id));
			else void waitFor(id).then(({ status }) => heard.push(status));
		});
		const order = collectFacts(host);
		host.bus.on("subagents:completed", (payload) => {
			const { id, result } = payload as { id: string; result: string };
			if (result === "heard: one") void resume(id, "two");
		});

		const vetoed = await run("explore", "x", { description: "veto" });
		const record = await run("explore", "one");
		await theService().waitForAll();

		expect([vetoed.status, record.result, getRecord(record.id)?.result]).toEqual([
			"stopped",
			"heard: one",
			"heard: one, two",
		]);
		expect(heard).toEqual([true, true, true, "completed"]);
		expect(order.slice(0, 3).map(({ channel }) => channel)).toEqual(["created", "failed", "created"]);
	});
});

describe("a resume across the doors", () => {
	it("brings the parent both results of a run of its own that an extension resumed before it was notified", async () => {
		const { happened, happen } = signalled();
		host = await startHost({
			script: async (call) => {
				if (isChild(call)) return say(`did ${call.text}`);
				if (call.text === "go") return callTools([backgroundCall({ prompt: "one" })]);
				if (call.text === "hold") await happened;
				return say("noted");
			},
		});
		const [started] = await host.prompt("go");
		const id = started?.details.id as string;
		const busy = host.prompt("hold"); // the parent cannot be notified meanwhile
		await theService().waitFor(id);
		const resumed = await theService().resume(id, "two");
		happen();
		await busy;
		await until("the parent to be notified", () => notifiedIds(host).length > 0 && !host.session.isStreaming);

		expect(resumed).toMatchObject({ result: "did two", delivery: { state: "withheld" } });
		expect(notifiedIds(host)).toEqual([id]);
		expect(host.notifications()[0]).toContain("<result>did one</result>");
	});

	it("lets the parent resume a run of the service, which then reports to it", async () => {
		host = await startHost({
			script: (call) => {
				if (isChild(call)) return say(`did ${call.text}`);
				if (call.role !== "user" || !call.text.startsWith("resume ")) return say("noted");
				const resume = call.text.slice(7);
				return callTools([backgroundCall({ prompt: "two", resume, subagent_type: "Explore" })]);
			},
		});
		const { id } = await theService().run("explore", "one");

		await host.prompt(`resume ${id}`);
		await until("the parent to be notified", () => notifiedIds(host).length > 0 && !host.session.isStreaming);

		expect(host.notifications()[0]).toContain("<result>did two</result>");
		expect(notifiedIds(host)).toEqual([id]);
	});
});

describe("what cannot be done", () => {
	it("is refused with a code, before anything is emitted or spent", async () => {
		host = await startHost({
			files: {
				".pi/agents/off.md": "---\nenabled: false\n---\nx",
				".pi/agents/Twin.md": "x",
				".pi/agents/TWIN.md": "x",
			},
			script: parentOf(untilTheWord),
		});
		const facts = collectFacts(host);
		const service = theService();
		const { spawn, run, resume, waitFor, steer, registerWorkspaceProvider } = service;
		const silly = (value: unknown) => value as never;

		const codes = {
			unknownType: await codeOf(() => spawn("nobody", "x")),
			disabled: await codeOf(() => spawn("off", "x")),
			ambiguous: await codeOf(() => spawn("twin", "x")),
			unknownModel: await codeOf(() => spawn("explore", "x", { model: "gpt-17" })),
			badThinking: await codeOf(() => spawn("explore", "x", { thinkingLevel: "deep" })),
			badMaxTurns: await codeOf(() => spawn("explore", "x", { maxTurns: 1.5 })),
			emptyPrompt: await codeOf(() => spawn("explore", " \n")),
			ofRun: await codeOf(() => run("nobody", "x")),
			notFound: [await codeOf(() => resume("nobody", "x")), await codeOf(() => waitFor("nobody"))],
			sillyType: await codeOf(() => spawn(silly(undefined), "x")),
			sillyPrompt: await codeOf(() => spawn("explore", silly({}))),
			sillyOptions: await codeOf(() => spawn("explore", "x", silly("fast"))),
			sillyTurns: await codeOf(() => spawn("explore", "x", { maxTurns: silly("3") })),
			sillyResume: await codeOf(() => resume(silly(null), "x")),
			sillyId: await codeOf(() => waitFor(silly(Symbol("id")))),
			sillyTimeout: await codeOf(() => waitFor("nobody", { timeoutMs: -1 })),
			sillySignal: await codeOf(() => waitFor("nobody", { signal: silly({}) })),
			sillyMessage: await codeOf(() => steer("nobody", silly(7))),
			sillyProvider: await codeOf(() => registerWorkspaceProvider(silly({ prepare: true }))),
		};

		expect(codes).toEqual({
			unknownType: "unknown-type",
			disabled: "disabled-type",
			ambiguous: "ambiguous-type",
			unknownModel: "unknown-model",
			badThinking: "bad-thinking",
			badMaxTurns: "bad-max-turns",
			emptyPrompt: "empty-prompt",
			ofRun: "unknown-type",
			notFound: ["not-found", "not-found"],
			sillyType: "bad-argument",
			sillyPrompt: "bad-argument",
			sillyOptions: "bad-argument",
			sillyTurns: "bad-argument",
			sillyResume: "bad-argument",
			sillyId: "bad-argument",
			sillyTimeout: "bad-argument",
			sillySignal: "bad-argument",
			sillyMessage: "bad-argument",
			sillyProvider: "bad-argument",
		});
		expect([facts, service.listAgents(), host.calls]).toEqual([[], [], []]);
	});

	it("says what would have been accepted", async () => {
		host = await startHost({ script: parentOf(untilTheWord) });
		expect(() => theService().spawn("nobody", "x")).toThrow("Known types: general-purpose, Explore, Plan, reviewer.");
		expect(() => theService().spawn("explore", "x", { model: "gpt-17" })).toThrow("Nearest available: faux/faux-1.");
	});

	it("is refused while a subagent lives, or when there is a provider already", async () => {
		host = await startHost({ script: parentOf(untilTheWord) });
		const { spawn, resume, waitFor, registerWorkspaceProvider, steer, getRecord } = theService();
		const provider = { prepare: async () => undefined };
		const unregister = registerWorkspaceProvider(provider);
		const id = spawn("explore", "wait");
		const giveUp = new AbortController();
		setTimeout(() => giveUp.abort(), 5);

		const codes = [
			await codeOf(() => resume(id, "x")),
			await codeOf(() => waitFor(id, { timeoutMs: 1 })),
			await codeOf(() => waitFor(id, { timeoutMs: 1, signal: new AbortController().signal })),
			await codeOf(() => waitFor(id, { signal: giveUp.signal, timeoutMs: 60_000 })),
			await codeOf(() => registerWorkspaceProvider(provider)),
		];
		unregister();
		codes.push(await codeOf(() => registerWorkspaceProvider(provider)()));
		const afterwards = getRecord(id)?.status;
		const waiting = waitFor(id, { timeoutMs: 2 ** 40 });
		await steer(id, "the word");

		expect(codes).toEqual(["not-settled", "timeout", "timeout", "aborted", "provider-registered", "none"]);
		expect([afterwards, (await waiting).status]).toEqual(["running", "completed"]);
	});

	it("is refused without a session: while extensions load, and after its end", async () => {
		const early = `
export default async () => {
	const service = globalThis[Symbol.for("@gotgenes/pi-subagents:service")];
	if (!service) return; // in a child
	const codes = [];
	for (const call of [() => service.spawn("explore", "x"), () => service.run("explore", "x"), () => service.resume("id", "x"), () => service.listTypes()]) {
		try { await call(); codes.push("none"); } catch (error) { codes.push(error.code); }
	}
	globalThis.earlyCodes = [codes, service.listAgents(), service.hasRunning(), service.getRecord("id")];
};`;
		host = await startHost({ extensions: { "early.ts": early }, script: parentOf(untilTheWord) });
		const service: SubagentsService = theService();
		const { id } = await service.run("explore", "one");
		await host.quit();

		const noSession = ["no-session", "no-session", "no-session", "no-session"];
		expect((globalThis as { earlyCodes?: unknown }).earlyCodes).toEqual([noSession, [], false, undefined]);
		expect([await codeOf(() => service.spawn("explore", "x")), await codeOf(() => service.resume(id, "x"))]).toEqual([
			"no-session",
			"no-session",
		]);
		expect([service.getRecord(id)?.result, await service.waitFor(id)]).toMatchObject(["heard: one", { id }]);
	});
});

it("leaves the parent's own subagents alone when it is not used", async () => {
	host = await startHost({ script: parentAndChild({ prompt: "x" }, () => say("done")) });
	const [result] = await host.prompt("go");
	expect(result?.details).toMatchObject({ result: "done", delivery: { state: "delivered", via: "foreground" } });
	expect(theService().listAgents()).toHaveLength(1);
});
