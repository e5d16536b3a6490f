import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";

interface Request {
	readonly agentId: string;
	readonly invocation?: { readonly isResume?: boolean; readonly previousCwd?: string };
}

interface Service {
	registerWorkspaceProvider(provider: object): () => void;
}

const DISPOSAL_MS = 60;

/**
 * A pi extension that gives each run a directory below `TORTURE_WORKSPACES/open` and, when it ends, saves what is in it
 * below `TORTURE_WORKSPACES/saved`, taking its time. A resumed run continues in the directory it was killed in.
 */
export default function slowWorkspaces(pi: ExtensionAPI): void {
	const root = process.env.TORTURE_WORKSPACES;
	if (!root) return;
	const open = join(root, "open");
	let disposals = 0;
	const dispose = async (cwd: string) => {
		await new Promise((resolve) => setTimeout(resolve, 1));
		dieDuring(++disposals);
		for (const file of readdirSync(cwd)) {
			cpSync(join(cwd, file), join(root, "saved", file));
			await new Promise((resolve) => setTimeout(resolve, DISPOSAL_MS / 2));
		}
		await new Promise((resolve) => setTimeout(resolve, DISPOSAL_MS / 2));
		rmSync(cwd, { recursive: true });
		return { resultAddendum: "saved" };
	};
	const prepare = async ({ agentId, invocation }: Request) => {
		const { previousCwd = "" } = invocation ?? {};
		const isBack = previousCwd.startsWith(open) && existsSync(previousCwd);
		const cwd = isBack ? previousCwd : join(open, `${agentId}-${Date.now().toString(36)}`);
		mkdirSync(cwd, { recursive: true });
		mkdirSync(join(root, "saved"), { recursive: true });
		appendFileSync(join(root, "prepared"), `${agentId} ${invocation?.isResume === true} ${previousCwd} ${cwd}\n`);
		await new Promise((resolve) => setTimeout(resolve, 10));
		return { cwd, dispose: () => dispose(cwd) };
	};
	pi.on("session_start", () => {
		const service = (globalThis as Record<symbol, unknown>)[Symbol.for("@gotgenes/pi-subagents:service")] as
			| Service
			| undefined;
		try {
			service?.registerWorkspaceProvider({ prepare });
		} catch {
			// in RPC mode a session starts twice
		}
	});
}

/** Kills the process so long after the nth disposal began, as `TORTURE_DISPOSAL` says in JSON. */
function dieDuring(disposal: number): void {
	const aim = process.env.TORTURE_DISPOSAL ? JSON.parse(process.env.TORTURE_DISPOSAL) : {};
	if (aim.nth === disposal) setTimeout(() => process.kill(process.pid, "SIGKILL"), aim.ms);
}
