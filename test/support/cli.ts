import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostCli } from "./host-cli.ts";

/** The folder a person names with `-e` to try a checkout. */
export const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const SCRIPTED_MODEL = fileURLToPath(new URL("./scripted-model.ts", import.meta.url));

/** A computer of its own for one scenario: a project, pi's agent directory, sessions, and nothing of the developer's. */
export interface Workspace {
	readonly cwd: string;
	readonly agentDir: string;
	readonly sessionDir: string;
	readonly env: Record<string, string>;
	/** Puts a file somewhere below the agent directory. */
	addAgentFile(path: string, text: string): void;
	remove(): void;
}

export interface PiOptions {
	readonly workspace: Workspace;
	/** What `-e` names; the checkout and the scripted model unless said otherwise. */
	readonly extensions?: readonly string[];
	readonly model?: string;
	readonly args?: readonly string[];
	readonly env?: Record<string, string>;
}

export interface RunOptions extends PiOptions {
	readonly mode: "print" | "json";
	/** Several prompts are said one after the other. */
	readonly prompt: string | readonly string[];
	readonly timeoutMs?: number;
}

/** One line of JSON mode or RPC mode. */
export type PiEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface PiRun {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
	/** What JSON mode printed; empty in print mode. */
	readonly events: readonly PiEvent[];
}

/** @param name what all its paths have in them */
export function createWorkspace(name = "pi-crew-cli"): Workspace {
	const root = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
	const cwd = join(root, "project");
	const agentDir = join(root, "agent");
	const home = join(root, "home");
	for (const folder of [cwd, agentDir, home]) mkdirSync(folder);
	const addAgentFile = (path: string, text: string) => {
		mkdirSync(dirname(join(agentDir, path)), { recursive: true });
		writeFileSync(join(agentDir, path), text);
	};
	addAgentFile("settings.json", JSON.stringify({ quietStartup: true, defaultProjectTrust: "always" }));
	return {
		cwd,
		agentDir,
		sessionDir: join(root, "sessions"),
		env: { ...fewVariables(), HOME: home, PI_OFFLINE: "1", PI_CODING_AGENT_DIR: agentDir },
		addAgentFile,
		remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
	};
}

/** The developer's keys and settings would bring models and extensions along that a scenario does not expect. */
function fewVariables(): Record<string, string> {
	const kept = ["PATH", "TMPDIR", "LANG", "SHELL"].map((name) => [name, process.env[name]]);
	return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/** Starts pi with standard input and output in our hands. */
export function spawnPi(options: PiOptions, modeArgs: readonly string[]): ChildProcessWithoutNullStreams {
	const { workspace, extensions = [CHECKOUT, SCRIPTED_MODEL], model = "faux/faux-1", args = [], env } = options;
	const named = extensions.flatMap((path) => ["-e", path]);
	const common = [...named, "--model", model, "--session-dir", workspace.sessionDir, ...args];
	return spawn(hostCli.node, [hostCli.cli, ...common, ...modeArgs], {
		cwd: workspace.cwd,
		env: { ...workspace.env, ...env },
	});
}

/** Runs pi to its end; fails when it has not ended by itself in time. */
export async function runPi(options: RunOptions): Promise<PiRun> {
	const prompts = typeof options.prompt === "string" ? [options.prompt] : options.prompt;
	const mode = options.mode === "json" ? ["--mode", "json"] : ["-p"];
	const child = spawnPi(options, [...mode, ...prompts]);
	child.stdin.end();
	const run = await output(child, options.timeoutMs ?? 120_000);
	return { ...run, events: options.mode === "json" ? parseLines(run.stdout) : [] };
}

/** @throws Error with what was printed, when the process had to be killed */
export async function output(
	child: ChildProcessWithoutNullStreams,
	timeoutMs: number,
): Promise<Pick<PiRun, "code" | "stdout" | "stderr">> {
	let [stdout, stderr] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
		stdout += chunk;
	});
	child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
		stderr += chunk;
	});
	let timedOut = false;
	const timer = setTimeout(() => {
		timedOut = true;
		child.kill("SIGKILL");
	}, timeoutMs);
	const code = await new Promise<number | null>((resolve, reject) => {
		child.on("error", reject).on("close", resolve);
	});
	clearTimeout(timer);
	if (timedOut) throw new Error(`still running after ${timeoutMs} ms\nstdout: ${stdout}\nstderr: ${stderr}`);
	return { code, stdout, stderr };
}

function parseLines(text: string): PiEvent[] {
	const lines = text.split("\n").filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line) as PiEvent);
}
