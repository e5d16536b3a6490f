import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fauxAssistantMessage, fauxThinking } from "@mariozechner/pi-ai";
import { afterEach, describe, expect, it } from "vitest";
import { hostile, hostileIn } from "../support/hostile.ts";
import { callTools, isChild, say, subagentCall } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let running: ScriptedHost | undefined;
afterEach(async () => running?.stop());

const WORKSPACE = `export default (pi) => pi.on("session_start", (_event, ctx) => {
	const service = globalThis[Symbol.for("@gotgenes/pi-subagents:service")];
	service?.registerWorkspaceProvider({ prepare: async () => ({
		cwd: ctx.cwd, dispose: () => ({ resultAddendum: ${JSON.stringify(hostile("addendum"))} }) }) });
});`;

/** A record as a hostile hand would put it into the session file. */
const stranger = {
	v: 1,
	attempt: 1,
	owner: { pid: 2 ** 30, hostname: hostile("elsewhere") },
	plan: {
		thinkingLevel: "off",
		contextWindow: 1000,
		graceTurns: 5,
		cwd: hostile("/cwd"),
		report: "notification",
		prompts: { unwritten: [], unheard: [hostile("prompt")] },
	},
	record: {
		id: "0123456789abcdef0123",
		type: hostile("type"),
		description: hostile("stranger"),
		status: "running",
		toolUses: 1,
		turns: 1,
		queuedAt: 1,
		startedAt: 1,
		lifetimeUsage: { input: 1, output: 1, cacheWrite: 0 },
		cacheRead: 0,
		cost: 0,
		compactionCount: 0,
		isBackground: true,
		model: hostile("model"),
		transcriptFile: hostile("/transcript"),
		parentSessionId: "",
		delivery: { state: "pending" },
	},
};

/** What of a page that the host makes of a session is ours and raw: our messages and results, and how we draw our tools. */
function oursInPage(file: string): string[] {
	const page = readFileSync(file, "utf8");
	const [, data = ""] = /<script id="session-data"[^>]*>([^<]*)</.exec(page) ?? [];
	const { entries, renderedTools = {} } = JSON.parse(Buffer.from(data, "base64").toString());
	const ours = (entries as { type: string; message?: { role: string } }[]).filter(
		({ type, message }) => type === "custom_message" || message?.role === "toolResult",
	);
	expect(ours.length).toBeGreaterThan(8);
	const texts = (value: unknown): string[] =>
		typeof value === "string" ? [value] : Object.values(Object(value)).flatMap(texts);
	return [...texts(ours), ...texts(renderedTools)].flatMap((text) => hostileIn(text) ?? []);
}

describe("a session whose every string is hostile", () => {
	it("puts nothing raw into results, notifications, notices, the roster or what a person is asked", async () => {
		const asked: string[] = [];
		const note = (...texts: unknown[]) => void asked.push(...texts.flat().filter((text) => typeof text === "string"));
		const host = await startHost({
			files: {
				".pi/agents/evil.md": `---\ndescription: ${JSON.stringify(hostile("what"))}\n${"\u202e"}nokey: 1\nmodel: "\\e]0;x\\a"\n---\nwork`,
				".pi/agents/bad\u202ename.md": "---\ndescription: x\n---\nwork",
				".pi/subagents.json": JSON.stringify({ maxConcurrent: hostile("4"), [hostile("key")]: 1 }),
			},
			extensions: { "workspace.js": WORKSPACE },
			person: {
				confirm: async (...texts) => void note(...texts) === null,
				select: async (...texts) => void note(...texts),
				input: async (...texts) => void note(...texts),
			},
			sessionDir: "persisted",
			script: (call) => {
				if (isChild(call)) {
					if (call.text.includes("nothing")) return fauxAssistantMessage([fauxThinking(hostile("thought"))]);
					if (call.role !== "toolResult")
						return callTools([{ name: hostile("tool"), args: { a: hostile("arg") } }], hostile("hm"));
					return say(hostile("answer"));
				}
				if (call.role === "toolResult" || call.text.includes("<task-notification>")) return say("seen");
				return callTools([
					subagentCall({ prompt: hostile("work"), description: hostile("task") }),
					subagentCall({ prompt: `nothing ${hostile("work")}`, description: hostile("task") }),
					subagentCall({ prompt: hostile("work"), description: hostile("later"), run_in_background: true }),
					subagentCall({ prompt: "x", subagent_type: hostile("type"), description: hostile("task") }),
					subagentCall({ prompt: "x", model: hostile("model") }),
					{ name: "get_subagent_result", args: { agent_id: hostile("id") } },
					{ name: "steer_subagent", args: { agent_id: hostile("id"), message: hostile("message") } },
					{ name: "steer_subagent", args: { agent_id: 7, message: { a: hostile("message") } } },
				]);
			},
		});
		running = host;
		const results = await host.prompt("begin");
		expect(results).toHaveLength(8);
		await expect.poll(() => host.notifications().length).toBe(1);
		const { session } = host;
		for (const word of [
			"list",
			"diagnostics",
			"settings",
			"types",
			"running",
			`stop ${hostile("id")}`,
			hostile("word"),
		]) {
			await session.prompt(`/agents ${word}`);
		}
		const outputs = {
			results: results.map(({ text }) => text),
			notifications: host.notifications(),
			notices: host.notices,
			asked,
			rosters: host.calls.map(({ roster }) => roster),
		};
		expect(host.notices.length).toBeGreaterThan(4);
		for (const [place, texts] of Object.entries(outputs)) {
			expect([place, texts.map(hostileIn).filter((found) => found !== undefined)]).toEqual([place, []]);
		}
		expect(oursInPage(await session.exportToHtml(join(host.cwd, "page.html")))).toEqual([]);
	});

	it("tells of what the session file holds without printing it raw", async () => {
		const host = await startHost({ script: () => say("ok"), sessionDir: "persisted" });
		running = host;
		const { session } = host;
		await host.prompt("begin");
		const record = { ...stranger.record, parentSessionId: session.sessionManager.getSessionId() };
		session.sessionManager.appendCustomEntry("subagents:record", { ...stranger, record });
		session.sessionManager.appendCustomEntry("subagents:record", {
			...stranger,
			record: { ...record, id: hostile("id") },
		});
		await host.reload();
		await session.prompt("/agents list");
		expect(host.notices.length).toBeGreaterThan(0);
		expect(host.notices.map(hostileIn).filter((found) => found !== undefined)).toEqual([]);
	});
});
