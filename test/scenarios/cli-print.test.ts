import { describe, expect, it, onTestFinished } from "vitest";
import { createWorkspace, runPi } from "../support/cli.ts";
import { callSubagent, callSubagents } from "../support/said.ts";

describe("pi in print mode", () => {
	it("prints what the subagent answered, under one line of figures", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const run = await runPi({ workspace, mode: "print", prompt: callSubagent({ prompt: "bash echo $((6*7))" }) });
		expect(run).toMatchObject({ code: 0, stderr: "" });
		const [head, blank, ...answer] = run.stdout.trimEnd().split("\n");
		expect(head).toMatch(
			/^\[toolResult\] completed · \S+ · 1 tool use · \S+ tokens · id [\w-]{17,} · transcript \S+\.jsonl$/,
		);
		expect(blank).toBe("");
		expect(answer).toEqual(["[toolResult] 42"]);
	});
});

describe("the agent type of a call", () => {
	it("is found in any letter case, and replaced by general-purpose, said in the first line, when nobody knows it", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const prompt = callSubagents([
			{ prompt: "long 7", subagent_type: "EXPLORE" },
			{ prompt: "long 9", subagent_type: "nope" },
		]);
		const { code, stdout } = await runPi({ workspace, mode: "print", prompt });
		expect(code).toBe(0);
		const [explore, fallback] = stdout.split(/^(?=\[toolResult\])/m).map((result) => result.trimEnd().split("\n"));
		expect(explore?.[0]).toMatch(/^\[toolResult\] completed · /);
		expect(explore?.[0]).not.toContain("unknown");
		expect(explore?.at(-1)).toBe("wwwwwww");
		expect(fallback?.[0]).toMatch(/^\[toolResult\] completed · .*"nope".*general-purpose/);
		expect(fallback?.at(-1)).toBe("wwwwwwwww");
	});
});
