import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runPi, type Workspace } from "../support/cli.ts";
import { craftRecord, RAN } from "../support/crafted-record.ts";
import { hostile, hostileIn } from "../support/hostile.ts";
import { craftSession, isType, open, workspaceWith } from "../support/lasting-session.ts";

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
