// `npm run mutation -- src/domain src/delivery`: changes the sources in one small place at a time and looks whether a test
// fails. Prints what no test noticed, and a score for each folder. See docs/testing.md.
import { spawn } from "node:child_process";
import {
	appendFileSync,
	cpSync,
	existsSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { instrument } from "./mutants.mjs";
import { isKill, report } from "./report.mjs";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		/** Test files to leave out: those that start other processes, where a test takes long. */
		skip: { type: "string", default: "/(cli|terminal)-|/(torture|bench|screens|types)/|/(architecture|fuzz)" },
		/** Test files to use; all that are not left out when absent. */
		tests: { type: "string", default: "" },
		/** Milliseconds of tests that a mutant may take; one that lives longer counts as survived. */
		budget: { type: "string", default: "30000" },
		/** Keeps the instrumented copy and continues with what is in it. */
		folder: { type: "string" },
		/** With a kept copy: takes over the tests as they are now, and tries with them what has survived. */
		again: { type: "boolean", default: false },
	},
});

/** A test that has not ended by then runs in a loop: its process is killed, and the mutant with it. */
const STUCK_MS = 40_000;
const LEFT_OUT = new Set(["node_modules", ".git", ".next-host", ".neighbours", "dist", ".fallow"]);
const root = fileURLToPath(new URL("../..", import.meta.url));
const folders = positionals.length > 0 ? positionals : ["src"];
const copy = values.folder ? resolve(values.folder) : mkdtempSync(join(tmpdir(), "pi-crew-mutation-"));
const journal = join(copy, "mutation.jsonl");
/** Written to at the start of each test. */
const heartbeat = join(copy, "heartbeat");

try {
	if (!existsSync(join(copy, "mutation.json"))) prepare();
	else if (values.again) prepareAgain();
	while (await work());
	report(copy, journal);
} finally {
	if (!values.folder) rmSync(copy, { recursive: true, force: true });
}

/** Makes a copy of the checkout with all mutants in its sources. */
function prepare() {
	cpSync(root, copy, { recursive: true, filter: (file) => !LEFT_OUT.has(basename(file)) });
	for (const name of ["node_modules", ".neighbours"]) {
		if (existsSync(join(root, name))) symlinkSync(join(root, name), join(copy, name));
	}
	let ids = 0;
	const mutants = folders.flatMap((folder) =>
		sourcesIn(join(copy, folder)).flatMap((file) => {
			const made = instrument(relative(copy, file), readFileSync(file, "utf8"), () => `${++ids}`);
			writeFileSync(file, made.text);
			return made.mutants.map((mutant) => ({ ...mutant, folder }));
		}),
	);
	const job = { mutants, budget: Number(values.budget), tests: testFiles() };
	writeFileSync(join(copy, "mutation.json"), JSON.stringify(job));
	writeFileSync(journal, "");
	console.log(`${mutants.length} mutants, ${job.tests.length} test files, in ${copy}`);
}

function prepareAgain() {
	cpSync(join(root, "test"), join(copy, "test"), { recursive: true });
	const job = JSON.parse(readFileSync(join(copy, "mutation.json"), "utf8"));
	const next = { ...job, budget: Number(values.budget), tests: testFiles() };
	writeFileSync(join(copy, "mutation.json"), JSON.stringify(next));
	const lines = readFileSync(journal, "utf8").split("\n");
	const killed = lines.filter((line) => line !== "" && isKill(JSON.parse(line)));
	writeFileSync(journal, killed.map((line) => `${line}\n`).join(""));
	console.log(
		`${job.mutants.length - killed.length} mutants to try again, ${next.tests.length} test files, in ${copy}`,
	);
}

function sourcesIn(path) {
	if (statSync(path).isFile()) return path.endsWith(".ts") ? [path] : [];
	return readdirSync(path)
		.sort()
		.flatMap((name) => sourcesIn(join(path, name)));
}

function testFiles() {
	const files = readdirSync(join(copy, "test"), { recursive: true }).map((name) => join(copy, "test", name));
	const [wanted, skipped] = [new RegExp(values.tests), new RegExp(values.skip)];
	const isMeant = (path) => path.endsWith(".test.ts") && wanted.test(path) && !skipped.test(path);
	return files.filter((file) => isMeant(file.slice(copy.length)));
}

/** Runs the tests until all mutants have been tried or one of them hangs. @returns whether there is more to do */
async function work() {
	const output = openSync(join(copy, "vitest.log"), "a");
	const vitest = join(copy, "node_modules/vitest/vitest.mjs");
	const child = spawn(process.execPath, [vitest, "run", "--config", join(copy, "test/mutation/vitest.config.ts")], {
		cwd: copy,
		detached: true, // a group of its own, so that a mutant's processes can be killed with it
		stdio: ["ignore", output, output],
		env: { ...process.env, PI_CREW_MUTATION: copy, NO_COLOR: "1" },
	});
	const ended = new Promise((resolve) => child.once("exit", resolve));
	const killGroup = () => {
		try {
			process.kill(-child.pid, "SIGKILL");
		} catch {
			// it is gone
		}
	};
	process.once("exit", killGroup);
	for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
	let isOver = false;
	ended.then(() => {
		isOver = true;
	});
	writeFileSync(heartbeat, "");
	const before = lastLine();
	while (!isOver) {
		await Promise.race([ended, sleep(500)]);
		if (Date.now() - statSync(heartbeat).mtimeMs < STUCK_MS) continue;
		killGroup();
		await ended;
	}
	process.off("exit", killGroup);
	const last = JSON.parse(lastLine() || "{}");
	if (last.event === "done") return false;
	if (lastLine() === before) throw new Error(`the tests could not be run; see ${join(copy, "vitest.log")}`);
	if (last.event === "try") {
		appendFileSync(journal, `${JSON.stringify({ event: "end", mutant: last.mutant, by: "hang" })}\n`);
	}
	return true;
}

function lastLine() {
	return readFileSync(journal, "utf8").trimEnd().split("\n").at(-1) ?? "";
}
