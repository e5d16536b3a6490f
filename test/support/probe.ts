import { createHook } from "node:async_hooks";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExtensionAPI, ExtensionCommandContext } from "@mariozechner/pi-coding-agent";
import type { TUI } from "@mariozechner/pi-tui";
import type { SubagentsService } from "../../src/service/service-api.ts";

/**
 * A pi extension that looks at the process from inside. On SIGUSR2 it reads `request` in the folder `PI_CREW_PROBE`, does what
 * it says and puts the answer beside it: a signal needs no key and no timer, so it works with any screen open and leaves the
 * figures alone. `probed-terminal.ts` is its other end.
 */
export type ProbeRequest =
	| { readonly id: number; readonly do: "count" }
	| { readonly id: number; readonly do: "theme"; readonly theme: string }
	| { readonly id: number; readonly do: "reload" }
	/** Starts so many in the background, as another extension would. */
	| { readonly id: number; readonly do: "spawn"; readonly count: number; readonly prompt: string }
	/** All there are. */
	| { readonly id: number; readonly do: "abort" };

export interface ProbeCounts {
	/** Where timers were made that are still set, those of the test itself and of node left out. */
	readonly timers: readonly string[];
	/** Files and folders that are watched, by where. */
	readonly watchers: readonly string[];
	/** How many listeners each event of the process and of its standard streams has. */
	readonly listeners: Readonly<Record<string, number>>;
	/** Components that are drawn, by kind of place. */
	readonly tui: { readonly overlays: number; readonly inputListeners: number; readonly aboveEditor: number };
	/** Pictures the host has drawn since the process began. */
	readonly frames: number;
	/** What was written to the terminal since then. */
	readonly bytes: number;
}

export default function probe(pi: ExtensionAPI): void {
	const folder = process.env.PI_CREW_PROBE;
	if (folder === undefined) return;
	const watched = watchProcess();
	let tui: TUI | undefined;
	let command: ExtensionCommandContext | undefined;

	pi.registerCommand("probe", {
		description: "lends the probe what only a command is given",
		handler: async (_words, ctx) => {
			command = ctx;
			ctx.ui.notify("the probe is ready", "info");
		},
	});
	pi.on("session_start", (_event, ctx) => {
		if (!ctx.hasUI) return; // in a subagent
		ctx.ui.setWidget("probe", (host) => {
			tui = host;
			return { render: () => [], invalidate: () => {} };
		});
		ctx.ui.setWidget("probe", undefined);
		const answer = async () => {
			const request = JSON.parse(readFileSync(join(folder, "request"), "utf8")) as ProbeRequest;
			await new Promise(setImmediate); // node tells of a timer that is gone a moment later
			const reply = act(request);
			writeFileSync(join(folder, "writing"), JSON.stringify(reply));
			renameSync(join(folder, "writing"), join(folder, `answer-${request.id}`));
		};
		const act = (request: ProbeRequest): unknown => {
			if (request.do === "theme") return ctx.ui.setTheme(request.theme);
			if (request.do === "count") return { ...watched(), tui: countTui(tui) };
			if (request.do === "spawn") return spawnMany(request);
			if (request.do === "abort") return abortAll();
			if (!command) return { success: false, error: "say /probe first" };
			void command.reload();
			return { success: true };
		};
		process.on("SIGUSR2", answer);
		pi.on("session_shutdown", () => void process.off("SIGUSR2", answer));
	});
}

function spawnMany({ count, prompt }: { count: number; prompt: string }): unknown {
	const service = publishedService();
	for (let number = 1; number <= count; number++)
		service?.spawn("general-purpose", prompt, { description: `number ${number}` });
	return { success: service !== undefined };
}

function abortAll(): unknown {
	const service = publishedService();
	for (const { id } of service?.listAgents() ?? []) service?.abort(id);
	return { success: service !== undefined };
}

function publishedService(): SubagentsService | undefined {
	return (globalThis as { [SERVICE]?: SubagentsService })[SERVICE];
}

const SERVICE = Symbol.for("@gotgenes/pi-subagents:service");

/** Begins with the first load of this file in the process. */
function watchProcess(): () => Omit<ProbeCounts, "tui"> {
	const place = globalThis as { [WATCH]?: () => Omit<ProbeCounts, "tui"> };
	place[WATCH] ??= beginToWatch();
	return place[WATCH];
}

const WATCH = Symbol.for("pi-crew-test-probe");

function beginToWatch(): () => Omit<ProbeCounts, "tui"> {
	const alive = new Map<number, { type: string; from: string }>();
	createHook({
		init(id, type) {
			if (type === "Timeout" || type === "FSEVENTWRAP" || type === "STATWATCHER")
				alive.set(id, { type, from: origin() });
		},
		destroy(id) {
			alive.delete(id);
		},
	}).enable();
	let [frames, bytes] = [0, 0];
	const write = process.stdout.write;
	process.stdout.write = ((...given: Parameters<typeof write>) => {
		if (`${given[0]}`.includes(PICTURE)) frames++;
		bytes += given[0].length;
		return write.apply(process.stdout, given);
	}) as typeof write;
	return () => {
		const from = (...types: string[]) =>
			[...alive.values()]
				.filter(({ type }) => types.includes(type))
				.map((one) => one.from)
				.sort();
		return {
			timers: from("Timeout"),
			watchers: from("FSEVENTWRAP", "STATWATCHER"),
			listeners: countListeners(),
			frames,
			bytes,
		};
	};
}

/** Asks the terminal to show all that follows at once; the host begins each picture with it. */
const PICTURE = "\x1b[?2026h";

/** The first line of the stack that is not node's and not ours here. */
function origin(): string {
	const lines = (new Error().stack ?? "").split("\n").slice(1);
	const line = lines.find((candidate) => !/node:|\(native\)|support\/probe\.ts/.test(candidate));
	return line?.trim().replace(/^at /, "") ?? "node";
}

function countListeners(): Record<string, number> {
	const emitters = { process, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
	const counts = Object.entries(emitters).flatMap(([name, emitter]) =>
		emitter.eventNames().map((event) => [`${name} ${String(event)}`, emitter.listenerCount(event)] as const),
	);
	return Object.fromEntries(counts.sort());
}

/** What the host keeps to itself has the same names in both hosts. */
function countTui(tui: TUI | undefined): ProbeCounts["tui"] {
	const inside = tui as unknown as
		| { overlayStack?: unknown[]; inputListeners?: Set<unknown>; children: { children?: unknown[] }[] }
		| undefined;
	return {
		overlays: inside?.overlayStack?.length ?? -1,
		inputListeners: inside?.inputListeners?.size ?? -1,
		aboveEditor: inside?.children.length ?? -1,
	};
}
