import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseAgentFile } from "../../src/agents/agent-file.ts";
import { allNotified, backgroundCall } from "../support/background.ts";
import { createWorkspace, runPi } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import { isAlive, type McpParent, mcpCommand, mcpConfig, pidsIn, startMcpParent } from "../support/mcp-parent.ts";
import { obedient } from "../support/obedient-parent.ts";
import { type Call, callTool, callTools, isChild, say, subagentCall } from "../support/script.ts";
import type { ModelCall, Script, ToolResult } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";

let host: McpParent;
afterEach(() => host?.stop());

const TINY = { toolExposure: { echo: "direct", shout: "codemode", whisper: "deferred" } };

const echo = (text: string): Call => ({ name: "mcp__tiny__echo", args: { text } });
const script = (value: string): Call => ({ name: "codemode", args: { code: `return ${value};` } });
const SHOUT = script(`(await tools.mcp__tiny__shout({ text: "two" })).structuredContent.said`);
const SEARCH: Call = { name: "tool_search", args: { query: "quietly", limit: 1 } };
const WHISPER: Call = { name: "mcp__tiny__whisper", args: { text: "Three" } };

/** What came back in a child's conversation so far. */
function resultsIn({ texts }: ModelCall): string[] {
	return texts.filter((_, index) => index > 0 && index % 2 === 0);
}

/** A child makes the calls of its prompt, one after the other, then answers with all that came back. */
function steps(plans: Record<string, readonly Call[]>): Script {
	return (call) => {
		const [prompt = ""] = call.texts;
		const results = resultsIn(call);
		const next = plans[prompt]?.[results.length];
		return next ? callTool(next.name, next.args) : say(`${prompt} got ${results.join(" | ")}`);
	};
}

/** The parent makes these calls when it is prompted to go. */
function parent(calls: readonly Call[], child: Script): Script {
	return (call) => {
		if (isChild(call)) return child(call);
		return call.text === "go" ? callTools(calls) : say("noted");
	};
}

/** What one subagent answers in the foreground. */
async function answerOf(type = "general-purpose"): Promise<string> {
	const results = await host.prompt("go");
	return results.find(({ details }) => details.type === type)?.text ?? "";
}

const runOf = (args: object) => `subagent ${JSON.stringify({ description: "d", subagent_type: "Plan", ...args })}`;
const idOf = (result: ToolResult | undefined) => result?.details.id as string;

/** Whether agent files can deny tools: the key is read elsewhere. */
function isDenyingUnderstood(): boolean {
	const text = "---\ndisallowedTools: mcp__tiny__*\n---\nHelp.";
	return parseAgentFile("/helper.md", "project", text).definition?.deniedTools !== undefined;
}

const childCalls = () => host.calls.filter(isChild);

