import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 60_000;
const PROMPT = "Have three subagents review these files in the background";

/**
 * Kills a pi while subagents are running in the background, starts the next one, and prints a line about each.
 *
 * @param project the folder it happens in
 * @param sessions where pi stores its sessions
 * @param launch starts pi
 * @throws Error when something did not happen in time
 */
export async function showRecovery({ project, sessions, launch }) {
	writeFileSync(join(project, ".pi", "subagents.json"), '{ "resumeInterrupted": "auto" }\n');
	const start = (pace, ...args) =>
		startRpc(launch, { cwd: project, args, env: { PI_CREW_DEMO_PACE: pace, CHECK_SECONDS: "0.1" } });

	const first = start("0.4");
	first.send({ type: "prompt", message: PROMPT });
	// Each has used a tool and is thinking what to do next.
	const running = await first.until("three background runs", () => {
		const records = recordsIn(sessions).filter(({ status }) => status === "running");
		return records.length === 3 && records.every((record) => toolUsesOf(record) > 0) ? records : undefined;
	});
	first.child.kill("SIGKILL");
	await first.ended;
	const toolUses = running.reduce((sum, record) => sum + toolUsesOf(record), 0);
	console.log(
		`\nbackground: 3 reviewers were running and had used ${toolUses} tools when pi (process ${first.child.pid}) was killed with SIGKILL`,
	);

	const second = start("0.02", "--continue");
	const results = await second.until("the killed runs to be completed and reported", () => {
		const records = recordsIn(sessions).filter(
			({ id, status }) => status === "completed" && running.some((before) => before.id === id),
		);
		return records.length === 3 && records.every(({ id }) => reportsOf(id, sessions) > 0) ? records : undefined;
	});
	second.child.stdin.end();
	await second.ended;
	if (results.some(({ id }) => reportsOf(id, sessions) !== 1)) throw new Error("a result was reported more than once");
	const findings = results.map(({ result }) => result.split("\n")[0].toLowerCase().replace(/\.$/, ""));
	console.log(`recovered:  the next pi resumed all 3, and reported each result once: ${findings.join("; ")}`);
}

/** A pi without a screen: it reads commands and stays until its input ends. */
function startRpc(launch, { cwd, args, env }) {
	const child = launch({ cwd, args: ["--mode", "rpc", ...args], stdio: ["pipe", "ignore", "pipe"], env });
	let stderr = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		stderr += text;
	});
	child.stdin.on("error", () => {}); // it has ended; whoever waits for it says so
	let isEnded = false;
	const ended = new Promise((resolve) => child.on("close", resolve)).then(() => {
		isEnded = true;
	});
	return {
		child,
		ended,
		send: (command) => child.stdin.write(`${JSON.stringify(command)}\n`),
		/** Looks until there is something. */
		async until(what, look) {
			const deadline = Date.now() + PATIENCE_MS;
			while (Date.now() < deadline && !isEnded) {
				const found = look();
				if (found !== undefined) return found;
				await pause(20);
			}
			child.kill("SIGKILL");
			throw new Error(`waited for ${what}; ${isEnded ? "pi ended" : "it took too long"}. ${stderr}`.trim());
		},
	};
}

/** The last record of each subagent in the sessions' files. */
function recordsIn(sessions) {
	const records = new Map();
	for (const entry of entriesIn(sessions)) {
		if (entry.customType === "subagents:record") records.set(entry.data.record.id, entry.data.record);
	}
	return [...records.values()];
}

/** How often the parent was notified that it was completed; that it was interrupted is a report of its own. */
function reportsOf(id, sessions) {
	const notifications = entriesIn(sessions).filter(({ customType }) => customType === "subagent-notification");
	const reports = notifications.flatMap(({ content }) => content.split("</task-notification>"));
	return reports.filter((text) => text.includes(`<task-id>${id}<`) && text.includes("<status>completed<")).length;
}

function toolUsesOf({ transcriptFile }) {
	return entriesOf(transcriptFile).filter(({ message }) => message?.role === "toolResult").length;
}

function entriesIn(sessions) {
	try {
		const files = readdirSync(sessions).filter((name) => name.endsWith(".jsonl"));
		return files.flatMap((name) => entriesOf(join(sessions, name)));
	} catch {
		return []; // not made yet
	}
}

function entriesOf(file) {
	try {
		const lines = readFileSync(file, "utf8").split("\n").slice(0, -1); // what follows the last line's end is being written
		return lines.map((line) => JSON.parse(line));
	} catch {
		return []; // not made yet
	}
}
