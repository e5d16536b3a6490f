import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./condition.ts";
import { type HostOptions, type ScriptedHost, startHost } from "./scripted-host.ts";

const SERVER = fileURLToPath(new URL("./mcp-server.mjs", import.meta.url));

export interface McpServer {
	/** As in pi's `mcp.json`. */
	readonly exposure?: "direct" | "codemode" | "deferred" | "hidden";
	readonly toolExposure?: Record<string, string>;
	/** Milliseconds until it can be used. */
	readonly delay?: number | "never";
}

/** A parent with real MCP servers. */
export interface McpParent extends ScriptedHost {
	/** What the servers wrote down: `started <pid>` and `called <tool> <text>`. */
	serverLog(): string[];
	/** Process ids of all servers that were ever started. */
	serverPids(): number[];
	/** Ends the parent and waits until no server is left. */
	quitAndWait(): Promise<void>;
}

export async function startMcpParent(
	options: HostOptions & { readonly servers: Record<string, McpServer> },
): Promise<McpParent> {
	const folder = mkdtempSync(join(tmpdir(), "pi-crew-mcp-"));
	const log = join(folder, "log");
	const personalFiles = { ...options.personalFiles, "mcp.json": mcpConfig(options.servers, log) };
	const host = await startHost({ ...options, personalFiles, builtIns: true });
	const serverLog = () =>
		existsSync(log)
			? readFileSync(log, "utf8")
					.split("\n")
					.filter((line) => line !== "")
			: [];
	const serverPids = () =>
		serverLog().flatMap((line) => (line.startsWith("started ") ? [Number(line.slice("started ".length))] : []));
	return {
		...host,
		serverLog,
		serverPids,
		quitAndWait: async () => {
			await host.quit();
			await until("all servers to be gone", () => !serverPids().some(isAlive));
		},
		stop: async () => {
			await host.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** @returns pi's `mcp.json` */
export function mcpConfig(servers: Record<string, McpServer>, log: string): string {
	const mcpServers = Object.entries(servers).map(([name, { delay = 0, ...server }]) => [
		name,
		{ ...mcpCommand(log, delay), ...server },
	]);
	return JSON.stringify({ mcpServers: Object.fromEntries(mcpServers) });
}

export function mcpCommand(log: string, delay: McpServer["delay"] = 0) {
	return { command: process.execPath, args: [SERVER, log, String(delay)] };
}

function linesIn(log: string): string[] {
	return existsSync(log)
		? readFileSync(log, "utf8")
				.split("\n")
				.filter((line) => line !== "")
		: [];
}

/** The servers that wrote into this file when they started. */
export function pidsIn(log: string): number[] {
	return linesIn(log).flatMap((line) => (line.startsWith("started ") ? [Number(line.slice("started ".length))] : []));
}

export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
