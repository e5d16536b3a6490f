import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newestHost } from "./hosts.mjs";
import { showRecovery } from "./recovery.mjs";
import { createShop } from "./shop.mjs";
import { createHome, endWith } from "./temporary-home.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
const QUESTION = "What does RunOutcome say about how a subagent can end, and where is it declared?";

/** Asks one question about this repository in print mode, then kills a pi and shows what the next one makes of it. */
export async function runDemo(words) {
	const pi = installedPi();
	if (!pi) return;
	const question = words.join(" ") || QUESTION;
	console.log(`pi ${pi.version}, offline, hands a question about this repository to a subagent: ${question}\n`);
	const home = createHome();
	let child;
	endWith(() => child);
	const launch = (options) => {
		child = launchPi(pi, home, options);
		return child;
	};
	const code = await exitOf(launch({ cwd: ROOT, args: ["-p", question], stdio: ["ignore", "inherit", "inherit"] }));
	if (code !== 0) {
		process.exitCode = code ?? 1;
		return;
	}
	try {
		await showRecovery({ project: createProject(home), sessions: sessionsOf(home), launch });
	} catch (error) {
		console.error(`The kill and its recovery could not be shown: ${error.message}`);
		process.exitCode = 1;
	}
}

/** Opens pi in the demo's project; more arguments go to pi as they are. */
export async function startInteractive(args) {
	const pi = installedPi();
	if (!pi) return;
	const home = createHome();
	let project;
	try {
		project = createProject(home);
	} catch (error) {
		console.error(`The demo's project could not be made; it needs git: ${error.message}`);
		process.exitCode = 1;
		return;
	}
	console.log(`pi ${pi.version} with a scripted model, offline, in a temporary project that is removed when you quit.`);
	const child = launchPi(pi, home, {
		cwd: project,
		args,
		stdio: "inherit",
		env: { PI_CREW_DEMO_WELCOME: "1", PI_CREW_DEMO_PACE: process.env.PI_CREW_DEMO_PACE ?? "1" },
	});
	endWith(() => child, { isTerminals: process.stdin.isTTY });
	process.exitCode = (await exitOf(child)) ?? 1;
	if (process.stdout.isTTY) console.log("The demo's project and its sessions were temporary and have been removed.");
}

function installedPi() {
	const pi = newestHost(ROOT);
	if (pi) return pi;
	console.error(`No pi that runs on Node ${process.versions.node} is installed in ${ROOT}: run "npm ci" there first.`);
	process.exitCode = 1;
	return undefined;
}

function createProject(home) {
	const project = join(home.folder, "shop");
	mkdirSync(project);
	createShop(project);
	return project;
}

function sessionsOf(home) {
	return join(home.folder, "sessions");
}

function launchPi(pi, home, { cwd, args, stdio, env }) {
	const extensions = ["-e", ROOT, "-e", join(ROOT, "docs/demo/demo-model.ts")];
	const session = ["--model", "demo/demo-1", "--session-dir", sessionsOf(home)];
	const child = spawn(process.execPath, [pi.cli, ...extensions, ...session, ...args], {
		cwd,
		stdio,
		env: {
			...process.env,
			PI_OFFLINE: "1",
			PI_CODING_AGENT_DIR: join(home.folder, "agent"),
			...env,
		},
	});
	if (child.pid !== undefined) home.addUser(child.pid);
	return child;
}

function exitOf(child) {
	return new Promise((resolve, reject) => child.on("error", reject).on("exit", resolve));
}
