import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, runPi, SCRIPTED_MODEL } from "../support/cli.ts";
import { callSubagent } from "../support/said.ts";
import { toolResults } from "../support/tool-results.ts";

const OURS = ["subagent", "get_subagent_result", "steer_subagent"];

/** Somebody else's extension: writes down each session it finds itself in, with the tools there. */
const PROBE = `
import { appendFileSync } from "node:fs";
export default function (pi) {
	const note = (event) => (_event, ctx) => {
		const { id, parentSession } = ctx.sessionManager.getHeader();
		const line = { event, id, parentSession, tools: pi.getAllTools().map((tool) => tool.name), active: pi.getActiveTools() };
		appendFileSync(process.env.PROBE_FILE, JSON.stringify(line) + "\\n");
	};
	pi.on("session_start", note("session_start"));
	pi.on("agent_start", note("agent_start"));
}
`;

interface Note {
	readonly event: "session_start" | "agent_start";
	readonly id: string;
	readonly parentSession?: string;
	readonly tools: readonly string[];
	readonly active: readonly string[];
}

describe("installed in the agent directory, where subagents find it as well", () => {
	it("is in the parent alone: nothing recurses, and the parent keeps its tool after a subagent has ended", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		mkdirSync(join(workspace.agentDir, "extensions"));
		symlinkSync(CHECKOUT, join(workspace.agentDir, "extensions", "pi-crew"));
		workspace.addAgentFile("extensions/probe.js", PROBE);
		const probeFile = join(workspace.cwd, "probe.jsonl");

		const recursing = callSubagent({ prompt: callSubagent({ prompt: "one too many" }) });
		const run = await runPi({
			workspace,
			mode: "json",
			extensions: [SCRIPTED_MODEL],
			prompt: [recursing, callSubagent({ prompt: "still here" })],
			env: { PROBE_FILE: probeFile },
		});

		const [first, second] = toolResults(run.events);
		expect(first).toMatchObject({
			isError: false,
			text: expect.stringContaining("[toolResult] Tool subagent not found"),
		});
		expect(second).toMatchObject({ isError: false, text: expect.stringContaining("[user] still here") });
		expect(run).toMatchObject({ code: 0, stderr: "" });

		const notes = existsSync(probeFile) ? readNotes(probeFile) : [];
		const children = notes.filter((note) => note.parentSession !== undefined);
		const parents = notes.filter((note) => note.parentSession === undefined);
		expect(children.map((note) => note.event)).toEqual([
			"session_start",
			"agent_start",
			"session_start",
			"agent_start",
		]);
		expect(new Set(children.map((note) => note.id)).size).toBe(2);
		for (const note of children) expect([...note.tools, ...note.active].filter(isOurs)).toEqual([]);
		expect(parents.map((note) => note.event)).toEqual(["session_start", "agent_start", "agent_start"]);
		for (const note of parents) {
			expect(note.tools).toContain("subagent");
			expect(note.active).toContain("subagent");
		}
	});
});

function readNotes(path: string): Note[] {
	return readFileSync(path, "utf8")
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as Note);
}

function isOurs(tool: string): boolean {
	return OURS.includes(tool);
}
