import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Tells one process from all others, also from a later one with the same number where the system says when it started. */
export interface ProcessIdentity {
	readonly host: string;
	readonly pid: number;
	/** When it started, in the system's own counting. */
	readonly started?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export function thisProcess(): ProcessIdentity {
	const life = lifeOf(process.pid);
	const started = life.kind === "known" ? { started: life.started } : {};
	return { host: hostname(), pid: process.pid, ...started };
}

/** @param ageMs how long ago the process said that it is there */
export function isAlive(identity: ProcessIdentity, ageMs: number): boolean {
	// Another machine or container with the same home: its processes cannot be seen from here, so time has to tell.
	if (identity.host !== hostname()) return ageMs < DAY_MS;
	if (!hasNumber(identity.pid)) return false;
	const life = lifeOf(identity.pid);
	if (life.kind === "unknown") return true;
	if (life.kind === "dead") return false;
	return identity.started === undefined || identity.started === life.started;
}

function hasNumber(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's, but there
	}
}

type Life =
	| { readonly kind: "known"; readonly started: string }
	| { readonly kind: "dead" }
	| { readonly kind: "unknown" };

/** Linux alone tells it in a file. A zombie still has its number and is dead all the same. */
function lifeOf(pid: number): Life {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const [state = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return "ZX".includes(state) ? { kind: "dead" } : { kind: "known", started: rest[STARTED - 1] ?? "" };
	} catch {
		return { kind: "unknown" }; // no such file system
	}
}

/** Where the start time stands in that file, counted from the state. */
const STARTED = 19;
