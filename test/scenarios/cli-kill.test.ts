import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, type PiEvent, SCRIPTED_MODEL, type Workspace } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import { type RpcClient, startRpc } from "../support/rpc-client.ts";
import { type SessionFile, sessionFiles } from "../support/session-file.ts";
import { toolResult } from "../support/tool-results.ts";

const isType = (type: string) => (event: PiEvent) => event.type === type;

function workspaceWith(settings: object): Workspace {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	mkdirSync(join(workspace.cwd, ".pi"), { recursive: true });
	writeFileSync(join(workspace.cwd, ".pi", "subagents.json"), JSON.stringify(settings));
	return workspace;
}

const start = (workspace: Workspace, ...args: string[]): RpcClient => {
	const pi = startRpc({ workspace, args });
	onTestFinished(() => pi.kill());
	return pi;
};

const background = (description: string, prompt: string) => ({
	name: "subagent",
	arguments: { prompt, description, subagent_type: "general-purpose", run_in_background: true },
});

function session({ sessionDir }: Workspace): SessionFile {
	const [file, ...others] = sessionFiles(sessionDir);
	if (!file || others.length > 0) throw new Error(`expected one session, found ${others.length + (file ? 1 : 0)}`);
	return file;
}

const statuses = (file: SessionFile) =>
	Object.fromEntries([...file.records].map(([description, { record }]) => [description, record.status]));

async function call(pi: RpcClient, name: string, args: object) {
	const after = pi.events.length;
	const message = `call ${name} ${JSON.stringify(args)}`;
	await pi.request({ type: "prompt", message });
	const result = toolResult(await pi.waitFor(`the end of ${name}`, isType("tool_execution_end"), { after }));
	await pi.answered(message, { after });
	return result;
}

it("a killed pi loses nothing: what ran is interrupted, what was queued is suspended, what had ended is delivered once", async () => {
	const workspace = workspaceWith({ maxConcurrent: 3 });
	const first = start(workspace);
	const calls = [
		background("quick", "the quick answer"),
		...["one", "two", "three"].map((name) =>
			background(
				name,
				`calls [{"name":"bash","arguments":{"command":"echo ${name}"}},{"name":"bash","arguments":{"command":"sleep 300.${process.pid}"}}]`,
			),
		),
		background("four", "answer four"),
		background("five", "answer five"),
		{ name: "bash", arguments: { command: `sleep 301.${process.pid}` } },
	];
	await first.request({ type: "prompt", message: `calls ${JSON.stringify(calls)}` });
	const before = {
		quick: "completed",
		one: "running",
		two: "running",
		three: "running",
		four: "queued",
		five: "queued",
	};
	await until("three to run and one to have ended", () => {
		try {
			return JSON.stringify(statuses(session(workspace))) === JSON.stringify(before);
		} catch {
			return false;
		}
	});
	await first.kill();

	const second = start(workspace, "--continue");
	await until("the restart to be delivered", () => session(workspace).notifications.length > 0);
	const recovered = session(workspace);
	expect(statuses(recovered)).toEqual({ ...before, one: "interrupted", two: "interrupted", three: "interrupted" });
	expect(recovered.notifications).toHaveLength(1);
	expect(recovered.notifications[0]).toContain("<result>[user] the quick answer</result>");
	expect(second.events.filter(isType("agent_start"))).toEqual([]);

	const id = (description: string) => recovered.records.get(description)?.record.id;
	const resumed = await call(second, "subagent", {
		resume: id("one"),
		prompt: "say and now",
		description: "d",
		subagent_type: "x",
	});
	expect(resumed).toMatchObject({ isError: false, details: { status: "completed" } });
	const held = await call(second, "subagent", {
		resume: id("four"),
		prompt: "and add this",
		description: "d",
		subagent_type: "x",
	});
	expect(held.text).toContain("answer four");
	expect(session(workspace).notifications).toHaveLength(1);
	expect(second.stderr()).toBe("");
});

/** Another extension, which has a subagent work before the parent's model has said anything. */
const EARLY = `
let once = false;
export default (pi) => pi.on("agent_start", () => {
	const service = globalThis[Symbol.for("@gotgenes/pi-subagents:service")];
	if (once || !service) return;
	once = true;
	service.spawn("general-purpose", "sleep 600000 x", { description: "early", notifyParent: true });
});
`;

// The older host stores a session with its first reply only.
it.runIf(hostCli.version === "next")("finds what ran when pi was killed before its first reply", async () => {
	const workspace = workspaceWith({});
	workspace.addAgentFile("early.js", EARLY);
	const extensions = [CHECKOUT, SCRIPTED_MODEL, join(workspace.agentDir, "early.js")];
	const first = startRpc({ workspace, extensions });
	onTestFinished(() => first.kill());
	await first.request({ type: "prompt", message: "sleep 600000 y" });
	await until("the run to be stored", () => {
		const [file] = existsSync(workspace.sessionDir) ? sessionFiles(workspace.sessionDir) : [];
		return file?.records.get("early")?.record.status === "running";
	});
	await first.kill();

	const second = start(workspace, "--continue");
	await until("the restart to be delivered", () => session(workspace).notifications.length > 0);
	expect(statuses(session(workspace))).toEqual({ early: "interrupted" });
	const id = session(workspace).records.get("early")?.record.id;
	const resumed = await call(second, "subagent", {
		resume: id,
		prompt: "long 3",
		description: "d",
		subagent_type: "x",
	});
	expect(resumed).toMatchObject({ isError: false, details: { status: "completed", result: "www" } });
});
