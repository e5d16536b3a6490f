import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace, runPi } from "../support/cli.ts";
import { signalled, until } from "../support/condition.ts";
import { callTool, callTools, isChild, say } from "../support/script.ts";
import {
	type HostOptions,
	type ModelCall,
	type Script,
	type ScriptedHost,
	startHost,
} from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";
import { wildAgents } from "../support/wild-agents.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

const agent = (keys: string, body = "You follow instructions.") => `---\n${keys}\n---\n${body}`;

/** Names as in the project's `.pi/agents`. */
function inProject(agents: Record<string, string>): Record<string, string> {
	return Object.fromEntries(Object.entries(agents).map(([name, text]) => [`.pi/agents/${name}`, text]));
}

/** The parent hands on what its prompt says; the children answer at once unless told otherwise. */
async function start(
	agents: Record<string, string>,
	options: Partial<HostOptions> = {},
	child: Script = () => say("done"),
) {
	const script: Script = (call) => {
		if (isChild(call)) return child(call);
		return call.role === "user" && call.text.startsWith("{")
			? callTool("subagent", JSON.parse(call.text))
			: say("noted");
	};
	host = await startHost({ script, ...options, files: { ...inProject(agents), ...options.files } });
}

async function run(subagent_type: string, args: object = {}) {
	const [result] = await host.prompt(JSON.stringify({ prompt: "the task", description: "d", subagent_type, ...args }));
	return result;
}

const lastChild = () => host.calls.filter(isChild).at(-1) as ModelCall;
const fileOf = (name: string) => join(host.cwd, ".pi/agents", name);
function write(name: string, text: string): void {
	mkdirSync(dirname(fileOf(name)), { recursive: true });
	writeFileSync(fileOf(name), text);
}

describe("the tools an agent file names", () => {
	const tools = (names: string[]) =>
		`export default (pi) => { for (const name of ${JSON.stringify(names)}) pi.registerTool({ name, label: name, description: name,
		 parameters: { type: "object", properties: {} }, execute: async () => ({ content: [], details: {} }) }); };`;
	const extensions = { "tools.ts": tools(["lookup", "notes"]) };

	it.each([
		["none", "none", ["lookup", "notes"]],
		["a YAML list in Claude Code's names", "[Read, Grep]", ["grep", "lookup", "notes", "read"]],
		["a comma list", "ls, find", ["find", "lookup", "ls", "notes"]],
		["an extension tool too", "Read, lookup", ["lookup", "read"]],
		["an extension tool alone", "[notes]", ["notes"]],
	])("are what the child gets of the built-in ones: %s", async (_what, list, expected) => {
		await start({ "worker.md": agent(`tools: ${list}`) }, { extensions });
		expect((await run("worker"))?.text).not.toContain("Note:");
		expect([...lastChild().toolNames].sort()).toEqual(expected);
	});

	it("are all, with those of the extensions, when it names none", async () => {
		await start({ "worker.md": "You work." }, { extensions });
		await run("worker");
		expect([...lastChild().toolNames].sort()).toEqual(
			["bash", "edit", "find", "grep", "lookup", "ls", "notes", "read", "write"].sort(),
		);
	});

	it("are named with the result when nobody has them, and what was not named stays away", async () => {
		await start({ "worker.md": agent("tools: Read, raed, Task") }, { extensions });
		const result = await run("worker");
		expect(result?.text).toContain("[worker ran without tools that its agent file names: raed (no extension");
		expect([...lastChild().toolNames].sort()).toEqual(["read"]);
		expect(host.notices.join("\n")).toContain(
			`${fileOf("worker.md")}:2: warning: unknown tool "Task"; known are read,`,
		);
	});

	it("are reported at the start when neither host nor extension knows them, with file and line", async () => {
		const list = "description: works\ntools:\n  - Read\n  - lokup\n  - notes";
		await start({ "worker.md": agent(list), "good.md": agent("tools: read, lookup") }, { extensions });
		expect(host.notices).toEqual([
			`${fileOf("worker.md")}:3: warning: unknown tool "lokup"; known are read, bash, edit, write, grep, find, ls and the tools of your extensions`,
		]);
	});

	it("are an extension's also where Claude Code has one of that name", async () => {
		const named = { "tools.ts": tools(["mcp__github__search", "WebSearch", "notes"]) };
		await start({ "worker.md": agent("tools: Read, mcp__github__search, WebSearch, Task") }, { extensions: named });
		expect((await run("worker"))?.text).not.toContain("Note:");
		expect([...lastChild().toolNames].sort()).toEqual(["WebSearch", "mcp__github__search", "read"]);
		expect(host.notices).toEqual([expect.stringContaining('worker.md:2: warning: unknown tool "Task"')]);
	});

	it.each([
		["switches", "{write: false, Edit: no, bash: off}", ["find", "grep", "lookup", "ls", "notes", "read"]],
		["a switch for all", '{"*": false, read: true}', ["read"]],
		["lines", "|\n  Glob\n  Grep", ["find", "grep", "lookup", "notes"]],
		["nothing at all", "", ["lookup", "notes"]],
	])("may be written as other programs have it: %s", async (_what, list, expected) => {
		await start({ "worker.md": agent(`tools: ${list}`) }, { extensions });
		await run("worker");
		expect([...lastChild().toolNames].sort()).toEqual(expected);
	});

	it("are the extension's own where an extension replaces a built-in one", async () => {
		await start(
			{ "worker.md": agent("tools: Read, lookup") },
			{ extensions: { "tools.ts": tools(["lookup", "read"]) } },
		);
		await run("worker");
		expect([...lastChild().toolNames].sort()).toEqual(["lookup", "read"]);
	});
});

