import { mkdirSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { collectFacts } from "../support/background.ts";
import { fail, fillContext, isChild, isSummaryRequest, parentAndChild, SMALL_CONTEXT, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

it("waits through retries, says so meanwhile, and brings the answer that came in the end", async () => {
	let asked = 0;
	host = await startHost({
		settings: { retry: { enabled: true, maxRetries: 2, baseDelayMs: 300 } },
		script: parentAndChild({ prompt: "x" }, () => (++asked < 3 ? fail("529 overloaded") : say("third time lucky"))),
	});

	const activities = new Set<string>();
	host.session.subscribe((event) => {
		if (event.type === "tool_execution_update") activities.add(event.partialResult.details.activity);
	});
	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "completed", result: "third time lucky", turns: 1 });
	const waited = [...activities].filter((activity) => activity.startsWith("retrying"));
	expect(waited).toEqual([
		expect.stringMatching(/^retrying 1\/2 at \d\d:\d\d: 529 overloaded$/),
		expect.stringMatching(/^retrying 2\/2 at \d\d:\d\d: 529 overloaded$/),
	]);
});

it("gives the provider's own message when retries do not help", async () => {
	host = await startHost({
		script: parentAndChild({ prompt: "x" }, () => fail("503 service unavailable, come back later")),
	});

	const [result] = await host.prompt("go");

	expect(result).toMatchObject({
		isError: true,
		details: { status: "error", error: "503 service unavailable, come back later" },
	});
});

it("does not hang when the provider's stream function throws", async () => {
	host = await startHost({
		script: parentAndChild({ prompt: "x" }, () => say("never")),
		wrapStream: (stream) => (model, context, options) => {
			const system = JSON.stringify([context.systemPrompt, context.messages]);
			if (system.includes("<active_agent name=") && !system.includes('\\"toolCall\\"'))
				throw new Error("fetch failed: socket hang up");
			return stream(model, context, options);
		},
	});

	const [result] = await host.prompt("go");

	expect(result).toMatchObject({ isError: true, details: { status: "error" } });
	expect(result?.details.error).toContain("socket hang up");
});

it("continues after a context overflow was compacted, and brings the answer that followed", async () => {
	let asked = 0;
	host = await startHost({
		models: [{ id: "faux-1", contextWindow: 200_000 }],
		settings: { compaction: { enabled: true, reserveTokens: 1000, keepRecentTokens: 10 } },
		script: (call) => {
			if (call.texts.some((text) => isSummaryRequest(text))) return say("a summary of what was");
			if (!isChild(call)) {
				return parentAndChild({ prompt: `count ${"words ".repeat(200)}`, subagent_type: "Plan" }, () => say(""))(call);
			}
			asked++;
			if (asked === 1) return fail("prompt is too long: 213462 tokens > 200000 maximum");
			return say("counted after all");
		},
	});

	const [result] = await host.prompt("go");

	expect(result?.details).toMatchObject({ status: "completed", result: "counted after all", compactionCount: 1 });
});

it("waits for a compaction and counts it", async () => {
	host = await startHost({
		...SMALL_CONTEXT,
		script: (call) => {
			if (call.texts.some((text) => isSummaryRequest(text))) return say("a summary");
			return parentAndChild({ prompt: "fill up" }, fillContext)(call);
		},
	});
	const facts = collectFacts(host);

	const [result] = await host.prompt("go");

	const told = facts.filter(({ channel }) => channel === "compacted");
	expect(told[0]?.payload).toMatchObject({
		id: result?.details.id,
		type: "general-purpose",
		description: "a test task",
		reason: "threshold",
		compactionCount: 1,
	});
	// How often it takes differs: the newer host compacts before the answer, too.
	expect(result?.details).toMatchObject({ status: "completed", result: "short answer", compactionCount: told.length });
});

it("reports a session that cannot be created as an error with the reason", async () => {
	host = await startHost({
		script: parentAndChild({ prompt: "x" }, () => say("never")),
	});
	host.bus.on("subagents:child:spawning", () => {
		const [{ transcriptFile = "" } = {}] = theService().listAgents();
		mkdirSync(transcriptFile, { recursive: true }); // a folder where its file is to be
	});

	const [result] = await host.prompt("go");

	expect(result).toMatchObject({ isError: true, details: { status: "error" } });
	expect(result?.details.error).toMatch(/^Its session could not be created: .*it is a folder; expected a regular file/);
});
