import { describe, expect, it } from "vitest";
import { type AgentDefinition, BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import type { LoadedResources } from "../../src/planning/parent-snapshot.ts";
import { mayHaveTool, selectTools } from "../../src/planning/tool-selection.ts";
import { sampleAgent } from "../agents/sample-agent.ts";
import { loadedResources } from "./parent-fake.ts";

const OURS = ["subagent", "get_subagent_result", "steer_subagent"];

/** @param toolNames what the parent has beside ours */
function choose(agent: Partial<AgentDefinition>, toolNames: readonly string[] = [...BUILTIN_TOOLS, "lookup", "notes"]) {
	const loaded = loadedResources({ toolNames: [...toolNames, ...OURS] });
	const { tools, extensionTools, withheldTools, unknownTools, remarks } = selectTools(sampleAgent(agent), {
		loaded,
		permissionFolders: [],
	});
	return { tools, extensionTools, withheldTools, unknownTools, remarks };
}

const choice = (
	tools: readonly string[],
	extensionTools: readonly string[] | undefined,
	{ unknownTools = [], remarks = [] }: { unknownTools?: readonly string[]; remarks?: readonly string[] } = {},
) => ({ tools, extensionTools, withheldTools: [], unknownTools, remarks });
const unknown = (...unknownTools: string[]) => ({ unknownTools });

describe("an agent that is left without any tool", () => {
	const nothing = "Helper has no tools: none of those that its `tools` names is there";
	const nothingYet = nothing.replace("no tools", "no tools yet");

	it.each<[string, Partial<AgentDefinition>, readonly string[]]>([
		["names only tools that are not there", { tools: [], extensionTools: ["WebFetch"] }, [nothing]],
		["names tools that may still come", { tools: [], extensionTools: ["raed", "mcp__x__*"] }, [nothingYet]],
		["is isolated and names an extension's", { tools: [], extensionTools: ["lookup"], isolated: true }, [nothing]],
		["asks for none", { tools: [], extensionTools: [] }, []],
		["names one that is there", { tools: [], extensionTools: ["lookup", "WebFetch"] }, []],
		["keeps those of the extensions", { tools: [] }, []],
	])("says so where it %s", (_what, agent, remarks) => {
		expect(choose(agent).remarks).toEqual(remarks);
	});
});

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
			"are just those it names, and each that nobody knows is reported",
			{ extensionTools: ["raed", "lookup", "LOOKUP"] },
			choice(BUILTIN_TOOLS, ["raed", "lookup", "LOOKUP"], unknown("raed", "LOOKUP")),
		],
		[
			"are none of the extensions' others where it names only unknown ones",
			{ extensionTools: ["raed"] },
			choice(BUILTIN_TOOLS, ["raed"], unknown("raed")),
		],
		["are none of the extensions' where it is to have none", { extensionTools: [] }, choice(BUILTIN_TOOLS, [])],
		[
			"never are ours, which is reported",
			{ extensionTools: ["lookup", "subagent"] },
			choice(BUILTIN_TOOLS, ["lookup"], { remarks: ['Helper names the tool "subagent", which no subagent has'] }),
		],
	];

	it.each(cases)("%s", (_what, agent, expected) => {
		expect(choose(agent)).toEqual(expected);
	});

	it.each(["Task", "WebFetch", "TodoWrite", "NotebookEdit", "KillBash", "task"])(
		"may name a tool of Claude Code's, which is reported with the file alone: %s",
		(name) => {
			expect(choose({ extensionTools: ["lookup", name] })).toEqual(choice(BUILTIN_TOOLS, ["lookup", name]));
		},
	);

	it("may name an MCP tool that nobody has registered yet", () => {
		const name = "mcp__github__create_issue";
		expect(choose({ extensionTools: [name] })).toEqual(choice(BUILTIN_TOOLS, [name], unknown(name)));
	});

	it.each(["Task", "WebSearch", "mcp__github__create_issue"])(
		"are an extension's also where Claude Code has one of that name: %s",
		(name) => {
			const has = [...BUILTIN_TOOLS, "lookup", name];
			expect(choose({ extensionTools: [name] }, has)).toEqual(choice(BUILTIN_TOOLS, [name]));
		},
	);

	it.each(["constructor", "__proto__", "toString"])("are found by their own names only: %s", (name) => {
		expect(choose({ extensionTools: [name] }).unknownTools).toEqual([name]);
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
		expect(choose(agent, ["read", "lookup"])).toEqual(choice(["read"], ["lookup"], unknown("notes")));
	});

	it("are none where the parent has none", () => {
		expect(choose({}, [])).toEqual(choice([], OURS));
	});
});