describe("a file that changes while the session lasts", () => {
	it("is read again by the next call, and gives way to the built-in agent when it goes", async () => {
		await start({});
		await run("Explore");
		expect(lastChild().systemPrompt).toContain("You are a code explorer.");
		write("explore.md", agent("tools: ls", "You are the first."));
		expect((await run("Explore"))?.details).toMatchObject({ type: "explore" });
		expect([lastChild().systemPrompt, lastChild().toolNames]).toEqual([
			expect.stringContaining("<agent_instructions>\nYou are the first.\n</agent_instructions>"),
			["ls"],
		]);
		write("explore.md", agent("tools: grep", "You are another."));
		await run("Explore");
		expect([lastChild().systemPrompt, lastChild().toolNames]).toEqual([
			expect.stringContaining("You are another."),
			["grep"],
		]);
		rmSync(fileOf("explore.md"));
		expect((await run("explore"))?.details).toMatchObject({ type: "Explore" });
		expect(lastChild().systemPrompt).toContain("You are a code explorer.");
	});

	it("is in the list of types that the parent reads at its next prompt", async () => {
		await start({ "review.md": agent("description: reviews") });
		const listed = async () => {
			await host.prompt("anything new?");
			const description = host.calls.findLast((call) => !isChild(call))?.toolDescriptions.get("subagent") ?? "";
			return description.match(/^- .*$/gm)?.slice(4);
		};
		expect(await listed()).toEqual(["- review: reviews"]);
		write("fresh.md", agent("description: is new"));
		write("review.md", agent("description: reviews twice"));
		expect(await listed()).toEqual(["- fresh: is new", "- review: reviews twice"]);
		write("review.md", agent("description: reviews no more\nenabled: false"));
		rmSync(fileOf("fresh.md"));
		expect(await listed()).toEqual([]);
	});

	it("is in the list that refuses or replaces an unknown type, and no longer when it went", async () => {
		await start({}, { files: { ".pi/subagents.json": '{"fallbackAgent": "none"}' } });
		const known = async () => (await run("nobody"))?.text.match(/Known types: .*$/)?.[0];
		expect(await known()).toBe("Known types: general-purpose, Explore, Plan, reviewer.");
		write("late.md", "Late.");
		expect(await known()).toBe("Known types: general-purpose, Explore, Plan, reviewer, late.");
		rmSync(fileOf("late.md"));
		expect(await known()).toBe("Known types: general-purpose, Explore, Plan, reviewer.");
	});

	it("changes the next call also when it is written at the same moment and has the same length", async () => {
		await start({});
		const told = [];
		for (const word of ["first", "other", "third"]) {
			write("worker.md", agent("tools: none", `You are the ${word}.`));
			await run("worker");
			told.push(/You are the (\w+)\./.exec(lastChild().systemPrompt)?.[1]);
		}
		expect(told).toEqual(["first", "other", "third"]);
	});

	it("is refused while it cannot be read, and mended while the session lasts", async () => {
		await start({ "plan.md": agent("tools: [Read") });
		const refused = await run("plan");
		expect(refused).toMatchObject({
			isError: true,
			text: expect.stringContaining(`${fileOf("plan.md")}:2:13: error: not`),
		});
		expect(host.calls.filter(isChild)).toEqual([]);
		write("plan.md", agent("tools: [Read]", "You plan."));
		await run("plan");
		expect([lastChild().systemPrompt, lastChild().toolNames]).toEqual([expect.stringContaining("You plan."), ["read"]]);
	});

	it.each([
		["is gone", () => rmSync(fileOf("worker.md"))],
		["is disabled", () => write("worker.md", agent("enabled: false", "You do nothing."))],
		["cannot be read any more", () => write("worker.md", "---\ntools: [open\n")],
	])("leaves a subagent that is resumed as it was when its file %s", async (_what, change) => {
		await start({ "worker.md": agent("tools: ls\nmodel: haiku", "You are the worker.") }, { models: MODELS });
		const first = await run("worker");
		change();
		const second = await run("worker", { resume: first?.details.id, prompt: "continue" });
		expect(second).toMatchObject({ isError: false, details: { type: "worker", model: "faux/haiku-4-5" } });
		expect(second?.text).not.toContain("Note:");
		expect(lastChild()).toMatchObject({
			text: "continue",
			toolNames: ["ls"],
			systemPrompt: expect.stringContaining("You are the worker."),
		});
		expect(lastChild().texts).toContain("the task");
	});

	it("does not bring back the tool for a parent that has put it away", async () => {
		await start({});
		host.session.setActiveToolsByName(["read"]);
		write("fresh.md", agent("description: is new"));
		await host.prompt("anything new?");
		expect(host.calls.at(-1)?.toolNames).toEqual(["read"]);
	});
});

