import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { allNotified } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { obedient, orderRun } from "../support/obedient-parent.ts";
import { callTool, fillContext, isChild, SMALL_CONTEXT, say } from "../support/script.ts";
import { type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { runtimeOf } from "../support/session-runtime.ts";
import { portOf, viewed } from "../support/viewed.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

let closing: AbortController;
beforeEach(() => {
	closing = new AbortController();
});
afterEach(() => closing.abort());

async function started(child: Script, options: Partial<Parameters<typeof startHost>[0]> = {}) {
	host = await startHost({ script: obedient(child), sessionDir: "persisted", ...options });
	const task = { prompt: "count the files", subagent_type: "general-purpose", run_in_background: true };
	const result = await orderRun(host, task);
	const runtime = await runtimeOf(host);
	return { id: result?.details.id as string, runtime, port: portOf(host, runtime) };
}

it("follows a subagent running, and shows that it has settled", async () => {
	const { happened, happen } = signalled();
	const { id, port } = await started(async (call) => {
		if (call.role === "user") return callTool("bash", { command: "echo 42 files" }, "I count.");
		await happened;
		return say("There are 42.");
	});
	await until("the tool's result", () => host.calls.filter(isChild).length === 2);
	const { screen, state } = viewed(port, id, closing.signal);

	expect(screen()).toContain("● running general-purpose");
	for (const part of ["count the files", "I count.", "$ echo 42 files", "42 files", "following"])
		expect(screen()).toContain(part);
	expect(screen()).not.toContain("There are 42.");

	happen();
	await until("a new drawing", () => state.draws > 0);
	await until("its answer", () => screen().includes("There are 42."));
	await until("its end", () => screen().includes("✓ completed general-purpose"));
	expect(screen().match(/There are 42\./g)).toHaveLength(1);
});

it("shows a reply while it is being written, and what a tool tells while it runs", async () => {
	const { id, port } = await started(
		(call) =>
			call.role === "user"
				? callTool("bash", { command: "echo first; while [ ! -e proceed ]; do sleep 0.05; done" })
				: say(`words ${"and more words ".repeat(40)}END`),
		{ tokensPerSecond: 100 },
	);
	const { screen } = viewed(port, id, closing.signal);
	await until("the tool's output", () => /echo first;[\s\S]*^\s*first\s*$/m.test(screen()));
	writeFileSync(`${host.cwd}/proceed`, "");
	await until("the beginning of the reply", () => screen().includes("words and more"));
	expect(screen()).not.toContain("END");
	await until("all of it", () => screen().includes("END"));
});

it("steers in place, and the message is there to be read", async () => {
	const { happened, happen } = signalled();
	const { id, port } = await started(async (call) => {
		if (call.texts.length > 1) return say(`heard ${call.text}`);
		await happened;
		return callTool("bash", { command: "true" });
	});
	await until("the child to be asked", () => host.calls.some(isChild));
	const { screen, press } = viewed(port, id, closing.signal);
	press("s", ..."turn left", "\r");
	await until("the outcome", () => screen().includes("It was delivered."));
	happen();
	await until("the answer", () => screen().includes("heard turn left"));
	await until("its end", () => screen().includes("completed"));
	press("s");
	expect(screen()).toContain("It has ended (completed), so it reads no messages.");
});

it("continues when the subagent is resumed, also after its session was let go and read from its file", async () => {
	const { id, port } = await started((call) => say(`answer to ${call.text}`));
	await allNotified(host, 1);
	const { screen, press } = viewed(port, id, closing.signal);
	expect(screen()).toContain("answer to count the files");

	await orderRun(host, { resume: id, prompt: "count again", run_in_background: true });
	await until("the second answer", () => screen().includes("answer to count again"));
	await until("its end", () => screen().includes("✓ completed"));
	expect(screen()).toContain("── message 4 of 4 ──");
	press("g");
	expect(screen()).toContain("count the files");
	expect(screen().match(/answer to count again/g)).toHaveLength(1);
});

it("shows what was compacted away", async () => {
	const { id, port, runtime } = await started(fillContext, SMALL_CONTEXT);
	await allNotified(host, 1);
	const { screen, press } = viewed(port, id, closing.signal);
	press("g");
	expect(runtime.manager.find(id)?.record().compactionCount).toBeGreaterThan(0);
	expect(screen()).toContain("count the files");
	expect(screen()).toContain("[compaction]");
});

it("shows one that has ended from its file, which stays as it is", async () => {
	const { happened, happen } = signalled();
	const { id, runtime, port } = await started(async () => {
		await happened;
		return say("There are 42.");
	});
	const subagent = runtime.manager.find(id);
	const file = subagent?.identity.transcriptFile ?? "";
	await until("its session", () => host.calls.some(isChild));
	const live = subagent && runtime.manager.conversation(subagent);
	happen();
	await allNotified(host, 1);
	const before = readFileSync(file);
	const gone = subagent && runtime.manager.conversation(subagent);

	expect(gone?.read()).toEqual(live?.read());
	expect(gone?.revision).not.toBe(live?.revision);
	const { screen } = viewed(port, id, closing.signal);
	expect(screen()).toContain("There are 42.");
	expect(screen()).toContain("✓ completed");

	writeFileSync(file, `${before.toString().slice(0, -20)}\n{"type":"message","id":"x","parentId":"y","mess`);
	await until("what is wrong with it", () => /Lines \d+, \d+ of its transcript are damaged/.test(screen()));
	expect(screen()).toContain("count the files");
	writeFileSync(file, before);
	expect(readFileSync(file)).toEqual(before);
});

it("closes when the session ends, and leaves no timer", async () => {
	const { id, port } = await started(() => say("done"));
	const { ending, screen, state } = viewed(port, id, closing.signal);
	expect(screen()).toContain("count the files");
	closing.abort();
	expect(await ending).toBe("closed");
	const looks = vi.spyOn(port, "conversation");
	const { draws } = state;
	await new Promise((resolve) => setTimeout(resolve, 1200));
	expect([looks.mock.calls.length, state.draws]).toEqual([0, draws]);
});
