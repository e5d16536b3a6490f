import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createShop, FILES } from "../../docs/demo/shop.mjs";
import { ROLES, SENTENCES } from "../../docs/demo/story.ts";
import { actAsSubagent } from "../../docs/demo/subagent-rules.ts";
import { parseAgentFile } from "../../src/agents/agent-file.ts";
import { draftedFile } from "../../src/agents/agent-file-text.ts";
import { CHECKOUT, createWorkspace, output } from "../support/cli.ts";
import { until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import { type RpcClient, startRpc } from "../support/rpc-client.ts";
import { type SessionFile, sessionFiles } from "../support/session-file.ts";

const A_WHILE = 120_000;
const read = (path: string) => readFileSync(join(CHECKOUT, path), "utf8");
const DEMO_MODEL = join(CHECKOUT, "docs/demo/demo-model.ts");

/** A place of its own for the temporary folders of the demo. */
function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "pi-crew-demos-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
	return folder;
}

const begin = (script: string, args: readonly string[], env: Record<string, string>) =>
	spawn(process.execPath, [join(CHECKOUT, "docs/demo", script), ...args], { env: { ...process.env, ...env } });

describe("npm run demo", () => {
	it("prints lines of this repository that a subagent has read, then shows a kill and its recovery, and removes its folder", async () => {
		const folder = temporaryFolder();
		const { code, stdout, stderr } = await output(begin("run.mjs", [], { TMPDIR: folder }), A_WHILE);
		// The caches of jiti and Node, and pi-crew's folder for sessions that are not stored, serve every pi of this user.
		const left = readdirSync(folder).filter((name) => !/^(jiti|node-compile-cache|pi-crew-\w+)$/.test(name));
		expect({ code, stderr, left }).toEqual({ code: 0, stderr: "", left: [] });
		expect(stdout).toMatch(/^completed · \S+ · 2 tool uses · \S+ tokens · id \S+$/m);

		const [, path = "", line] = /^(src\/[\w./-]+):(\d+) says:$/m.exec(stdout) ?? [];
		const source = read(path).split("\n");
		const declared = source.findIndex((text) => text.startsWith("export type RunOutcome"));
		expect(Number(line)).toBe(declared + 1);
		expect(stdout).toContain(`  ${source[declared]}\n`);

		const lastTwo = stdout.trimEnd().split("\n").slice(-2);
		expect(lastTwo).toEqual([
			expect.stringMatching(
				/^background: 3 reviewers were running and had used \d+ tools when pi \(process \d+\) was killed/,
			),
			expect.stringMatching(
				/^recovered: {2}the next pi resumed all 3, and reported each result once: two findings in src\/cart\.ts; /,
			),
		]);
		const [, printed = ""] = /npm run demo\n```[\s\S]*?```\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
		// What the lines say, wherever they are in the file by now.
		const known = (text: string) => text.replace(/process \d+|\d+ tools|^ *\d+/g, "");
		const quoted = printed.split("\n").filter((text) => /^ *\d+ |^(background|recovered):/.test(text));
		expect(quoted.length).toBeGreaterThan(3);
		for (const text of quoted) expect(stdout.split("\n").map(known)).toContain(known(text));
	});

	it("removes its folder and ends pi when it is interrupted, and one that was killed is removed by the next", async () => {
		const folder = temporaryFolder();
		const homes = () => readdirSync(folder).filter((name) => name.startsWith("pi-crew-demo-"));
		const pids = (): number[] => {
			const [home] = homes();
			try {
				return home ? JSON.parse(readFileSync(join(folder, home, "processes.json"), "utf8")) : [];
			} catch {
				return [];
			}
		};
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
			const demo = begin("run.mjs", [], { TMPDIR: folder });
			const ended = output(demo, A_WHILE);
			await until("pi to have been started", () => pids().length > 1);
			const started = pids();
			demo.kill(signal);
			await ended;
			expect([signal, homes(), started.filter(isAlive)]).toEqual([signal, [], []]);
		}

		const killed = begin("run.mjs", [], { TMPDIR: folder });
		const ended = output(killed, A_WHILE);
		await until("pi to have been started", () => pids().length > 1);
		const started = pids();
		for (const pid of started.toReversed()) process.kill(pid, "SIGKILL");
		await ended;
		expect(homes()).toHaveLength(1);
		mkdirSync(join(folder, "pi-crew-demo-of-somebody-else"));
		const next = begin("start.mjs", ["--version"], { TMPDIR: folder });
		await output(next, A_WHILE);
		expect(homes()).toEqual(["pi-crew-demo-of-somebody-else"]);
	});
});

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

