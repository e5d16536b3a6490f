import {
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const PREFIX = "pi-crew-demo-";
/** In each folder: the processes that use it. */
const USERS = "processes.json";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * A place for pi's settings, sessions and project, so that nothing of the person's own pi is read or changed. It is removed
 * when this process ends, and at the next start where it could not be.
 */
export function createHome() {
	removeAbandoned();
	const folder = mkdtempSync(join(tmpdir(), PREFIX));
	const pids = [process.pid];
	const note = () => writeFileSync(join(folder, USERS), JSON.stringify(pids));
	note();
	mkdirSync(join(folder, "agent"));
	const settings = { quietStartup: true, defaultProjectTrust: "always" };
	writeFileSync(join(folder, "agent", "settings.json"), JSON.stringify(settings));
	for (const program of ["fd", "rg"].filter((name) => !isInstalled(name))) {
		mkdirSync(join(folder, "agent", "bin"), { recursive: true });
		writeFileSync(join(folder, "agent", "bin", program), ""); // pi would complain of its absence on the screen
	}
	process.on("exit", () => remove(folder));
	return {
		folder,
		/** A process that was started: while it lives, no other demo removes the folder. */
		addUser(pid) {
			pids.push(pid);
			note();
		},
	};
}

/**
 * A signal to this process ends the child first, and then this process.
 *
 * @param child returns the process that runs at that moment, if any
 * @param isTerminals whether Ctrl+C is the child's own: it shares the terminal and reads that key itself
 */
export function endWith(child, { isTerminals = false } = {}) {
	for (const signal of SIGNALS) {
		process.on(signal, () => {
			if (isTerminals && signal === "SIGINT") return;
			const running = child();
			const end = () => process.exit(130);
			if (!running || running.exitCode !== null || running.signalCode !== null) return end();
			running.once("exit", end);
			running.kill(signal === "SIGINT" ? "SIGTERM" : signal);
			setTimeout(() => running.kill("SIGKILL"), 5000).unref();
		});
	}
}

function isInstalled(program) {
	const names = program === "fd" ? ["fd", "fdfind"] : [program];
	const folders = (process.env.PATH ?? "").split(delimiter);
	return folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
}

function remove(folder) {
	try {
		rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
	} catch {
		// the next demo tries again
	}
}

/** What an earlier demo left that was killed. A folder without our list of processes is somebody else's. */
function removeAbandoned() {
	for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
		const folder = join(tmpdir(), name);
		try {
			const { uid } = lstatSync(folder);
			if (process.getuid && uid !== process.getuid()) continue;
			const pids = JSON.parse(readFileSync(join(folder, USERS), "utf8"));
			if (lstatSync(folder).isDirectory() && Array.isArray(pids) && !pids.some(isAlive)) remove(folder);
		} catch {
			// not a folder, not one of ours, or just being made or removed
		}
	}
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return !isZombie(pid);
	} catch (error) {
		return error.code === "EPERM";
	}
}

/** It has ended, and nobody has asked how yet; only Linux says so. */
function isZombie(pid) {
	try {
		return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
	} catch {
		return false;
	}
}
