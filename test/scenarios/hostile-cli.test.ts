import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type PiEvent, runPi, type Workspace } from "../support/cli.ts";
import { craftRecord, RAN } from "../support/crafted-record.ts";
import { hostile, hostileIn } from "../support/hostile.ts";
import { craftSession, isType, open, workspaceWith } from "../support/lasting-session.ts";
import { callSubagents } from "../support/said.ts";
import { toolResults } from "../support/tool-results.ts";

/** A project and a session in which every string that somebody could have written is hostile. */
function hostileWorkspace(): Workspace {
	const workspace = workspaceWith({ maxConcurrent: hostile("4"), [hostile("key")]: 1, resumeInterrupted: "ask" });
	const agents = join(workspace.cwd, ".pi", "agents");
	mkdirSync(agents, { recursive: true });
	writeFileSync(join(agents, "evil.md"), `---\ndescription: ${JSON.stringify(hostile("what"))}\nnokey: 1\n---\nwork`);
	writeFileSync(join(agents, "broken.md"), `---\n${hostile("[")}\n---\nwork`);
	writeFileSync(join(agents, "bad\u202ename.md"), "---\ndescription: x\n---\nwork");
	const texts = { type: hostile("type"), model: hostile("model"), transcriptFile: hostile("/transcript") };
	craftSession(workspace, [
		craftRecord("ran", { ...RAN, ...texts, description: hostile("ran") }),
		craftRecord("waits", { ...texts, status: "queued", result: undefined, completedAt: undefined }),
		craftRecord("failed", { ...texts, status: "error", error: hostile("error"), result: hostile("result") }),
		{ type: "custom", customType: "subagents:record", data: { v: hostile("version") } },
	]);
	return workspace;
}

it.each(["/agents", "/agents list", "/agents diagnostics", "/agents settings", "/agents result latest"])(
	"prints nothing raw in a session whose every string is hostile: %s",
	async (command) => {
		const run = await runPi({
			workspace: hostileWorkspace(),
			mode: "print",
			prompt: command,
			args: ["--continue"],
		});
		expect([run.code, hostileIn(run.stderr), hostileIn(run.stdout)]).toEqual([0, undefined, undefined]);
		expect(run.stderr).toContain("maxConcurrent");
	},
);

it("asks and notifies a client in nothing raw in a session whose every string is hostile", async () => {
	const pi = open(hostileWorkspace());
	await pi.request({ type: "get_state" });
	const requests = () => pi.events.filter(isType("extension_ui_request"));
	const texts = (value: unknown): string[] =>
		typeof value === "string" ? [value] : Object.values(Object(value)).flatMap(texts);
	for (const message of ["/agents diagnostics", "/agents list", "/agents result latest"]) {
		await pi.request({ type: "prompt", message });
	}
	expect(requests().length).toBeGreaterThan(2);
	expect(texts(requests()).flatMap((text) => hostileIn(text) ?? [])).toEqual([]);
	await pi.close();
});

/** Texts with something raw in them, by where they stand. */
function rawTexts(value: unknown, place: string): string[] {
	if (typeof value === "string") return hostileIn(value) === undefined ? [] : [`${place}: ${hostileIn(value)}`];
	return Object.entries(Object(value)).flatMap(([key, inner]) => rawTexts(inner, `${place}.${key}`));
}

type Said = { readonly role?: string };

/**
 * What of an event is ours. The rest is the host's own account: what the person and the model said, with which arguments a tool
 * was called, and (the newer host) the entries of the session's file as they are.
 */
function oursIn(event: PiEvent): unknown {
	const ours = ({ role }: Said) => role === "toolResult" || role === "custom";
	switch (event.type) {
		case "tool_execution_update":
			return event.partialResult;
		case "tool_execution_end":
			return event.result;
		case "message_start":
		case "message_end":
			return ours(event.message as Said) ? event.message : undefined;
		case "turn_end":
			return event.toolResults;
		case "agent_end":
			return (event.messages as Said[]).filter(ours);
		default:
			return undefined;
	}
}

it("puts nothing raw of ours into the events of JSON mode in a session whose every string is hostile", async () => {
	const calls = [
		{ prompt: hostile("echo"), description: hostile("task") },
		{ prompt: `error ${hostile("overloaded").replaceAll(/[\r\n]/g, " ")}`, description: hostile("fails") },
		{ prompt: "x", subagent_type: hostile("type"), description: hostile("refused") },
	];
	const prompt = ["/agents list", callSubagents(calls)];
	const run = await runPi({ workspace: hostileWorkspace(), mode: "json", prompt, args: ["--continue"] });
	expect([run.code, hostileIn(run.stderr)]).toEqual([0, undefined]);
	expect(toolResults(run.events).length).toBe(3);
	expect(run.events.flatMap((event) => rawTexts(oursIn(event), event.type))).toEqual([]);
	// The host itself says what it was told as it is; otherwise the above would show nothing.
	expect(run.events.flatMap((event) => rawTexts(event, event.type))).not.toEqual([]);
});