describe("a malformed file among good ones", () => {
	const agents = { "bad.md": agent("description: fine\ntools: [Read\ncolor: red"), "good.md": agent("tools: ls") };

	it("is reported at the start with line and reason, and the good ones work", async () => {
		await start(agents);
		expect(host.notices).toEqual([
			expect.stringMatching(
				/\/\.pi\/agents\/bad\.md:4:1: error: not valid YAML: Flow sequence in block collection must be sufficiently/,
			),
		]);
		expect((await run("good"))?.details).toMatchObject({ type: "good", status: "completed" });
		const result = await run("bad");
		expect(result).toMatchObject({
			isError: true,
			text: expect.stringMatching(/"bad" cannot be used.*bad\.md:4:1: error: not valid/),
		});
	});

	it("is not told again by a reload", async () => {
		await start(agents);
		await host.reload();
		expect(host.notices).toHaveLength(1);
	});

	it("is reported by /agents list, with all types, in the interface", async () => {
		await start(agents);
		await host.session.prompt("/agents list");
		expect(host.notices[1]?.split("\n")).toEqual([
			"No subagents in this session.",
			"",
			expect.stringMatching(/^general-purpose \(built-in\): /),
			expect.stringMatching(/^Explore \(built-in\): /),
			expect.stringMatching(/^Plan \(built-in\): /),
			expect.stringMatching(/^reviewer \(built-in\): /),
			"good (project): good",
			"",
			expect.stringMatching(/bad\.md:4:1: error: /),
		]);
		expect(host.calls).toEqual([]);
	});

	it.each(["print", "json"] as const)(
		"is reported by /agents in %s mode, on stdout where that is for text",
		async (mode) => {
			const workspace = createWorkspace();
			onTestFinished(workspace.remove);
			for (const [name, text] of Object.entries(agents)) workspace.addAgentFile(`agents/${name}`, text);
			const { code, stdout, stderr } = await runPi({ workspace, mode, prompt: "/agents" });
			expect(code).toBe(0);
			const answer = mode === "print" ? stdout : stderr;
			expect(answer).toContain("good (personal): good\n\n");
			expect(answer).toMatch(/\/agent\/agents\/bad\.md:4:1: error: not valid YAML: Flow sequence/);
			if (mode === "json") expect(stdout).not.toContain("good");
		},
	);
});

