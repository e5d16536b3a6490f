import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Tells a process from all others: also from those of other machines that share the home directory, of other containers,
 * and of an earlier boot. Only `pid` and `hostname` are always there; the rest exists where the system says it.
 */
export interface ProcessDescriptor {
	readonly pid: number;
	readonly hostname: string;
	/** When the process was started, in the system's own counting. */
	readonly born?: string;
	/** Names the installed system; a hash, because the id itself is confidential. */
	readonly machine?: string;
	/** Names the boot and the process namespace: process ids can be compared within one only. */
	readonly pidSpace?: string;
}

/** `unknown`: a process of another machine or container, which cannot be asked. */
export type Liveness = "alive" | "dead" | "unknown";

export function identifyProcess(pid: number): ProcessDescriptor {
	const life = lifeOf(pid);
	return { pid, hostname: hostname(), ...(life.kind === "known" && { born: life.born }), ...surroundings() };
}

export function livenessOf(identity: ProcessDescriptor): Liveness {
	const scope = scopeOf(identity);
	if (scope !== "here") return scope;
	const { pid, born } = identity;
	if (!Number.isSafeInteger(pid) || pid <= 0 || !exists(pid)) return "dead";
	const life = lifeOf(pid);
	if (life.kind === "unknown") return "alive";
	if (life.kind === "dead") return "dead";
	return born === undefined || born === life.born ? "alive" : "dead";
}

/** @returns a short text that is the same for all processes whose ids can be compared, without blanks, dots and slashes */
export function processScope(): string {
	const { machine = "", pidSpace = "" } = surroundings();
	return hashed(`${hostname()}:${machine}:${pidSpace}`);
}

/** Whether this process could see that one, if it lived. */
function scopeOf({ hostname: name, machine, pidSpace }: ProcessDescriptor): "here" | "dead" | "unknown" {
	const us = surroundings();
	const sameSystem = machine === undefined || us.machine === undefined || machine === us.machine;
	const sameName = name === hostname();
	if (!sameSystem) return "unknown";
	if (pidSpace === undefined || us.pidSpace === undefined) return sameName ? "here" : "unknown";
	if (pidSpace === us.pidSpace) return "here"; // the machine's name may have changed since
	// Another boot of this machine is over; a container of the same name may be running.
	return sameName && machine !== undefined && bootOf(pidSpace) !== bootOf(us.pidSpace) ? "dead" : "unknown";
}

let known: Pick<ProcessDescriptor, "machine" | "pidSpace"> | undefined;

function surroundings(): Pick<ProcessDescriptor, "machine" | "pidSpace"> {
	known ??= readSurroundings();
	return known;
}

/** Linux alone says it where it can be read without asking another program. */
function readSurroundings(): Pick<ProcessDescriptor, "machine" | "pidSpace"> {
	const machine = attempt(() => readFileSync("/etc/machine-id", "utf8").trim()) || undefined;
	const boot = attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
	const space = attempt(() => readlinkSync("/proc/self/ns/pid"));
	return {
		...(machine !== undefined && { machine: hashed(`pi-crew ${machine}`) }),
		...(boot && space && { pidSpace: `${hashed(boot)}-${hashed(space)}` }),
	};
}

function bootOf(pidSpace: string): string | undefined {
	return pidSpace.split("-")[0];
}

function hashed(text: string): string {
	return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function attempt<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch {
		return undefined; // another system
	}
}

function exists(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM"; // it is there, but somebody else's
	}
}

type Life =
	| { readonly kind: "known"; readonly born: string }
	| { readonly kind: "dead" }
	/** Another system, or the process is gone; then its number alone has to do. */
	| { readonly kind: "unknown" };

/** A zombie still has its number and is dead all the same. */
function lifeOf(pid: number): Life {
	const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
	if (stat === undefined) return { kind: "unknown" };
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold blanks and brackets
	const born = fields[STARTED];
	if (born === undefined) return { kind: "unknown" };
	return "ZX".includes(fields[0] ?? "") ? { kind: "dead" } : { kind: "known", born };
}

/** Where the start time stands in that file, counted from the state. */
const STARTED = 19;
