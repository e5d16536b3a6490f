import { afterEach, expect, it } from "vitest";
import { say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";

const OWN = ["subagent", "get_subagent_result", "steer_subagent"];
/** Of all that is added to each model call of a parent, agent types that a person adds left out. */
const MOST_CHARACTERS = 4000;

let host: ScriptedHost | undefined;
afterEach(() => host?.stop());

async function firstCall(options: Partial<HostOptions> = {}) {
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

it.each([20, 200])("adds at most 4,000 characters more with %i types, and lists every name", async (count) => {
	const names = Array.from({ length: count }, (_, index) => `specialist-${index}`);
	const text = `---\ndescription: ${"Knows all about it. ".repeat(40)}\n---\nDo it.`;
	const built = await firstCall();
	const more = await firstCall({ files: Object.fromEntries(names.map((name) => [`.pi/agents/${name}.md`, text])) });
	const description = more.toolDescriptions.get("subagent") ?? "";
	expect(names.filter((name) => !description.includes(name))).toEqual([]);
	const lengths = [more, built].map(
		({ toolJson, systemPrompt }) => `${toolJson.get("subagent")}${systemPrompt}`.length,
	);
	expect((lengths[0] ?? 0) - (lengths[1] ?? 0)).toBeLessThanOrEqual(MOST_CHARACTERS);
});