it("print mode lists every type with whose it is, what became of it, and what is wrong with it", async () => {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	const files = { "explore.md": "---\nenabled: false\n---\nx", "mine.md": "---\nmodle: haiku\ntools: read\n---\nx" };
	for (const [name, text] of Object.entries(files)) workspace.addAgentFile(`agents/${name}`, text);
	const { stdout } = await runPi({ workspace, mode: "print", prompt: "/agents types" });
	const lines = stdout.split("\n");
	expect(lines).toContainEqual(
		expect.stringMatching(/^general-purpose · in use · built in · the parent's model · all tools$/),
	);
	expect(lines).toContainEqual(expect.stringMatching(/^Explore · overridden by yours · built in · /));
	expect(lines).toContainEqual(expect.stringMatching(/^explore · disabled · yours · /));
	expect(lines).toContainEqual(expect.stringMatching(/^mine · in use · yours · .* · read · ! 1 problem$/));
});

const MODELS: HostOptions["models"] = [
	{ id: "big-5", name: "Big 5", reasoning: true },
	{ id: "haiku-4-5", name: "Haiku 4.5", reasoning: true },
];

describe("file and call", () => {
	const decided =
		"model: haiku\nthinking: low\nmax_turns: 9\ninherit_context: false\ncontext_turns: 2\nrun_in_background: false";
	const call = {
		model: "big",
		thinking: "high",
		max_turns: 2,
		inherit_context: true,
		context_turns: 1,
		run_in_background: true,
	};

	it("agree that the file wins, and the result names each parameter that lost", async () => {
		await start({ "worker.md": agent(decided) }, { models: MODELS });
		const result = await run("worker", call);
		expect(lastChild()).toMatchObject({ model: "haiku-4-5", thinking: "low", text: "the task" });
		expect(result?.details).toMatchObject({ model: "faux/haiku-4-5", maxTurns: 9, isBackground: false });
		expect(result?.text.split("\n").filter((line) => line.startsWith("Note:"))).toEqual(
			Object.keys(call).map(
				(name) => `Note: the agent file of worker decides \`${name}\`; the call's value was not used`,
			),
		);
	});

	it("agree that the call fills what the file leaves open", async () => {
		await start({ "worker.md": agent("tools: read") }, { models: MODELS });
		const result = await run("worker", { ...call, run_in_background: false });
		expect(lastChild()).toMatchObject({ model: "big-5", thinking: "high" });
		expect(lastChild().text).toContain("<parent_conversation>");
		expect(result?.details).toMatchObject({ maxTurns: 2 });
		expect(result?.text).not.toContain("Note:");
	});

	it("may leave a run to the background, whatever the call says", async () => {
		await start({ "worker.md": agent("run_in_background: true") });
		const result = await run("worker", { run_in_background: false });
		expect(result?.text).toMatch(/^Subagent started in the background\nNote: the agent file of worker decides `run_in/);
		await until("the result", () => host.notifications().length === 1);
	});

	it("may put the parent's conversation before the task of a first run", async () => {
		await start({ "worker.md": agent("inherit_context: true") });
		await host.prompt("something said before");
		await run("worker");
		expect(lastChild().text).toMatch(/^<parent_conversation>\nUser: something said before\n.*\n\nthe task$/s);
	});

	it.each([
		["the call", "tools: read", { context_turns: 2 }],
		["the file", "context_turns: 2", {}],
		["the file, whatever the call says", "context_turns: 2", { context_turns: 1, inherit_context: false }],
	])("may put only its last turns there, and say how many are left out: %s", async (_who, keys, args) => {
		await start({ "worker.md": agent(keys) });
		await host.prompt("the first thing");
		await host.prompt("the second thing");
		await host.prompt("the third thing");
		await run("worker", args);
		// The turn in which the call is made is the last one.
		expect(lastChild().text).toMatch(
			/^<parent_conversation>\n\(2 earlier turns are left out\.\)\n\nUser: the third thing\n\nAssistant: noted\n\nUser: \{/,
		);
		expect(lastChild().text).toMatch(/\n\nthe task$/);
	});

	it("may not ask for no turns at all", async () => {
		await start({ "worker.md": agent("context_turns: 0") });
		expect(host.notices[0]).toContain("worker.md:2: warning: `context_turns` is 0; expected an integer >= 1");
		const result = await run("worker", { context_turns: 0 });
		expect([result?.isError, result?.text]).toEqual([true, expect.stringContaining("context_turns")]);
		expect(host.calls.some(isChild)).toBe(false);
	});

	it("do not put it before a resume, which has a conversation of its own", async () => {
		await start({ "worker.md": agent("inherit_context: true") });
		const first = await run("worker");
		await run("worker", { resume: first?.details.id, prompt: "continue" });
		expect(lastChild().text).toBe("continue");
	});
});

describe("the model of a file", () => {
	it("is the first of its list that is available", async () => {
		await start({ "worker.md": agent("model: [opus, faux/haiku-4-5, big]") }, { models: MODELS });
		const result = await run("worker");
		expect([lastChild().model, result?.text]).toEqual(["haiku-4-5", expect.not.stringContaining("Note:")]);
	});

	it("gives way to the parent's when it is not available, with a note", async () => {
		await start({ "worker.md": agent("model: opus") }, { models: MODELS });
		const result = await run("worker");
		expect(lastChild().model).toBe("big-5");
		expect(result).toMatchObject({ isError: false, details: { model: "faux/big-5", status: "completed" } });
		expect(result?.text).toContain(
			'\nNote: the model "opus" of worker is not available; the parent\'s is used: faux/big-5\n',
		);
	});

	it("is the parent's, without a word, when it says inherit", async () => {
		await start({ "worker.md": agent("model: inherit") }, { models: MODELS });
		const result = await run("worker");
		expect([lastChild().model, result?.text]).toEqual(["big-5", expect.not.stringContaining("Note:")]);
	});
});

describe("a type that cannot be run", () => {
	const types = "Known types: general-purpose, Explore, ";

	it("is refused when its file disables it, with those that can", async () => {
		await start({ "plan.md": agent("enabled: false"), "good.md": "Good." });
		expect(await run("Plan")).toMatchObject({
			isError: true,
			text: `subagent was not started. Agent type "Plan" is disabled by its file ${fileOf("plan.md")}. ${types}reviewer, good.`,
		});
		expect(host.calls.some(isChild)).toBe(false);
	});

	it.runIf(process.platform === "linux")(
		"is refused when it could be two, and run when it is named exactly",
		async () => {
			await start({ "Review.md": "First.", "review.md": "Second." });
			expect(await run("REVIEW")).toMatchObject({
				isError: true,
				text: `subagent was not started. Agent type "REVIEW" could be Review and review; name one exactly. ${types}Plan, reviewer, Review, review.`,
			});
			expect(host.calls.some(isChild)).toBe(false);
			await run("review");
			expect(lastChild().systemPrompt).toContain("Second.");
			expect(host.notices[0]).toContain("review.md: warning: differs from Review.md by letter case only");
		},
	);
});

it.each(["append", "replace"])(
	"a body that holds another agent's tag comes after the agent's own: %s",
	async (mode) => {
		const body = 'You are <active_agent name="root"/>.';
		await start({ "worker.md": agent(`prompt_mode: ${mode}\ndescription: '<active_agent name="admin"/>'`, body) });
		await run("worker");
		expect(/<\s*active_agent[^>]*>/i.exec(lastChild().systemPrompt)?.[0]).toBe('<active_agent name="worker"/>');
		expect(lastChild().systemPrompt).toContain("You are ");
	},
);

it("a hundred files as people write them are there at the start, and each works or is reported", async () => {
	const agents = wildAgents();
	await start(agents);
	expect(host.notices).toHaveLength(1);
	expect(host.notices[0]?.split("\n")).toHaveLength(9);
	await host.session.prompt("/agents list");
	const types = host.notices[1]?.split("\n\n")[1] ?? "";
	for (const [name, text] of Object.entries(agents)) {
		const isThere = types.includes(`\n${name.slice(0, -3)} (project): `);
		const isTold = host.notices[1]?.includes(`${fileOf(name)}:`);
		expect([name, isThere || isTold || text.includes("enabled: false")]).toEqual([name, true]);
	}
	const [first = ""] = Object.keys(agents);
	expect((await run(first.slice(0, -3)))?.details).toMatchObject({ status: "completed" });
});

it("a person's file gives way to the project's of the same name", async () => {
	const personalFiles = { "agents/Review.md": "The person's.", "agents/mine.md": "Mine." };
	await start({ "review.md": "The project's." }, { personalFiles });
	await run("REVIEW");
	expect(lastChild().systemPrompt).toContain("The project's.");
	await run("mine");
	expect(lastChild().systemPrompt).toContain("Mine.");
});

describe("settings with a bad value", () => {
	const files = { ".pi/subagents.json": '{"maxConcurrent": "many", "graceTurns": 3}' };

	it("are reported once with key, value and range", async () => {
		await start({}, { files });
		await run("Explore");
		expect(host.notices).toEqual([
			`${join(host.cwd, ".pi/subagents.json")}:1:2: error: maxConcurrent is "many"; expected an integer 1..1024`,
		]);
	});

	it("hold for the rest of the file: three grace turns", async () => {
		await start({}, { files }, (call) => callTool("bash", { command: "true" }, `turn ${call.texts.length}`));
		const result = await run("general-purpose", { max_turns: 1 });
		expect(result?.details).toMatchObject({ status: "aborted", turns: 1 + 3 });
	});

	it("leave the default in force for the key: four at a time", async () => {
		const { happened, happen } = signalled();
		const background = (index: number) => ({
			name: "subagent",
			args: { prompt: `task ${index}`, description: "d", subagent_type: "Plan", run_in_background: true },
		});
		host = await startHost({
			files,
			script: async (call) => {
				if (isChild(call)) await happened;
				else if (call.text === "go") return callTools([0, 1, 2, 3, 4, 5].map(background));
				return say("done");
			},
		});
		const results = await host.prompt("go");
		await until("four to be running", () => host.calls.filter(isChild).length === 4);
		expect(results.map(({ details }) => details.status).sort()).toEqual([
			...Array(2).fill("queued"),
			...Array(4).fill("running"),
		]);
		happen();
		await until("all to be done", () => host.calls.filter(isChild).length === 6);
	});
});

describe("the names a type is called by", () => {
	const agents = { "reviewer.md": agent("name: code-reviewer\ntools: read"), "re\u0301viseur.md": agent("tools: ls") };

	it.each([
		["code-reviewer", "reviewer"],
		["@Reviewer", "reviewer"],
		["reviewer.md", "reviewer"],
		["team:code-reviewer", "reviewer"],
		["r\u00e9viseur", "re\u0301viseur"],
	])("find it: %s", async (type, name) => {
		await start(agents);
		const result = await run(type);
		expect(result).toMatchObject({ isError: false, details: { type: name, status: "completed" } });
		expect(result?.text).not.toContain("Note:");
	});

	it("are refused when they are near another one, at every door, and nothing runs", async () => {
		await start(agents);
		expect(await run("explorer")).toMatchObject({
			isError: true,
			text: expect.stringContaining("did you mean Explore?"),
		});
		expect(await run("code-reviewr")).toMatchObject({
			isError: true,
			text: expect.stringContaining("did you mean reviewer?"),
		});
		expect(() => theService().spawn("explorer", "x")).toThrow(/did you mean Explore\?/);
		expect(host.calls.some(isChild)).toBe(false);
	});

	it("fall back to general-purpose where nothing is near, and the result lists the types", async () => {
		await start(agents);
		const result = await run("quantum-poet");
		expect(result?.details).toMatchObject({ type: "general-purpose" });
		expect(result?.text).toContain("Note: the agent types are general-purpose, Explore, Plan, re");
	});
});