describe.runIf(hostCli.version === "next")("the MCP tools of a parent", () => {
	it("are called by its children in whatever way they are exposed, with one server for all of them", async () => {
		host = await startMcpParent({
			servers: { tiny: TINY },
			script: parent(
				[
					subagentCall({ prompt: "direct" }),
					subagentCall({ prompt: "codemode" }),
					backgroundCall({ prompt: "deferred" }),
				],
				steps({ direct: [echo("One")], codemode: [SHOUT], deferred: [SEARCH, WHISPER] }),
			),
		});
		const texts = (await host.prompt("go")).map(({ text }) => text).join("\n");
		await allNotified(host, 1);
		const [pid] = host.serverPids();
		expect(texts).toContain(`direct got One from ${pid}`);
		expect(texts).toMatch(/codemode got Script completed[\s\S]*TWO/);
		expect(host.notifications()[0]).toContain(`(Three) from ${pid}`);
		expect(host.serverPids()).toEqual([pid]);
		await host.quitAndWait();
	});

	it("are described to a child as they are to the parent", async () => {
		host = await startMcpParent({
			servers: { tiny: TINY },
			script: parent([subagentCall({ prompt: "look" })], () => say("seen")),
		});
		await host.prompt("go");
		const [own] = host.calls.filter((call) => !isChild(call));
		const [childs] = childCalls();
		for (const name of ["mcp__tiny__echo", "codemode", "tool_search"]) {
			expect(childs?.toolDescriptions.get(name)).toBe(own?.toolDescriptions.get(name));
		}
		expect(childs?.toolNames).not.toContain("mcp__tiny__shout");
		expect(childs?.systemPrompt).not.toContain("Tools that you do not have");
	});

	it("are seen by the permission handlers of the parent, which can refuse a call", async () => {
		host = await startMcpParent({
			servers: { tiny: TINY },
			earlierExtensions: {
				"guard.ts": `export default (pi) => pi.on("tool_call", ({ toolName, input, parentToolCallId }) => {
					if (!toolName.startsWith("mcp__")) return;
					(globalThis.seenByGuard ??= []).push([toolName, input.text, parentToolCallId !== undefined]);
					if (input.text === "secret") return { block: true, reason: "not that" };
				});`,
			},
			script: parent(
				[subagentCall({ prompt: "ask" })],
				steps({
					ask: [
						echo("secret"),
						echo("open"),
						script(`String(await tools.mcp__tiny__shout({ text: "secret" }).catch((e) => e.message))`),
					],
				}),
			),
		});
		const answer = await answerOf();
		expect(answer).toMatch(/not that \| open from \d+ \| Script completed[\s\S]*not that/);
		expect(host.serverLog().filter((line) => line.includes("secret"))).toEqual([]);
		expect((globalThis as { seenByGuard?: unknown }).seenByGuard).toEqual([
			["mcp__tiny__echo", "secret", true],
			["mcp__tiny__echo", "open", true],
			["mcp__tiny__shout", "secret", true],
		]);
	});

	it("fail in a child as they fail in the parent", async () => {
		host = await startMcpParent({
			servers: { tiny: { exposure: "direct" } },
			script: parent(
				[subagentCall({ prompt: "try" })],
				steps({
					try: [
						{ name: "mcp__tiny__fail", args: { text: "way" } },
						{ name: "mcp__tiny__echo", args: {} },
					],
				}),
			),
		});
		expect(await answerOf()).toMatch(/try got no way \| .*text/s);
	});

	it("join a child while it works, and leave it, as they join its parent and leave it", async () => {
		const folder = mkdtempSync(join(tmpdir(), "pi-crew-late-"));
		const late = JSON.stringify({ ...mcpCommand(join(folder, "log")), exposure: "direct" });
		const isThere = () => host.session.getActiveToolNames().includes("mcp__late__echo");
		const change = async (what: string, holds: () => boolean) => {
			host.bus.emit("test:servers", what);
			await until(`the server to ${what}`, holds);
			return callTool("bash", { command: "true" });
		};
		host = await startMcpParent({
			servers: {},
			earlierExtensions: {
				"late.ts": `export default (pi) => pi.events.on("test:servers", (what) => {
					if (what === "come") pi.registerMcpServer("late", ${late});
					else pi.unregisterMcpServer("late");
				});`,
			},
			// In a session without any server a child does not look for their tools.
			files: { ".pi/mcp.json": JSON.stringify({ mcpServers: { broken: { command: "/no/such/program" } } }) },
			script: parent([subagentCall({ prompt: "look" })], (call) => {
				const results = resultsIn(call);
				if (results.length === 0) return change("come", isThere);
				if (results.length === 1) return callTool("mcp__late__echo", { text: "hello" });
				if (results.length === 2) return change("go", () => !isThere());
				return say(`${results[1]}, then ${call.toolNames.filter((name) => name.startsWith("mcp__")).join()}.`);
			}),
		});
		expect(await answerOf()).toMatch(/hello from \d+, then \./);
		rmSync(folder, { recursive: true });
	});

	it("leave no script running when a child is stopped in one", async () => {
		const running = () => process.getActiveResourcesInfo().filter((resource) => resource === "MessagePort").length;
		host = await startMcpParent({
			servers: { tiny: TINY },
			script: parent(
				[backgroundCall({ prompt: "wait" })],
				steps({ wait: [script(`await tools.mcp__tiny__hang({ text: "on" })`)] }),
			),
		});
		const before = running();
		await host.prompt("go");
		await until("the call to reach the server", () => host.serverLog().includes("called hang on"));
		expect(running()).toBeGreaterThan(before);
		const [record] = theService().listAgents();
		theService().abort(record?.id as string);
		await until("the script to be gone", () => running() <= before);
		await host.quitAndWait();
	});

	it("end with the child that waits for one", async () => {
		host = await startMcpParent({
			servers: { tiny: { exposure: "direct" } },
			script: parent(
				[backgroundCall({ prompt: "wait" })],
				steps({ wait: [{ name: "mcp__tiny__hang", args: { text: "on" } }] }),
			),
		});
		await host.prompt("go");
		await until("the call to reach the server", () => host.serverLog().includes("called hang on"));
		const service = theService();
		const [record] = service.listAgents();
		expect(service.abort(record?.id as string)).toBe(true);
		await until("it to be stopped", () => service.getRecord(record?.id as string)?.status === "stopped");
		await host.quitAndWait();
	});
});

