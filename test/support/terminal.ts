import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKOUT, type PiOptions, SCRIPTED_MODEL } from "./cli.ts";
import { hostCli, type TuiMode } from "./host-cli.ts";
import { type Cell, screenCells } from "./screen-cells.ts";

export interface TerminalOptions extends PiOptions {
	readonly cols?: number;
	readonly rows?: number;
	readonly theme?: "dark" | "light";
	/** The host's own default when absent. */
	readonly tuiMode?: TuiMode;
	/** What starts pi in the end, in place of pi itself; then extensions, model and args are its own affair. */
	readonly command?: readonly string[];
}

/** What a key is called, as tmux has it: `Enter`, `Escape`, `Up`, `C-c`, `M-a`, or a character. */
export type KeyName = string;

/** Something to wait for: words on the screen, or what holds of its lines. */
export type Sight = string | RegExp | ((screen: readonly string[]) => boolean);

/** A pi in a terminal that really is one: a pane of a tmux of its own. Whoever starts it stops it. */
export interface Terminal {
	/** Puts the text in, as typed. */
	type(text: string): void;
	press(...keys: readonly KeyName[]): void;
	/** Says something to pi's model: types it, waits until it stands in the editor, sends it. */
	say(text: string): Promise<void>;
	/** Gives pi a command, `/agents list`. Enter may only close the completions, so it is pressed until the command has gone. */
	command(text: string): Promise<void>;
	/** The lines of the screen, without colours and trailing blanks. */
	screen(): string[];
	screenWithColours(): Cell[][];
	/** The whole conversation, what left the screen at its top included. */
	history(): Promise<string[]>;
	/** The lines that were wider than the screen, so that the terminal had to break them. */
	brokenLines(): string[];
	/** @throws with the whole screen and what pi said on stderr, when it was not seen in time or pi ended */
	until(sight: Sight, options?: { readonly what?: string; readonly timeoutMs?: number }): Promise<string[]>;
	/** Resolves when pi has ended, with its exit code. */
	ended(): Promise<number>;
	resize(cols: number, rows: number): void;
	alive(): boolean;
	/** Of pi, when it has ended. */
	exitCode(): number | undefined;
	stderr(): string;
	/** Of pi. */
	readonly pid: number;
	/** Ends pi and its terminal, and removes what they have written. */
	stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 10;
const HIGH = 400;
/** The last line of pi's screen has the model in it. */
const READY = /faux-1|demo-1/;

let started = 0;

/** Starts pi and waits until it can be typed to. */
export async function startTerminal(options: TerminalOptions): Promise<Terminal> {
	const { workspace, theme = "dark", tuiMode, cols = 80, rows = 24 } = options;
	const settings = { quietStartup: true, defaultProjectTrust: "always", theme, ...(tuiMode && { tuiMode }) };
	workspace.addAgentFile("settings.json", JSON.stringify(settings));
	for (const program of ["fd", "rg"]) workspace.addAgentFile(`bin/${program}`, ""); // pi complains on the screen of their absence
	const terminal = openTerminal(options, { cols, rows });
	try {
		await terminal.until(READY, { what: "pi to have started" });
	} catch (error) {
		await terminal.stop();
		throw error;
	}
	return terminal;
}

function openTerminal(options: TerminalOptions, { cols, rows }: { cols: number; rows: number }): Terminal {
	const folder = mkdtempSync(join(tmpdir(), "pi-crew-terminal-"));
	const errors = join(folder, "stderr.txt");
	const tmux = tmuxServer({ folder, env: terminalEnv(options) });
	process.once("exit", hangUp); // a test process that ends early takes pi along
	tmux(
		["start-server", ";", ...SERVER_OPTIONS.flatMap((option) => ["set-option", ...option.split(" "), ";"])],
		["new-session", "-d", "-s", "pi", "-x", `${cols}`, "-y", `${rows}`, "-c", options.workspace.cwd],
		[commandLine(options, errors)],
	);
	const pid = Number(ask("#{pane_pid}"));
	let isStopped = false;

	function ask(format: string): string {
		return tmux(["display-message", "-p", "-t", "pi", format]).trim();
	}
	function capture(...how: readonly string[]): string[] {
		return tmux(["capture-pane", "-p", "-t", "pi", ...how])
			.replace(/\n$/, "")
			.split("\n");
	}
	function hangUp(): void {
		try {
			tmux(["kill-server"]);
		} catch {
			// it is gone already
		}
	}

	const screen = () => capture();
	const isFullscreen = () => ask("#{alternate_on}") === "1";
	const resize = (width: number | string, height: number | string) =>
		void tmux(["resize-window", "-t", "pi", "-x", `${width}`, "-y", `${height}`]);
	const alive = () => ask("#{pane_dead}") !== "1";
	const stderr = () => (existsSync(errors) ? readFileSync(errors, "utf8") : "");
	const exitCode = () => (alive() ? undefined : Number(ask("#{pane_dead_status}")));
	const type = (text: string) => void tmux(["send-keys", "-t", "pi", "-l", "--", text]);
	const press = (...keys: readonly KeyName[]) => void tmux(["send-keys", "-t", "pi", "--", ...keys]);
	const fail = (what: string): never => {
		const ending = alive() ? "pi is still there" : `pi has ended with code ${exitCode()}`;
		throw new Error(`waited in vain for ${what}; ${ending}\n${framed(screen())}\nstderr: ${stderr()}`);
	};
	const until: Terminal["until"] = async (sight, { what = `${sight}`, timeoutMs = PATIENCE_MS } = {}) => {
		const deadline = performance.now() + timeoutMs;
		for (;;) {
			// Seen twice: a picture can be read when only half of it has been drawn.
			if (isSeen(sight, screen())) {
				await pause(LOOK_EVERY_MS);
				const lines = screen();
				if (isSeen(sight, lines)) return lines;
			}
			if (performance.now() > deadline || !alive()) fail(what);
			await pause(LOOK_EVERY_MS);
		}
	};
	const typed = async (text: string) => {
		type(text);
		await until((lines) => isWritten(text, lines), { what: `the typed ${JSON.stringify(text)}` });
	};
	return {
		type,
		press,
		say: async (text) => {
			await typed(text);
			press("Enter");
		},
		command: async (text) => {
			await typed(text);
			let tries = 0;
			await until(
				(lines) => {
					if (!isWritten(text, lines)) return true;
					if (tries++ % 20 === 0) press("Enter");
					return false;
				},
				{ what: `${text} to be taken` },
			);
		},
		screen,
		screenWithColours: () => screenCells(capture("-e", "-N")),
		history: async () => {
			if (!isFullscreen()) return capture("-S", "-");
			// Nothing leaves a screen that pi manages itself; a high one has room for all of it.
			const [width, height] = [ask("#{pane_width}"), ask("#{pane_height}")];
			const isDrawn = (lines: readonly string[]) => lines.slice(-2).some((line) => line !== ""); // pi's own lines stand last
			resize(width, HIGH);
			const lines = await until((seen) => seen.length === HIGH && isDrawn(seen), { what: "a high screen" });
			resize(width, height);
			await until((seen) => seen.length === Number(height) && isDrawn(seen), { what: "the screen as it was" });
			return lines;
		},
		brokenLines: () => {
			// Both in one command: the screen may be another one a moment later.
			const both = tmux(["capture-pane", "-p", "-t", "pi", ";", "capture-pane", "-p", "-J", "-t", "pi"]).split("\n");
			const height = Number(ask("#{pane_height}"));
			return brokenLines(both.slice(0, height), both.slice(height, -1));
		},
		until,
		ended: async () => {
			const deadline = performance.now() + PATIENCE_MS;
			while (alive()) {
				if (performance.now() > deadline) fail("pi to end");
				await pause(LOOK_EVERY_MS);
			}
			return exitCode() as number;
		},
		resize,
		alive,
		exitCode,
		stderr,
		pid,
		stop: async () => {
			if (isStopped) return;
			isStopped = true;
			try {
				await end(pid, alive);
			} finally {
				process.off("exit", hangUp);
				hangUp();
				rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
			}
		},
	};
}

const SERVER_OPTIONS = [
	"-g escape-time 0",
	"-s extended-keys on",
	"-g status off",
	"-g remain-on-exit on",
	"-g default-shell /bin/sh",
	"-g default-terminal screen-256color",
	"-g history-limit 20000",
];

function tmuxServer({ folder, env }: { folder: string; env: Record<string, string> }) {
	const socket = `pi-crew-${process.pid}-${++started}`;
	return (...words: readonly (readonly string[])[]): string => {
		try {
			return execFileSync("tmux", ["-L", socket, "-f", "/dev/null", ...words.flat()], {
				encoding: "utf8",
				env: { ...env, TMUX_TMPDIR: folder },
				stdio: ["ignore", "pipe", "pipe"],
			});
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
			throw new Error("tmux is not installed; the tests in a real terminal need it (apt-get install tmux)");
		}
	};
}

function terminalEnv({ workspace, env }: TerminalOptions): Record<string, string> {
	return { ...workspace.env, LANG: "C.UTF-8", LC_ALL: "C.UTF-8", COLORTERM: "truecolor", ...env };
}

/** The terminal's own name is tmux's to say, so another one is said behind its back. */
function commandLine(
	{ workspace, extensions, model = "faux/faux-1", args = [], env, command }: TerminalOptions,
	errors: string,
) {
	const named = (extensions ?? [CHECKOUT, SCRIPTED_MODEL]).flatMap((path) => ["-e", path]);
	const pi = [hostCli.node, hostCli.cli, ...named, "--model", model, "--session-dir", workspace.sessionDir, ...args];
	const words = command ?? pi;
	const renamed = env?.TERM === undefined ? [] : ["env", `TERM=${env.TERM}`];
	return `exec ${[...renamed, ...words].map(quoted).join(" ")} 2>${quoted(errors)}`;
}

function quoted(word: string): string {
	return `'${word.replaceAll("'", "'\\''")}'`;
}

function isSeen(sight: Sight, lines: readonly string[]): boolean {
	if (typeof sight === "function") return sight(lines);
	const text = lines.join("\n");
	return typeof sight === "string" ? text.includes(sight) : sight.test(text);
}

/** tmux remembers which lines it broke by itself, and puts them together again when it is asked to. */
function brokenLines(screen: readonly string[], joined: readonly string[]): string[] {
	return joined.map((line) => line.trimEnd()).filter((line) => !screen.includes(line));
}

/** A long text is broken at the edge of the screen; its last words tell. */
function isWritten(text: string, screen: readonly string[]): boolean {
	const dense = (line: string) => line.replace(/\s/g, "");
	return dense(screen.join("")).includes(dense(text).slice(-15));
}

function framed(lines: readonly string[]): string {
	return lines.map((line) => `│${line}`).join("\n");
}

/** Asked to end, it stops its subagents with what they have started; killed is one that does not listen. */
async function end(pid: number, alive: () => boolean): Promise<void> {
	if (!alive()) return;
	process.kill(pid, "SIGTERM");
	const deadline = performance.now() + 30_000;
	while (alive()) {
		if (performance.now() > deadline) return void process.kill(pid, "SIGKILL");
		await pause(LOOK_EVERY_MS);
	}
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