describe("npm start", () => {
	it("begins a pi that this Node can run, the newest there is", async () => {
		const start = begin("start.mjs", ["-p", "Hello!"], { TMPDIR: temporaryFolder(), PI_CREW_DEMO_PACE: "0" });
		start.stdin.end();
		const { code, stdout, stderr } = await output(start, A_WHILE);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		const [, version = ""] = /^pi (\S+) with a scripted model/.exec(stdout) ?? [];
		const tested = JSON.parse(read(hostCli.cli.slice(CHECKOUT.length).replace(/dist\/.*/, "package.json"))).version;
		if (hostCli.version === "next") expect(version).toBe(tested);
		else expect(version).toMatch(/^\d+\.\d+\.\d+$/);
		expect(stdout).toContain("I am demo-1");
	});

	it("says that it needs git where there is none", async () => {
		const folder = temporaryFolder();
		const start = begin("start.mjs", ["-p", "Hello!"], { TMPDIR: folder, PATH: folder });
		start.stdin.end();
		const { code, stderr } = await output(start, A_WHILE);
		expect({ code, stderr, left: readdirSync(folder) }).toEqual({
			code: 1,
			stderr: expect.stringMatching(/^The demo's project could not be made; it needs git: .*ENOENT/),
			left: [],
		});
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

/** The demo's model in the demo's project, without its pauses. */
interface Stage {
	readonly pi: RpcClient;
	readonly shop: string;
	session(): SessionFile;
	/** Says something and resolves with the parent's last words. */
	say(sentence: string): Promise<string>;
	statuses(): Record<string, string>;
	/** Waits until this holds and the parent's model has nothing more to say. */
	untilIdle(what: string, holds: () => boolean): Promise<void>;
}

function stage(env: Record<string, string> = {}): Stage {
	const workspace = createWorkspace();
	onTestFinished(workspace.remove);
	createShop(workspace.cwd);
	const pi = startRpc({
		workspace,
		extensions: [CHECKOUT, DEMO_MODEL],
		model: "demo/demo-1",
		env: { CHECK_SECONDS: "0", ...env },
	});
	onTestFinished(() => pi.kill());
	const session = () => sessionFiles(workspace.sessionDir)[0] as SessionFile;
	return {
		pi,
		shop: workspace.cwd,
		session,
		say: async (sentence) => {
			const after = pi.events.length;
			await pi.request({ type: "prompt", message: sentence });
			await pi.answered(sentence, { after });
			return lastWords(session());
		},
		untilIdle: (what, holds) => {
			const count = (type: string) => pi.events.filter((event) => event.type === type).length;
			return until(what, () => count("agent_start") === count("agent_end") && holds());
		},
		statuses: () => Object.fromEntries([...session().records].map(([task, { record }]) => [task, record.status])),
	};
}

function lastWords({ entries }: SessionFile): string {
	const messages = entries.map(
		(entry) => entry.message as { role?: string; content?: { text?: string }[] } | undefined,
	);
	const last = messages.findLast((message) => message?.role === "assistant");
	return (last?.content ?? []).map(({ text = "" }) => text).join("");
}

const ALL_COMPLETED = {
	"Review cart.ts": "completed",
	"Review money.ts": "completed",
	"Review routes.ts": "completed",
};

describe("the demo's model", () => {
	it("does what each sentence says, and answers notifications in words only", async () => {
		const { say, statuses, session, shop, untilIdle } = stage();
		expect(await say(SENTENCES.steer)).toContain(`Say this first:\n\n- ${SENTENCES.review}`);
		await say(SENTENCES.review);
		await untilIdle("all to be reported", () => lastWords(session()).includes("All subagents have ended."));
		expect(statuses()).toEqual(ALL_COMPLETED);

		expect(await say(SENTENCES.steer)).toContain("resumed it with your request, in the background");
		await untilIdle("the resumed one to be reported", () =>
			/You also asked/.test(session().notifications.at(-1) ?? ""),
		);
		expect(await say(SENTENCES.findings)).toMatch(
			/a negative count lowers the total[\s\S]*negative price[\s\S]*\/checkout\/old/,
		);
		expect(await say(SENTENCES.explore)).toMatch(/src\/money\.ts:2 says:\n\n```\n[\s\S]*discounted\(amount/);

		const [, branch = ""] = /git diff main (pi-agent-\S+)/.exec(await say(SENTENCES.fix)) ?? [];
		const git = (...words: string[]) => execFileSync("git", words, { cwd: shop, encoding: "utf8" });
		expect(git("diff", "--stat", "main", branch)).toMatch(/^ src\/money\.ts \|.*\n 1 file changed/);
		expect(git("status", "--porcelain")).toBe("");
		expect(statuses()).toEqual({
			...ALL_COMPLETED,
			"Find out about discount": "completed",
			"Limit discounts": "completed",
		});
	});

	it("passes a message on to one that is running, which answers it in its result", async () => {
		const cues = temporaryFolder();
		const { say, statuses, session, untilIdle } = stage({ PI_CREW_DEMO_CUES: cues });
		await say(SENTENCES.review);
		expect(await say("Ask the reviewer of money.ts to check the rounding.")).toContain("reads it before its next step");
		expect(statuses()).toMatchObject({ "Review cart.ts": "running", "Review money.ts": "running" });
		expect(await say(SENTENCES.findings)).toMatch(
			/Review cart\.ts: still running\.[\s\S]*Review money\.ts: still running\./,
		);
		for (const name of ["cart-reviewed", "money-reviewed"]) writeFileSync(join(cues, name), "");
		await untilIdle("all to be reported", () => lastWords(session()).includes("All subagents have ended."));
		const { result = "" } = session().records.get("Review money.ts")?.record ?? {};
		expect(result).toMatch(/You also asked: “check the rounding\.” These lines are about it:\nsrc\/\S+:\d+:/);
		expect(result).toContain("returns a negative price");
		expect(statuses()).toEqual(ALL_COMPLETED);
	});

	it.each(["Hello!", "Sing me a song", "What is the weather like?", "?", "42", "/nonsense"])(
		"says which sentences it knows when it reads %j, and starts nothing",
		async (sentence) => {
			const { say, session } = stage();
			const answer = await say(sentence);
			for (const known of Object.values(SENTENCES)) expect(answer).toContain(`- ${known}`);
			expect([...session().records]).toEqual([]);
		},
	);

	it("drafts an agent file when /agents new asks for one", () => {
		const text =
			"Write the agent file tester.md. What the agent is for, in the words of the person who wants it:\n\nRuns: tests";
		const reply = actAsSubagent({ toolNames: [], roster: [], messages: [{ role: "user", text }] });
		const draft = draftedFile(reply.text ?? "");
		expect(parseAgentFile("/agents/tester.md", "project", draft.kind === "file" ? draft.text : "")).toMatchObject({
			definition: { name: "tester", description: "Runs: tests" },
			diagnostics: [],
		});
	});

	it("finds in the files what it says is there", () => {
		const places = ROLES.flatMap(({ result, asked = [] }) => [
			result.text,
			...asked.map(({ finding }) => finding),
		]).flatMap((text) => [...text.matchAll(/(src\/\w+\.ts):(\d+)/g)]);
		expect(places.length).toBeGreaterThan(3);
		const empty = places.filter(([, path = "", line]) => !FILES[path]?.split("\n")[Number(line) - 1]?.trim());
		expect(empty.map(([place]) => place)).toEqual([]);
	});
});
