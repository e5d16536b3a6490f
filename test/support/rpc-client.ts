import { type PiEvent, type PiOptions, spawnPi } from "./cli.ts";

/** A pi in RPC mode. What it writes is kept from the first line on, so nobody can look too late. */
export interface RpcClient {
	readonly events: readonly PiEvent[];
	readonly stderr: () => string;
	send(command: { type: string } & Record<string, unknown>): void;
	/** Sends a command and resolves with its response, whether that says success or not. */
	request(command: { type: string } & Record<string, unknown>): Promise<PiEvent>;
	/** Resolves with the first event that fits, of those still to come and those since `after` (an index into `events`). */
	waitFor(what: string, fits: (event: PiEvent) => boolean, options?: { after?: number }): Promise<PiEvent>;
	/**
	 * Resolves when the run that answers this prompt has ended. Only its own `agent_end` counts: a notification may have
	 * started a run of its own just before, and the prompt waits for that.
	 */
	answered(message: string, options?: { after?: number }): Promise<void>;
	/** Ends the input, which ends pi; resolves with its exit code. */
	close(): Promise<number | null>;
	/** Kills pi where it stands; resolves when it is gone. */
	kill(): Promise<void>;
	/** Resolves when pi is gone, whatever ended it. */
	readonly gone: Promise<unknown>;
	readonly pid: number | undefined;
}

const PATIENCE_MS = 60_000;

export function startRpc(options: PiOptions): RpcClient {
	const pi = spawnPi(options, ["--mode", "rpc"]);
	const events: PiEvent[] = [];
	const lookers = new Set<() => void>();
	const look = () => {
		for (const looker of [...lookers]) looker();
	};
	let [rest, stderr] = ["", ""];
	let exitCode: number | null | undefined;
	pi.stderr.setEncoding("utf8").on("data", (chunk: string) => {
		stderr += chunk;
	});
	pi.stdout.setEncoding("utf8").on("data", (chunk: string) => {
		// Not readline: it also splits at U+2028, which may stand inside a JSON string.
		const lines = (rest + chunk).split("\n");
		rest = lines.pop() ?? "";
		events.push(...lines.filter((line) => line !== "").map((line) => JSON.parse(line) as PiEvent));
		look();
	});
	const closed = new Promise<number | null>((resolve, reject) => {
		pi.on("error", reject).on("close", (code) => {
			exitCode = code;
			look();
			resolve(code);
		});
	});

	const exited = new Promise((resolve) => pi.on("exit", resolve)); // from the start: it may be asked for when it is over

	const waitFor: RpcClient["waitFor"] = (what, fits, { after = 0 } = {}) =>
		new Promise((resolve, reject) => {
			const finish = (settle: () => void) => {
				clearTimeout(timer);
				lookers.delete(looker);
				settle();
			};
			const giveUp = (why: string) =>
				finish(() => reject(new Error(`waited in vain for ${what}: ${why}\n${describe(events, stderr)}`)));
			const timer = setTimeout(() => giveUp(`nothing came for ${PATIENCE_MS} ms`), PATIENCE_MS);
			const looker = () => {
				const found = events.slice(after).find(fits);
				if (found) finish(() => resolve(found));
				else if (exitCode !== undefined) giveUp(`pi ended with code ${exitCode}`);
			};
			lookers.add(looker);
			looker();
		});

	let requests = 0;
	const send: RpcClient["send"] = (command) => void pi.stdin.write(`${JSON.stringify(command)}\n`);
	return {
		events,
		stderr: () => stderr,
		send,
		request: (command) => {
			const id = `request-${++requests}`;
			send({ ...command, id });
			return waitFor(`the response to ${command.type}`, (event) => event.type === "response" && event.id === id);
		},
		waitFor,
		answered: async (message, { after = 0 } = {}) => {
			const said = await waitFor(`${message} to be said`, (event) => isSaid(event, message), { after });
			await waitFor("the end of its run", ({ type }) => type === "agent_end", { after: events.indexOf(said) });
		},
		close: () => {
			pi.stdin.end();
			const timer = setTimeout(() => pi.kill("SIGKILL"), PATIENCE_MS);
			return closed.finally(() => clearTimeout(timer));
		},
		kill: async () => {
			pi.kill("SIGKILL");
			await exited; // not its pipes: a shell command of a subagent may hold them a while longer
		},
		gone: exited,
		pid: pi.pid,
	};
}

function isSaid({ type, message }: PiEvent, text: string): boolean {
	if (type !== "message_start") return false;
	const { role, content } = message as { role: string; content: unknown };
	return role === "user" && Array.isArray(content) && content.some((part) => part.text === text);
}

function describe(events: readonly PiEvent[], stderr: string): string {
	return `events: ${events.map((event) => event.type).join(" ")}\nstderr: ${stderr}`;
}
