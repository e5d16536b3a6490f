import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, runPi, SCRIPTED_MODEL } from "../support/cli.ts";

/** A client that spawns a long task at the start of its session and writes down what it hears of it. */
const CLIENT = `
import { appendFileSync } from "node:fs";
import { join } from "node:path";
export default (pi) => {
	const log = (line) => appendFileSync(join(process.env.PI_CODING_AGENT_DIR, "client.log"), JSON.stringify(line) + "\\n");
	const service = () => globalThis[Symbol.for("@gotgenes/pi-subagents:service")];
	if (service() === undefined) log("nobody there");
	let id;
	pi.on("before_agent_start", () => {
		id ??= service().spawn("general-purpose", "sleep 60000 never");
		log(["spawned", service().getRecord(id).status, service().getRecord(id).isBackground]);
	});
	pi.on("session_shutdown", () => log(["ending", service() === undefined]));
	pi.events.on("subagents:failed", (payload) => log(["failed", payload.id === id, payload.status, payload.error]));
};`;

it("keeps a run of the service in the background in print mode, and stops it when the session ends", async () => {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	workspace.addAgentFile("extensions/client.js", CLIENT);

	const { code, stdout, stderr } = await runPi({
		workspace,
		mode: "print",
		extensions: [CHECKOUT, SCRIPTED_MODEL],
		prompt: "hello",
	});

	expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "[user] hello", stderr: "" });
	const file = join(workspace.agentDir, "client.log");
	const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
	expect(lines.map((line) => JSON.parse(line))).toEqual([
		["spawned", "running", true],
		["failed", true, "stopped", "Stopped because the session it belonged to ended."],
		["ending", true],
	]);
});
