import { describe, expect, it } from "vitest";
import { type AgentDefinition, BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import { chooseTools } from "../../src/session/tool-choice.ts";
import { sampleAgent } from "../config/sample-agent.ts";

const OURS = ["subagent", "get_subagent_result", "steer_subagent"];

/** @param toolNames what the parent has beside ours */
function choose(agent: Partial<AgentDefinition>, toolNames: readonly string[] = [...BUILTIN_TOOLS, "lookup", "notes"]) {
	const loaded = { toolNames: [...toolNames, ...OURS], extensionFiles: [], skillFiles: [] };
	return chooseTools(sampleAgent(agent), { loaded, permissionFolders: [] });
}

const choice = (
	tools: readonly string[],
	extensionTools: readonly string[] | undefined,
	remarks: readonly string[] = [],
) => ({ tools, extensionTools, deniedTools: [], remarks });
const unknown = (tool: string) => `Helper names an unknown tool "${tool}"; it was left out`;

describe("the tools of a child", () => {
	const cases: [string, Partial<AgentDefinition>, ReturnType<typeof choice>][] = [
		["are all when the agent leaves it open", {}, choice(BUILTIN_TOOLS, undefined)],
		["are the built-in ones it chooses, and all of the extensions", { tools: ["ls"] }, choice(["ls"], undefined)],
		["are those of the extensions when it chooses none", { tools: [] }, choice([], undefined)],
		[
			"are just the extension tools it names",
			{ tools: ["read"], extensionTools: ["notes"] },
			choice(["read"], ["notes"]),
		],
		[
			"are just those it names, and each that nobody knows is told",
			{ extensionTools: ["raed", "lookup", "LOOKUP"] },
			choice(BUILTIN_TOOLS, ["raed", "lookup", "LOOKUP"], [unknown("raed"), unknown("LOOKUP")]),
		],
		[
			"are none of the extensions' others where it names only unknown ones",
			{ extensionTools: ["raed"] },
			choice(BUILTIN_TOOLS, ["raed"], [unknown("raed")]),
		],
		["are none of the extensions' where it is to have none", { extensionTools: [] }, choice(BUILTIN_TOOLS, [])],
		[
			"never are ours, which is told",
			{ extensionTools: ["lookup", "subagent"] },
			choice(BUILTIN_TOOLS, ["lookup"], ['Helper names the tool "subagent", which no subagent has']),
		],
	];

	it.each(cases)("%s", (_what, agent, expected) => {
		expect(choose(agent)).toEqual(expected);
	});

	it.each(["Task", "WebFetch", "TodoWrite", "NotebookEdit", "KillBash", "mcp__github__create_issue", "task"])(
		"may name a tool of Claude Code's, of which is told with the file alone: %s",
		(name) => {
			expect(choose({ extensionTools: ["lookup", name] })).toEqual(choice(BUILTIN_TOOLS, ["lookup", name]));
		},
	);

	it.each(["Task", "WebSearch", "mcp__github__create_issue"])(
		"are an extension's also where Claude Code has one of that name: %s",
		(name) => {
			const has = [...BUILTIN_TOOLS, "lookup", name];
			expect(choose({ extensionTools: [name] }, has)).toEqual(choice(BUILTIN_TOOLS, [name]));
		},
	);

	it.each(["constructor", "__proto__", "toString"])("are found by their own names only: %s", (name) => {
		expect(choose({ extensionTools: [name] }).remarks).toEqual([unknown(name)]);
	});
});

describe("the tools of a child whose parent was given a list of tools", () => {
	it("are none that the parent lacks", () => {
		expect(choose({}, ["read", "grep", "lookup"])).toEqual(
			choice(["read", "grep"], ["read", "grep", "lookup", ...OURS]),
		);
	});

	it("are what the agent chooses of those", () => {
		const agent = { tools: ["read", "bash"], extensionTools: ["lookup", "notes"] } as const;
		expect(choose(agent, ["read", "lookup"])).toEqual(choice(["read"], ["lookup"], [unknown("notes")]));
	});

	it("are none where the parent has none", () => {
		expect(choose({}, [])).toEqual(choice([], OURS));
	});
});

describe("an isolated agent", () => {
	it("is told to run without the permission extension, where there is one", () => {
		const loaded = { toolNames: [...BUILTIN_TOOLS], extensionFiles: [], skillFiles: [] };
		const remarks = (permissionFolders: readonly string[]) =>
			chooseTools(sampleAgent({ isolated: true }), { loaded, permissionFolders }).remarks;
		expect([remarks([]), remarks(["/project/.pi/agents"])]).toEqual([
			[],
			["Helper is isolated: it ran without your permission extension"],
		]);
	});
});

describe("what a key permission denies", () => {
	const permission = {
		line: 3,
		isReadByExtensions: true,
		deniedTools: ["bash", "edit"],
		extensionTools: ["lookup"],
		firmlyDenied: ["edit"],
	};
	const loaded = { toolNames: [...BUILTIN_TOOLS, "lookup", "notes"], extensionFiles: [], skillFiles: [] };
	const file = "/project/.pi/agents/Helper.md";
	const withFolders = (agent: Partial<AgentDefinition>, ...permissionFolders: string[]) => {
		const { tools, extensionTools } = chooseTools(sampleAgent({ permission, file, ...agent }), {
			loaded,
			permissionFolders,
		});
		return [BUILTIN_TOOLS.filter((tool) => !tools.includes(tool)), extensionTools];
	};

	it("is left to a permission extension that reads the file, but for what is denied in one word", () => {
		expect(withFolders({}, "/project/.pi/agents")).toEqual([["edit"], undefined]);
	});

	it.each<[string, Partial<AgentDefinition>, string[]]>([
		["there is none", {}, []],
		["the file lies where it does not look", {}, ["/home/agents"]],
		[
			"it does not understand the key",
			{ permission: { ...permission, isReadByExtensions: false } },
			["/project/.pi/agents"],
		],
		["the agent loads no extensions", { isolated: true }, ["/project/.pi/agents"]],
	])("is taken away where %s", (_what, agent, folders) => {
		expect(withFolders(agent, ...folders)).toEqual([["bash", "edit"], ["lookup"]]);
	});
});

describe("what an agent file takes away", () => {
	it("is told, as far as it would have had it", () => {
		expect(choose({ tools: ["read", "edit"], deniedTools: ["EDIT", "write", "Look*"] })).toEqual({
			tools: ["read"],
			extensionTools: undefined,
			deniedTools: ["EDIT", "write", "Look*"],
			remarks: ["the agent file of Helper takes away: edit, lookup"],
		});
	});
});
