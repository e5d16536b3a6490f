import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHECKOUT, SCRIPTED_MODEL } from "./cli.ts";
import { until } from "./condition.ts";
import type { ProbeCounts, ProbeRequest } from "./probe.ts";
import { startTerminal, type Terminal, type TerminalOptions } from "./terminal.ts";

/** A pi in a terminal that can be looked into while it runs, whatever screen is open. */
export interface ProbedTerminal extends Terminal {
	count(): Promise<ProbeCounts>;
	setTheme(theme: string): Promise<void>;
	/** Starts so many subagents in the background, while the parent stays idle. */
	spawn(count: number, prompt: string): Promise<void>;
	/** Ends all subagents that live. */
	abortAll(): Promise<void>;
	/** As `/reload` does it. The command `/probe` has to be given first, after each reload again. */
	reload(): Promise<void>;
}

const PROBE = fileURLToPath(new URL("./probe.ts", import.meta.url));

export async function startProbedTerminal(options: TerminalOptions): Promise<ProbedTerminal> {
	const folder = mkdtempSync(join(tmpdir(), "pi-crew-probe-"));
	const extensions = [PROBE, ...(options.extensions ?? [CHECKOUT, SCRIPTED_MODEL])]; // first, to see what the others make
	const env = { ...options.env, PI_CREW_PROBE: folder };
	const terminal = await startTerminal({ ...options, extensions, env });
	let requests = 0;
	const ask = async (request: DistributedOmit<ProbeRequest, "id">): Promise<unknown> => {
		const id = ++requests;
		writeFileSync(join(folder, "request"), JSON.stringify({ ...request, id }));
		process.kill(terminal.pid, "SIGUSR2");
		const answer = join(folder, `answer-${id}`);
		await until(`the probe to answer ${request.do}`, () => existsSync(answer));
		return JSON.parse(readFileSync(answer, "utf8"));
	};
	const order = async (request: DistributedOmit<ProbeRequest, "id">) => {
		const { success, error } = (await ask(request)) as { success: boolean; error?: string };
		if (!success) throw new Error(`the probe could not do ${request.do}: ${error}`);
	};
	return {
		...terminal,
		count: async () => (await ask({ do: "count" })) as ProbeCounts,
		setTheme: (theme) => order({ do: "theme", theme }),
		spawn: (count, prompt) => order({ do: "spawn", count, prompt }),
		abortAll: () => order({ do: "abort" }),
		reload: () => order({ do: "reload" }),
		stop: async () => {
			await terminal.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