describe.runIf(hostCli.version === "next")("the MCP tools that a child has", () => {
	const agent = (keys: string) => ({ ".pi/agents/helper.md": `---\ndescription: helps\n${keys}\n---\nHelp.` });
	const helps = { subagent_type: "helper", prompt: "look" };
	const two = { tiny: { exposure: "direct" }, other: { exposure: "direct" } } as const;
	const mcpIn = (call: ModelCall | undefined) =>
		call?.toolNames.filter((name) => /^mcp__|codemode|tool_search/.test(name));

	it("are those of the servers that its file names", async () => {
		host = await startMcpParent({
			servers: two,
			files: agent("tools: read, mcp__tiny__*"),
			script: parent([subagentCall(helps)], steps({ look: [{ name: "mcp__other__echo", args: { text: "x" } }] })),
		});
		expect(await answerOf("helper")).toContain("not found");
		expect(mcpIn(childCalls()[0])).toEqual(expect.arrayContaining(["mcp__tiny__echo", "mcp__tiny__shout"]));
		expect(mcpIn(childCalls()[0])?.filter((name) => !name.startsWith("mcp__tiny__"))).toEqual([]);
		expect(childCalls()[0]?.systemPrompt).toContain(
			"- Tools that you do not have, whatever is said earlier: mcp__other__*",
		);
		expect(host.notices.join()).not.toContain("unknown tool");
	});

	it("come with codemode where its file names some that only a script reaches, and the script reaches no others", async () => {
		host = await startMcpParent({
			servers: { tiny: {}, other: {} },
			files: agent("tools: mcp__tiny__shout"),
			script: parent(
				[subagentCall(helps)],
				steps({
					look: [SHOUT, script(`ALL_TOOLS.map((tool) => tool.name).filter((name) => name.startsWith("mcp__"))`)],
				}),
			),
		});
		expect(await answerOf("helper")).toMatch(/TWO[\s\S]*\["mcp__tiny__shout"\]/);
	});

	it.runIf(isDenyingUnderstood())("are none of those that its file denies", async () => {
		host = await startMcpParent({
			servers: two,
			files: agent("disallowedTools: mcp__tiny__*, codemode"),
			script: parent([subagentCall(helps)], steps({ look: [echo("x")] })),
		});
		expect(await answerOf("helper")).toContain("mcp__tiny__echo not found");
		expect(mcpIn(childCalls()[0])?.every((name) => name.startsWith("mcp__other__"))).toBe(true);
		expect(childCalls()[0]?.systemPrompt).toContain(
			"- Tools that you do not have, whatever is said earlier: mcp__tiny__*",
		);
	});

	it("are all that a script reaches, also of those that other extensions give to scripts only", async () => {
		host = await startMcpParent({
			servers: two,
			settings: { defaultTools: ["+codemode"] },
			extensions: {
				"stash.ts": `export default (pi) => pi.registerTool({
					name: "stash", label: "Stash", description: "stashes", exposure: "codemode",
					parameters: { type: "object", properties: {} },
					execute: async () => ({ content: [{ type: "text", text: "stashed" }], details: {} }),
				});`,
			},
			files: agent("tools: read, codemode"),
			script: parent(
				[subagentCall(helps), subagentCall({ prompt: "look" })],
				steps({ look: [script("await tools.stash({}).catch((error) => error.message)")] }),
			),
		});
		const results = await host.prompt("go");
		const answer = (type: string) => results.find(({ details }) => details.type === type)?.text;
		expect(answer("general-purpose")).toContain("stashed");
		expect(answer("helper")).toContain("tools.stash does not exist");
	});

	it("are there again when it is resumed", async () => {
		host = await startMcpParent({
			servers: { tiny: { exposure: "direct" } },
			script: obedient((call) =>
				call.role === "user" ? callTool("mcp__tiny__echo", { text: call.text }) : say(call.text),
			),
		});
		const [first] = (await host.prompt(runOf({ prompt: "one" }))).slice(-1);
		const results = await host.prompt(runOf({ prompt: "two", resume: idOf(first) }));
		expect(results.at(-1)?.text).toMatch(/two from \d+/);
		const again = await host.prompt(runOf({ prompt: "three", resume: idOf(first) }));
		expect(again.at(-1)?.text).toMatch(/three from \d+/);
		expect(host.serverPids()).toHaveLength(1);
	});

	it("are none where the file takes the built-in extensions away with all others", async () => {
		host = await startMcpParent({
			servers: two,
			files: agent("isolated: true"),
			script: parent([subagentCall(helps)], () => say("seen")),
		});
		await host.prompt("go");
		expect(mcpIn(childCalls()[0])).toEqual([]);
		expect(childCalls()[0]?.systemPrompt).toContain("mcp__tiny__*, mcp__other__*");
	});

	it("are all of them also for the read-only agents", async () => {
		host = await startMcpParent({
			servers: { tiny: TINY },
			script: parent([subagentCall({ subagent_type: "Explore", prompt: "look" })], steps({ look: [echo("e"), SHOUT] })),
		});
		expect(await answerOf("Explore")).toMatch(/e from \d+ \| Script completed[\s\S]*TWO/);
		expect(childCalls()[0]?.toolNames).not.toContain("write");
	});

	it("do not include hidden ones, nor those that only a tool reaches which the parent has not", async () => {
		host = await startMcpParent({
			servers: { tiny: { toolExposure: { "*": "hidden", echo: "direct", shout: "codemode" } } },
			excludeTools: ["codemode"],
			script: parent([subagentCall({ prompt: "look" })], steps({ look: [SHOUT, WHISPER, echo("e")] })),
		});
		expect(await answerOf()).toMatch(/codemode not found \| .*whisper not found \| e from/);
	});
});

