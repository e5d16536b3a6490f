import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { signalled, until } from "../support/condition.ts";
import { callTool, isChild, say } from "../support/script.ts";
import { type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

const hosts: ScriptedHost[] = [];
const start = async (...options: Parameters<typeof startHost>) => {
	const host = await startHost(...options);
	hosts.push(host);
	return host;
};
afterEach(async () => {
	for (const host of hosts.splice(0).reverse()) await host.stop();
	expect(place()).toBe(undefined);
});

const KEY = Symbol.for("@gotgenes/pi-subagents:service");
const place = () => (globalThis as { [KEY]?: unknown })[KEY];
const SOURCES = fileURLToPath(new URL("../../src/service/published-services.ts", import.meta.url));

/** A child calls the neighbour's tool once. */
const meddling: Script = (call) => {
	if (!isChild(call)) return say("noted");
	return call.role === "toolResult" ? say(call.text) : callTool("meddle", {});
};

/** A neighbour that, wherever it is loaded, looks at the place and, in a child, tries everything to have it. */
const MEDDLER = `
import { Type } from "typebox";
import { getSubagentsService, publishSubagentsService, unpublishSubagentsService } from ${JSON.stringify(SOURCES)};
const KEY = Symbol.for("@gotgenes/pi-subagents:service");
const isChild = () => globalThis[Symbol.for("pi-crew:child-scope/v1")]?.getStore() !== undefined;
globalThis.meddled ??= [];
const meddle = async (when) => {
	if (!isChild()) return;
	const looks = [globalThis[KEY], getSubagentsService()];
	const mine = { mine: when };
	globalThis[KEY] = mine;
	looks.push(globalThis[KEY]);
	delete globalThis[KEY];
	publishSubagentsService(mine);
	looks.push(globalThis[KEY]);
	for (const service of globalThis.parents ?? []) unpublishSubagentsService(service);
	await new Promise((resolve) => setTimeout(resolve, 1));
	looks.push(getSubagentsService());
	globalThis.meddled.push(when + " " + looks.filter((look) => look !== undefined).length);
};
export default async (pi) => {
	await meddle("factory");
	pi.on("session_start", () => meddle("session_start"));
	pi.on("session_shutdown", () => meddle("session_shutdown"));
	pi.registerTool({ name: "meddle", label: "M", description: "meddles", parameters: Type.Object({}), execute: async () => {
		await meddle("tool");
		return { content: [{ type: "text", text: "meddled" }], details: {} };
	} });
};`;

it.each(["a-meddler.ts", "z-meddler.ts"])(
	"keeps the parent's service while a child that has us and %s installed runs and is disposed",
	async (name) => {
		const globals = globalThis as { meddled?: string[]; parents?: unknown[] };
		globals.meddled = [];
		const host = await start({ installed: true, extensions: { [name]: MEDDLER }, script: meddling });
		const service = theService();
		globals.parents = [service];

		const { result } = await service.run("general-purpose", "meddle");
		const between = place();
		await host.quit();

		expect(result).toBe("meddled");
		expect(between).toBe(service);
		expect(globals.meddled).toEqual(["factory 0", "session_start 0", "tool 0", "session_shutdown 0"]);
	},
);

it("shows the service of a second session in the same process until that one ends", async () => {
	const script: Script = (call) => say(isChild(call) ? `did ${call.text}` : "noted");
	await start({ script });
	const first = theService();
	const second = await start({ script });
	const ofSecond = theService();
	const { parentSessionId } = await ofSecond.run("explore", "two");
	const { parentSessionId: other } = await first.run("explore", "one");
	await second.quit();

	expect(ofSecond).not.toBe(first);
	expect(parentSessionId).toBe(second.session.sessionId);
	expect(other).toBe(hosts[0]?.session.sessionId);
	expect(place()).toBe(first);
});

it("keeps the second session's service when the first one ends", async () => {
	const first = await start({ script: () => say("noted") });
	await start({ script: () => say("noted") });
	const ofSecond = theService();
	await first.quit();
	expect(place()).toBe(ofSecond);
});

it("is another service after a reload, which knows what ran before and still runs", async () => {
	const { happened, happen } = signalled();
	const host = await start({
		script: async (call) => {
			if (!isChild(call)) return say("noted");
			if (call.text === "later") await happened;
			return say(`did ${call.text}`);
		},
	});
	const before = theService();
	const { id: ended } = await before.run("explore", "soon");
	const running = before.spawn("explore", "later");
	await until("it to run", () => host.calls.some(({ text }) => text === "later"));

	await host.reload();
	const after = theService();
	const waiting = after.waitFor(running);
	const live = after.hasRunning();
	happen();

	expect(after).not.toBe(before);
	expect(live).toBe(true);
	expect((await waiting).result).toBe("did later");
	expect(after.listAgents().map(({ id }) => id)).toEqual([running, ended]);
	expect((await after.resume(ended, "more")).result).toBe("did more");
	expect(before.getRecord(running)).toEqual(after.getRecord(running)); // who kept the old one can still read
});

it("is there, and no child is seen, for every listener, hook and provider, also after an await", async () => {
	const host = await start({
		extensions: { "neighbour.ts": "export default () => {};" }, // with nobody in it a child has no scope
		script: async (call) => {
			if (!isChild(call)) return say("noted");
			return call.role === "toolResult" ? say("done") : callTool("bash", { command: "true" });
		},
	});
	const service = theService();
	const seen: [string, boolean][] = [];
	const look = async (where: string) => {
		seen.push([where, place() === service]);
		await new Promise((resolve) => setTimeout(resolve, 1));
		seen.push([`${where}, later`, place() === service]);
	};
	const facts = ["created", "resumed", "started", "completed", "failed", "steered"];
	const hooks = ["spawning", "session-created", "completed", "disposed"].map((hook) => `child:${hook}`);
	for (const channel of [...facts, ...hooks]) host.bus.on(`subagents:${channel}`, () => void look(channel));
	service.registerWorkspaceProvider({
		prepare: async () => {
			await look("prepare");
			return { cwd: host.cwd, dispose: async () => void (await look("dispose")) };
		},
	});

	const { id } = await service.run("general-purpose", "work");
	const resuming = service.resume(id, "work");
	await service.steer(id, "a word");
	await resuming;
	const stopped = service.spawn("general-purpose", "work");
	service.abort(stopped);
	await service.waitForAll();
	await new Promise((resolve) => setTimeout(resolve, 20));

	const places = new Set(seen.map(([where]) => where));
	const expected = [...facts, ...hooks, "prepare", "dispose"].flatMap((where) => [where, `${where}, later`]);
	expect([...places].sort()).toEqual(expected.sort());
	expect(seen.filter(([, isThere]) => !isThere)).toEqual([]);
});
