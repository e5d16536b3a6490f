import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CHECKOUT, createWorkspace, output, runPi } from "../support/cli.ts";
import { hostCli } from "../support/host-cli.ts";

const A_WHILE = 120_000;
const read = (path: string) => readFileSync(join(CHECKOUT, path), "utf8");
const DEMO_MODEL = join(CHECKOUT, "docs/demo/demo-model.ts");

describe("npm run demo", () => {
	it("prints lines of this repository that a subagent has read", async () => {
		const demo = spawn(process.execPath, [join(CHECKOUT, "docs/demo/run.mjs")]);
		const { code, stdout, stderr } = await output(demo, A_WHILE);
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

describe("npm start", () => {
	it("begins a pi that this Node can run, the newest there is", async () => {
		const start = spawn(process.execPath, [join(CHECKOUT, "docs/demo/start.mjs"), "-p", "Hello!"]);
		start.stdin.end();
		const { code, stdout, stderr } = await output(start, A_WHILE);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		const [, version = ""] = /^pi (\S+) with a small scripted model/.exec(stdout) ?? [];
		const tested = JSON.parse(read(hostCli.cli.slice(CHECKOUT.length).replace(/dist\/.*/, "package.json"))).version;
		if (hostCli.version === "next") expect(version).toBe(tested);
		else expect(version).toMatch(/^\d+\.\d+\.\d+$/);
		expect(stdout).toContain("I am demo-1");
	});

	it("leaves out what is too new for this Node, and what is not whole", () => {
		const root = mkdtempSync(join(tmpdir(), "pi-crew-hosts-"));
		onTestFinished(() => rmSync(root, { recursive: true }));
		const newest = () => {
			const code = `import { newestHost } from ${JSON.stringify(join(CHECKOUT, "docs/demo/hosts.mjs"))};
				console.log(newestHost(${JSON.stringify(root)})?.version ?? "none")`;
			return execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }).trim();
		};
		const install = (place: string, version: string, node: string, files = ["cli.js", "package.json"]) => {
			const folder = join(root, place, "pi-coding-agent");
			rmSync(folder, { recursive: true, force: true });
			mkdirSync(folder, { recursive: true });
			const manifest = JSON.stringify({ version, bin: { pi: "cli.js" }, engines: { node } });
			for (const file of files) writeFileSync(join(folder, file), file === "cli.js" ? "" : manifest);
		};
		expect(newest()).toBe("none");
		install("node_modules/@mariozechner", "0.73.1", ">=20.6.0");
		expect(newest()).toBe("0.73.1");
		install("node_modules/@earendil-works", "1.10.0", ">=99.0.0");
		expect(newest()).toBe("0.73.1");
		install(".next-host/node_modules/@earendil-works", "1.9.2", ">=20.6.0");
		expect(newest()).toBe("1.9.2");
		install("node_modules/@earendil-works", "1.10.0", ">=20.6.0");
		expect(newest()).toBe("1.10.0");
		install("node_modules/@earendil-works", "1.10.0", ">=20.6.0", ["package.json"]);
		expect(newest()).toBe("1.9.2");
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
