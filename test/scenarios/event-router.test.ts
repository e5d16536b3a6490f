import { afterEach, describe, expect, it } from "vitest";
import type { RouterEvent, Subscription } from "../../src/service/subagents-service.ts";
import { isChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

/** A subscriber that registers before any session, as an extension that loads early would, and is refused. */
const EARLY = `
const KEY = Symbol.for("@gotgenes/pi-subagents:service");
export default (pi) => {
	const seen = {};
	try {
		globalThis[KEY]?.events.subscribe({ names: "*" });
		seen.early = "subscribed";
	} catch (error) {
		seen.early = error.code;
	}
	pi.events.on("client:go", () => {
		const { events } = globalThis[KEY];
		void events.waitFor({ names: "hello" }).then(({ ok, event }) => pi.events.emit("client:done", { ...seen, ok, data: event.data }));
		events.emit("hello", { from: "a client" });
	});
};`;

async function eventsOf(subscription: Subscription): Promise<RouterEvent[]> {
	subscription.close();
	const events: RouterEvent[] = [];
	for await (const event of subscription) events.push(event);
	return events;
}

describe("the router of events", () => {
	it("has the facts of each run, then its end, with the subagent as the source", async () => {
		host = await startHost({ script: (call) => say(isChild(call) ? "It is in parser.ts." : "noted") });
		const { events, run } = theService();
		const all = events.subscribe({ names: "*" });

		const { id } = await run("Explore", "Where is it?", { description: "look" });
		const failing = await run("Explore", "Where?", { model: "faux-1" });

		const told = await eventsOf(all);
		const names = told.filter(({ source }) => source === id).map(({ name }) => name);
		expect(names).toEqual([
			"subagents:created",
			"subagents:started",
			"subagents:completed",
			"session:end",
			"session:completed",
		]);
		expect(told.find(({ name, source }) => name === "session:end" && source === id)?.data).toEqual({
			session_id: id,
			agent: "Explore",
			description: "look",
			status: "completed",
			outcome: "completed",
			output: "It is in parser.ts.",
		});
		expect(events.history({ names: "session:end" }).map(({ source }) => source)).toEqual([id, failing.id]);
	});

	it("ends the wait for a subagent that has ended without the event", async () => {
		host = await startHost({ script: (call) => say(isChild(call) ? "Nothing." : "noted") });
		const { events, spawn, waitFor } = theService();
		const id = spawn("Explore", "Look.");
		const waiting = events.waitFor({ names: "found:it", sources: [id] });
		const ended = events.waitFor({ names: "session:end", sources: [id] });

		await waitFor(id);

		expect(await waiting).toEqual({ ok: false, reason: "source-ended" });
		expect(await ended).toMatchObject({ ok: true, event: { source: id, data: { status: "completed" } } });
	});

	it("says how a run ended that was stopped, and takes the subagent up again when it is resumed", async () => {
		host = await startHost({
			script: (call) => say(isChild(call) ? "Done." : "noted"),
			files: { ".pi/subagents.json": JSON.stringify({ maxConcurrent: 1 }) },
		});
		const { events, spawn, abort, resume, waitForAll } = theService();
		spawn("Explore", "First.");
		const queued = spawn("Explore", "Second.");
		abort(queued);
		const stopped = events.history({ names: "session:error" });
		await waitForAll();
		const resumed = resume(queued, "Now.");
		const again = events.waitFor({ names: "session:completed", sources: [queued] });
		await resumed;

		expect(stopped.map(({ data }) => data)).toMatchObject([
			{ session_id: queued, status: "error", outcome: "stopped" },
		]);
		expect(await again).toMatchObject({ ok: true });
	});

	it("serves other extensions from the session's start on", async () => {
		host = await startHost({ script: () => say("noted"), extensions: { "early.ts": EARLY } });
		const done = new Promise((resolve) => host.bus.on("client:done", resolve));
		host.bus.emit("client:go", {});

		expect(await done).toEqual({ early: "no-session", ok: true, data: { from: "a client" } });
	});
});