describe.runIf(hostCli.version === "next")("an MCP server that is slow", () => {
	const files = { ".pi/agents/helper.md": "---\ndescription: helps\ntools: mcp__slow__*\n---\nHelp." };
	const helper = (...calls: Call[]) => ({
		files,
		script: parent([subagentCall({ subagent_type: "helper", prompt: "look" })], steps({ look: calls })),
	});

	it("is waited for where the agent's file names its tools", async () => {
		host = await startMcpParent({
			servers: { slow: { delay: 3000 } },
			...helper(script(`(await tools.mcp__slow__shout({ text: "at last" })).structuredContent.said`)),
		});
		expect(await answerOf("helper")).toContain("AT LAST");
	});

	it("is not waited for by others, and its tools join them when it has connected", async () => {
		host = await startMcpParent({
			servers: { slow: { delay: 3000 } },
			script: parent([subagentCall({ prompt: "look" })], async (call) => {
				if (resultsIn(call).length > 0) return say(`got ${call.text}`);
				if (host.serverLog().length > 0) expect(childCalls()).toHaveLength(1);
				return callTool("codemode", { code: "return (await searchTools('shout')).map((tool) => tool.name);" });
			}),
		});
		expect(await answerOf()).toContain("mcp__slow__shout");
	});

	it("that never connects is given up, and the result and the child learn which tools are missing", async () => {
		host = await startMcpParent({ servers: { slow: { delay: "never" } }, ...helper() });
		const answer = await answerOf("helper");
		expect(answer).toContain("[helper ran without tools that its agent file names: mcp__slow__* (");
		expect(childCalls()[0]?.systemPrompt).toContain(
			"- Tools that you do not have, whatever is said earlier: mcp__slow__*",
		);
		await host.prompt("go"); // at once this time
		expect(childCalls()).toHaveLength(2);
		await host.quitAndWait();
	}, 60_000);

	it("that is not configured at all is not waited for", async () => {
		host = await startMcpParent({ servers: { tiny: {} }, ...helper() });
		const begun = performance.now();
		expect(await answerOf("helper")).toContain("mcp__slow__*");
		expect(performance.now() - begun).toBeLessThan(10_000);
		expect(childCalls()[0]?.toolNames).toEqual(["codemode"]);
	});
});

