import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { ProcessIdentity } from "../domain/stored-subagent.ts";

export function identifyProcess(pid: number): ProcessIdentity {
	const born = bornOf(pid);
	return { pid, hostname: hostname(), ...(born !== undefined && { born }) };
}

export type Liveness = "alive" | "dead" | "unknown";

/** `unknown` for processes of other machines, which cannot be asked. */
export function livenessOf({ pid, hostname: machine, born }: ProcessIdentity): Liveness {
	if (machine !== hostname()) return "unknown";
	if (!exists(pid)) return "dead";
	const now = bornOf(pid);
	return born !== undefined && now !== undefined && now !== born ? "dead" : "alive";
}

function exists(pid: number): boolean {
	if (!Number.isSafeInteger(pid) || pid <= 0) return false; // 0 and below mean whole groups of processes, which always exist
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM"; // it is there, but somebody else's
	}
}

/** Ticks since the machine was started; Linux alone has it where it can be read without asking another program. */
function bornOf(pid: number): string | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]; // the name before may hold blanks and brackets
	} catch {
		return undefined; // another system, or the process is gone; then its number alone has to do
	}
}
