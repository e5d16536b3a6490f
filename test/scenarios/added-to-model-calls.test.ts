import { afterEach, expect, it } from "vitest";
import { say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

const OWN = ["subagent", "get_subagent_result", "steer_subagent"];
/** Of all that is added to each model call of a parent, agent types that a person adds left out. */
const MOST_CHARACTERS = 4000;

let host: ScriptedHost | undefined;
afterEach(() => host?.stop());

async function firstCall(options: { tools?: string[] } = {}) {
	host = await startHost({ script: () => say("hello"), ...options });
	await host.prompt("hello");
	const [call] = host.calls;
	const { cwd } = host;
	await host.stop();
	if (!call) throw new Error("no model was asked");
	return { ...call, systemPrompt: call.systemPrompt.replaceAll(cwd, "/project") };
}

/** What the newer host adds to a tool's description while scripts can be written: the fields of what it resolves to. */
const inScripts = (tool: string, fields: string) =>
	`\n\nCodemode: \`tools.${tool}(args)\` resolves to \`{ ${fields} }\`.`;

it("adds at most 4,000 characters of tools and system prompt to a model call, also beside codemode", async () => {
	const withUs = await firstCall();
	const without = await firstCall({ tools: ["read", "bash", "edit", "write"] });

	const tools = OWN.map((name) => withUs.toolJson.get(name) ?? "");
	expect(tools.map((json) => json.length > 0)).toEqual([true, true, true]);
	expect(withUs.toolNames.filter((name) => !without.toolNames.includes(name)).sort()).toEqual([...OWN].sort());
	const prompt = withUs.systemPrompt.length - without.systemPrompt.length;
	const codemode = [
		inScripts("subagent", "id, status, result?, error?, text"),
		inScripts("get_subagent_result", "id, status, result?, error?, text"),
		inScripts("steer_subagent", "id, outcome, text"),
	].join("");
	expect(tools.join("").length + prompt + codemode.length).toBeLessThanOrEqual(MOST_CHARACTERS);
});