describe("an isolated agent", () => {
	it("is reported to run without the permission extension, where there is one", () => {
		const loaded = loadedResources({ toolNames: [...BUILTIN_TOOLS] });
		const remarks = (permissionFolders: readonly string[]) =>
			selectTools(sampleAgent({ isolated: true }), { loaded, permissionFolders }).remarks;
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
	const loaded = loadedResources({ toolNames: [...BUILTIN_TOOLS, "lookup", "notes"] });
	const file = "/project/.pi/agents/Helper.md";
	const withFolders = (agent: Partial<AgentDefinition>, ...permissionFolders: string[]) => {
		const { tools, extensionTools } = selectTools(sampleAgent({ permission, file, ...agent }), {
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
	])("is taken away where %s", (_what, agent, folders) => {
		expect(withFolders(agent, ...folders)).toEqual([["bash", "edit"], ["lookup"]]);
	});

	it("is taken away from an agent that loads no extensions, which has no tool of theirs either", () => {
		expect(withFolders({ isolated: true }, "/project/.pi/agents")).toEqual([["bash", "edit"], []]);
	});
});

describe("what an agent file takes away", () => {
	it("is reported, as far as it would have had it", () => {
		expect(choose({ tools: ["read", "edit"], deniedTools: ["EDIT", "write", "Look*"] })).toEqual({
			tools: ["read"],
			extensionTools: undefined,
			withheldTools: ["EDIT", "write", "Look*"],
			unknownTools: [],
			remarks: ["the agent file of Helper takes away: edit, lookup"],
		});
	});
});

describe("what was taken away from the parent", () => {
	const ALL = [...BUILTIN_TOOLS, "lookup", "notes", ...OURS];
	const chosen = (callableTools: readonly string[], changes: Partial<LoadedResources> = {}) =>
		selectTools(sampleAgent(), {
			loaded: loadedResources({ toolNames: ALL, callableTools, ...changes }),
			permissionFolders: [],
		});

	it("is away in the child, but for tools that are inactive by default", () => {
		const { tools, withheldTools } = chosen(["read", "edit", "lookup", ...OURS]);
		expect([tools, withheldTools]).toEqual([["read", "edit", "grep", "find", "ls"], ["notes"]]);
	});

	it.each(["read", "bash"])("does not include looking at files where %s is left", (left) => {
		expect(chosen([left]).tools).toEqual([left, "grep", "find", "ls"]);
	});

	it("includes looking at files where neither read nor bash is left", () => {
		expect(chosen(["edit", "ls"]).tools).toEqual(["edit", "ls"]);
	});

	it("is, of what is inactive by default, what was taken away by name and is not active all the same", () => {
		expect(chosen(["read", "find"], { removedTools: ["grep", "find"] }).tools).toEqual(["read", "find", "ls"]);
	});

	it("is not decided here for tools of the host's own extensions, which the parent is asked for at each call", () => {
		expect(chosen([...ALL].slice(0, 7), { hostTools: ["lookup", "notes"] }).withheldTools).toEqual([]);
	});
});

describe("the tools of MCP servers", () => {
	const loaded = loadedResources({
		toolNames: [...BUILTIN_TOOLS, "lookup", "mcp__tiny__echo"],
		hostTools: ["mcp__tiny__echo"],
		hasMcp: true,
	});
	const chosen = (agent: Partial<AgentDefinition>) =>
		selectTools(sampleAgent(agent), { loaded, permissionFolders: [] });

	it("are all there unless the agent's file names extension tools", () => {
		expect(chosen({}).hostTools).toBeUndefined();
		expect(chosen({ extensionTools: ["lookup"] }).hostTools).toEqual(["lookup"]);
	});

	it("are chosen by patterns, also where none of that server is there yet", () => {
		const { hostTools, extensionTools, remarks } = chosen({ extensionTools: ["mcp__slow__*"] });
		expect([hostTools, extensionTools, remarks]).toEqual([["mcp__slow__*"], ["mcp__slow__*"], []]);
	});

	it("are none for an isolated agent, whatever else its file names", () => {
		const { tools, hostTools, extensionTools } = chosen({ isolated: true, extensionTools: ["mcp__tiny__echo"] });
		expect([tools, hostTools, extensionTools]).toEqual([BUILTIN_TOOLS, [], []]);
	});

	const may = (name: string, agent: Partial<AgentDefinition>) => mayHaveTool(chosen(agent), name, "parent");

	it("are had when they are named and not denied", () => {
		expect(may("mcp__tiny__echo", {})).toBe(true);
		expect(may("mcp__tiny__echo", { extensionTools: ["mcp__tiny__*"] })).toBe(true);
		expect(may("mcp__tiny__echo", { extensionTools: ["mcp__slow__*"] })).toBe(false);
		expect(may("mcp__tiny__echo", { deniedTools: ["mcp__tiny__*"] })).toBe(false);
		expect(may("mcp__tiny__echo", { extensionTools: ["mcp__tiny__echo"], deniedTools: ["MCP__tiny"] })).toBe(false);
		expect(may("subagent", {})).toBe(false);
	});
});

describe("what an agent is denied", () => {
	it("is taken from the built-in tools too", () => {
		const loaded = loadedResources({ toolNames: [...BUILTIN_TOOLS, ...OURS] });
		const choice = selectTools(sampleAgent({ deniedTools: ["write", "Edit", "b*"] }), {
			loaded,
			permissionFolders: [],
		});
		expect(choice.tools).toEqual(["read", "grep", "find", "ls"]);
	});
});
