import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newestHost } from "./hosts.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const QUESTION = "What does RunOutcome say about how a subagent can end, and where is it declared?";

const EXAMPLES = [
	"  What statuses can a subagent end with, and where are they declared?",
	"  Where is TurnLimit, and how does it count?",
	"  What is in package.json?",
];

/** Asks one question in print mode. The temporary folder stays, because the answer names the transcript in it. */
export function runDemo(words) {
	const pi = installedPi();
	if (!pi) return;
	const question = words.join(" ") || QUESTION;
	console.log(`pi ${pi.version}, offline, hands a question about this repository to a subagent: ${question}\n`);
	launchPi({ pi, home: createHome(), args: ["-p", question], stdin: "ignore" });
}

/** Opens pi's terminal interface; more arguments go to pi as they are. */
export function startInteractive(args) {
	const pi = installedPi();
	if (!pi) return;
	const examples = EXAMPLES.join("\n");
	console.log(`pi ${pi.version} with a small scripted model, offline. Ask it about this repository:\n${examples}\n`);
	const home = createHome();
	const child = launchPi({ pi, home, args, stdin: "inherit", env: { PI_CREW_DEMO_TPS: "150" } });
	child.on("exit", () => rmSync(home, { recursive: true, force: true }));
	process.on("SIGINT", () => {}); // Ctrl+C is for pi, which shares the terminal with us
}

function installedPi() {
	const pi = newestHost(ROOT);
	if (pi) return pi;
	console.error(`No pi that runs on Node ${process.versions.node} is installed in ${ROOT}: run "npm ci" there first.`);
	process.exitCode = 1;
	return undefined;
}

/** A place of its own for pi's settings and sessions, so that nothing of the person's own pi is read or changed. */
function createHome() {
	const home = mkdtempSync(join(tmpdir(), "pi-crew-demo-"));
	mkdirSync(join(home, "agent"));
	const settings = { quietStartup: true, defaultProjectTrust: "always" };
	writeFileSync(join(home, "agent", "settings.json"), JSON.stringify(settings));
	return home;
}

function launchPi({ pi, home, args, stdin, env }) {
	const extensions = ["-e", ROOT, "-e", join(ROOT, "docs/demo/demo-model.ts")];
	const session = ["--model", "demo/demo-1", "--session-dir", join(home, "sessions")];
	const child = spawn(process.execPath, [pi.cli, ...extensions, ...session, ...args], {
		cwd: ROOT,
		stdio: [stdin, "inherit", "inherit"],
		env: { ...process.env, PI_OFFLINE: "1", PI_CODING_AGENT_DIR: join(home, "agent"), ...env },
	});
	child.on("exit", (code) => {
		process.exitCode = code ?? 1;
	});
	return child;
}
