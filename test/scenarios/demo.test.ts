import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, output, runPi } from "../support/cli.ts";

const TEN_SECONDS = 10_000;
const read = (path: string) => readFileSync(join(CHECKOUT, path), "utf8");
const DEMO_MODEL = join(CHECKOUT, "docs/demo/demo-model.ts");

describe("npm run demo", () => {
	it("prints lines of this repository that a subagent has read, in ten seconds", async () => {
		const demo = spawn(process.execPath, [join(CHECKOUT, "docs/demo/run.mjs")]);
		const { code, stdout, stderr } = await output(demo, TEN_SECONDS);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).toMatch(/^completed · \S+ · 2 tool uses · .* transcript \S+\.jsonl$/m);
		const home = /transcript (\S+\/pi-crew-demo-[^/]+)\/sessions\//.exec(stdout)?.[1] ?? "";
		expect(home).not.toBe("");
		rmSync(home, { recursive: true }); // the demo leaves it for whoever wants to read the transcript

		const [, path = "", line] = /^(src\/[\w./-]+):(\d+) says:$/m.exec(stdout) ?? [];
		const source = read(path).split("\n");
		const declared = source.findIndex((text) => text.startsWith("export type RunOutcome"));
		expect(Number(line)).toBe(declared + 1);
		expect(stdout).toContain(`  ${source[declared]}\n`);

		const [, quoted = ""] = /npm run demo\n```[\s\S]*?```\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
		const lines = quoted.split("\n").filter((quote) => /^ *\d+ /.test(quote));
		expect(lines.length).toBeGreaterThan(3);
		for (const quote of lines) expect(stdout.split("\n")).toContain(quote);
	});
});

describe("the demo's model", () => {
	it("explains itself to a greeting, and says so when it finds nothing", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const { events, code } = await runPi({
			workspace,
			mode: "json",
			extensions: [CHECKOUT, DEMO_MODEL],
			model: "demo/demo-1",
			prompt: ["Hello!", "Where is the flibbertigibbet?"],
		});
		expect(code).toBe(0);
		const answers = events.filter((event) => event.type === "agent_end").map((event) => JSON.stringify(event.messages));
		expect(answers[0]).toContain("I am demo-1");
		expect(answers[1]).toContain("I looked for flibbertigibbet and found nothing.");
	});

	it("answers a question in plain words with the declaration that it asks for", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const { stdout, stderr, code } = await runPi({
			workspace: { ...workspace, cwd: CHECKOUT },
			mode: "print",
			extensions: [CHECKOUT, DEMO_MODEL],
			model: "demo/demo-1",
			prompt: "What statuses can a subagent end with, and where are they declared?",
		});
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		const source = read("src/domain/subagent-state.ts").split("\n");
		const declared = source.findIndex((text) => text.startsWith("export type SubagentStatus"));
		expect(stdout).toContain(`\nsrc/domain/subagent-state.ts:${declared + 1} says:\n`);
		expect(stdout).toContain(`  ${source[declared]}\n`);
	});
});