describe.runIf(hostCli.version === "next")("a run that no tool call of the parent asked for", () => {
	it("has the tools of its parent when the parent's model has replied", async () => {
		host = await startMcpParent({
			servers: { tiny: { exposure: "direct" } },
			script: parent([], steps({ look: [echo("hello")] })),
		});
		const before = await theService().run("general-purpose", "look", {});
		expect(before.result).toContain("Tool mcp__tiny__echo not found");
		expect(childCalls()[0]?.systemPrompt).toContain(
			"Tools that you do not have, whatever is said earlier: mcp__tiny__*",
		);
		await host.prompt("hello");
		const after = await theService().run("general-purpose", "look", {});
		expect(after.result).toMatch(/look got hello from \d+/);
	});

	it("and one that continues after a reload reach the servers that are there now", async () => {
		let go = () => {};
		const reloaded = new Promise<void>((resolve) => {
			go = resolve;
		});
		host = await startMcpParent({
			servers: { tiny: { exposure: "direct" } },
			script: parent([backgroundCall({ prompt: "look" })], async (call) => {
				if (resultsIn(call).length > 0) return say(`got ${call.text}`);
				await reloaded;
				return callTool("mcp__tiny__echo", { text: "again" });
			}),
		});
		await host.prompt("go");
		await until("the child to be asked", () => childCalls().length > 0);
		await host.reload();
		await until("the server to be started again", () => host.serverPids().length === 2);
		go();
		await allNotified(host, 1);
		expect(host.notifications()[0]).toContain(`again from ${host.serverPids()[1]}`);
		await host.quitAndWait();
	});
});

describe.runIf(hostCli.version === "next")("pi itself", () => {
	it.each(["direct", "codemode"] as const)(
		"lets subagents call its %s MCP tools, and leaves no server",
		async (exposure) => {
			const workspace = createWorkspace();
			const log = join(workspace.agentDir, "server.log");
			workspace.addAgentFile("mcp.json", mcpConfig({ tiny: { exposure } }, log));
			const call = exposure === "direct" ? echo("TWO") : SHOUT;
			const ask = (words: string) =>
				subagentCall({ prompt: `${words}\ncall ${call.name} ${JSON.stringify(call.args)}` });
			const calls = ["one", "two", "three"].map(ask).map(({ name, args }) => ({ name, arguments: args }));
			const { stdout, code } = await runPi({ workspace, mode: "print", prompt: `calls ${JSON.stringify(calls)}` });
			expect([code, stdout.match(/TWO/g)?.length]).toEqual([0, 3]);
			expect(pidsIn(log)).toHaveLength(1);
			expect(pidsIn(log).some(isAlive)).toBe(false);
			workspace.remove();
		},
	);
});
