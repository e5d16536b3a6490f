import * as pi from "@mariozechner/pi-coding-agent";
import { afterEach, describe, expect, it } from "vitest";
import { callTool, isChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

const FILES = {
	".pi/agents/explore.md": "---\ntools: all\n---\nThe project's explorer.",
	".pi/agents/theirs.md": "---\ndescription: the project's own\n---\nTheirs.",
	".pi/agents/bad.md": "---\ntools: [Read\n---\n",
};

async function start(options: { untrusted?: boolean } = {}) {
	host = await startHost({
		...options,
		files: FILES,
		personalFiles: { "agents/mine.md": "---\ndescription: the person's own\n---\nMine." },
		script: (call) =>
			!isChild(call) && call.text.startsWith("run ")
				? callTool("subagent", { prompt: "x", description: "d", subagent_type: call.text.slice(4) })
				: say("done"),
	});
}

async function run(type: string) {
	const [result] = await host.prompt(`run ${type}`);
	return { result, systemPrompt: host.calls.findLast(isChild)?.systemPrompt };
}

const listed = () => host.calls.find((call) => !isChild(call))?.toolDescriptions.get("subagent");

describe.runIf("ModelRuntime" in pi)("a project that the person does not trust", () => {
	it("brings no agents: neither listed nor run, and nothing is reported of them", async () => {
		await start({ untrusted: true });
		const { result, systemPrompt } = await run("explore");
		expect(result?.details).toMatchObject({ type: "Explore", status: "completed" });
		expect(systemPrompt).toContain("You are a code explorer.");
		expect((await run("theirs")).result?.text.split("\n")[0]).toContain('unknown agent type "theirs"');
		expect(listed()).not.toContain("theirs");
		expect(host.notices).toEqual([]);
	});

	it("leaves the person's own agents as they are", async () => {
		await start({ untrusted: true });
		expect((await run("mine")).systemPrompt).toContain("Mine.");
		expect(listed()).toContain("\n- mine: the person's own\n");
	});
});

describe("a project that the person trusts, or a host that knows no trust", () => {
	it("brings its agents, and what is wrong with them is reported", async () => {
		await start();
		expect((await run("Explore")).systemPrompt).toContain("The project's explorer.");
		expect(listed()).toContain("\n- theirs: the project's own\n");
		expect(host.notices).toEqual([
			expect.stringContaining("/.pi/agents/bad.md:2:13: error: not valid YAML: Flow sequence"),
		]);
	});
});
