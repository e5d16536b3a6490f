import type { AgentMessage } from "@mariozechner/pi-agent-core";
import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { Component } from "@mariozechner/pi-tui";
import { describe, expect, it } from "vitest";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { createResultTool, type ResultToolParts, type ToolView } from "../../src/tools/get-result-tool.ts";
import { ResultRoom } from "../../src/tools/result-room.ts";
import { sampleRecord } from "../domain/sample-record.ts";
import { signalled } from "../support/condition.ts";
import { fakeManager, fakeSubagent } from "./manager-fake.ts";

const RUNNING = { status: "running", result: undefined, completedAt: undefined } as const;
const TASK: AgentMessage = { role: "user", content: "Find it.", timestamp: 1 };

const NOTHING: Component = { render: () => [], invalidate: () => {} };
const VIEW: ToolView = { renderCall: () => NOTHING, renderResult: () => NOTHING };

/** The tool over one subagent `a`, and what it did to the delivery. */
function tool(record: Partial<SubagentRecord> = {}, readTranscript: ResultToolParts["readTranscript"] = () => [TASK]) {
	const { subagent, state } = fakeSubagent({ id: "a", ...record });
	const { happened, happen } = signalled();
	const { manager } = fakeManager([subagent], { settled: happened });
	const made = createResultTool({
		session: { subagents: manager },
		claimReleased: () => void state.delivery.push("told of it"),
		readTranscript,
		clock: () => 10_000,
		room: new ResultRoom(),
		view: VIEW,
	});
	const execute = async (call: { agent_id?: string; wait?: boolean; verbose?: boolean }, signal?: AbortSignal) => {
		const parameters = { agent_id: "a", ...call };
		const { content, details } = await made.execute("call-1", parameters, signal, undefined, {} as ExtensionContext);
		const [first] = content;
		return { text: first?.type === "text" ? first.text : "", details };
	};
	const settle = () => {
		state.record = sampleRecord({ id: "a" });
		happen();
	};
	return { made, execute, state, settle };
}

describe("reading a result", () => {
	it("brings figures and result of a settled run, its record, and delivers it", async () => {
		const { execute, state } = tool();
		const { text, details } = await execute({});
		expect(text).toMatch(/^Agent ID: a\n.*\nContext: 43%\n.*\n\nIt is in \/src\/parser\.ts\.$/s);
		expect([details, state.delivery]).toEqual([sampleRecord({ id: "a" }), ["delivered via tool"]]);
	});

	it("brings what there is to know of a running one, and delivers nothing", async () => {
		const { execute, state } = tool(RUNNING);
		expect((await execute({})).text).toMatch(/\n\nIt is running \(bash ls\)\. You will be notified/);
		expect(state.delivery).toEqual([]);
	});

	it("adds the conversation when asked for it", async () => {
		const { execute } = tool({ transcriptFile: "/tasks/a.jsonl" });
		expect((await execute({ verbose: true })).text).toMatch(/\n\nConversation:\n\n\[user\] Find it\.$/);
		expect((await execute({ verbose: false })).text).not.toContain("Conversation:");
	});

	it("says that nothing was written yet", async () => {
		const { execute } = tool({ ...RUNNING, transcriptFile: "/tasks/a.jsonl" }, () => []);
		expect((await execute({ verbose: true })).text).toMatch(/\n\nConversation:\n\n\(Nothing was written yet\.\)$/);
	});

	it("brings the result also when the transcript cannot be read", async () => {
		const { execute } = tool({ transcriptFile: "/tasks/a.jsonl" }, () => {
			throw new Error("EACCES");
		});
		expect((await execute({ verbose: true })).text).toMatch(
			/It is in \/src\/parser\.ts\.\n\nConversation:\n\n\(The transcript \/tasks\/a\.jsonl cannot be read: EACCES\)$/,
		);
	});

	it("refuses an unknown id with those there are", async () => {
		await expect(tool().execute({ agent_id: "b" })).rejects.toThrow('There is no subagent "b".');
	});
});

describe("waiting for a result", () => {
	it.each([true, false])(
		"claims it until the run has settled, then delivers it (with a signal: %s)",
		async (signal) => {
			const { execute, state, settle } = tool(RUNNING);
			const reading = execute({ wait: true }, signal ? new AbortController().signal : undefined);
			await Promise.resolve();
			const meanwhile = [...state.delivery];
			settle();
			expect((await reading).text).toContain("\nStatus: completed\n");
			expect([meanwhile, state.delivery.at(-1), state.delivery.includes("told of it")]).toEqual([
				["claimed"],
				"delivered via tool",
				false,
			]);
		},
	);

	it("waits for a queued one too", async () => {
		const { execute, settle } = tool({ ...RUNNING, status: "queued" });
		const reading = execute({ wait: true });
		settle();
		expect((await reading).text).toContain("\nStatus: completed\n");
	});

	it("does not wait for one that has settled", async () => {
		const { execute, state } = tool();
		await execute({ wait: true });
		expect(state.delivery).toEqual(["delivered via tool"]);
	});

	it("ends at once when the turn is interrupted: the claim is given up, and the run continues", async () => {
		const { execute, state } = tool(RUNNING);
		const abort = new AbortController();
		const reading = execute({ wait: true }, abort.signal);
		abort.abort();
		expect((await reading).text).toContain("\nStatus: running\n");
		expect(state.delivery).toEqual(["claimed", "released", "told of it"]);
	});
});

describe("a call for a result on the screen", () => {
	it("is drawn by the given view", () => {
		expect(tool().made).toMatchObject(VIEW);
	});
});

describe("a call for a result that is wrong", () => {
	it("gets an error that says what is expected", () => {
		expect(() => tool().made.prepareArguments?.({ wait: "perhaps" })).toThrow(
			'Nothing was read. `agent_id` is missing; expected a string: a subagent\'s id. `wait` is "perhaps"; expected true or false.',
		);
	});
});
