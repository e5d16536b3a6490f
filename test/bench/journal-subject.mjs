// Notes changes of a subagent through the journal, in turn with the host noting an entry of that size; or makes sessions with
// old records in them, and with foreign entries of the same size. Prints times, or paths.
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { SessionManager } from "@mariozechner/pi-coding-agent";
import { restoreSubagent } from "../../src/engine/restore-subagent.ts";
import { Subagent } from "../../src/engine/subagent.ts";
import { encodeRecord, Journal } from "../../src/store/journal.ts";
import { sampleStored } from "../store/sample-stored.ts";

const [task, dir = "", count] = process.argv.slice(2);
const ROUNDS = 2000;
const RESULT = "A line of a result as subagents write them, with a path and a number.\n".repeat(12);

mkdirSync(dir, { recursive: true });
if (task === "write") console.log(JSON.stringify(write()));
else console.log(JSON.stringify({ records: session("subagents:record"), foreign: session("somebody:else") }));

function write() {
	const stored = sampleStored({ record: { result: RESULT } });
	const subagent = new Subagent(partsOf(stored), Date.now, { onProgress() {}, onCompacted() {}, onDurableChange() {} });
	const [mine, host] = [begun(), begun()];
	const journal = new Journal(
		(type, data) => mine.appendCustomEntry(type, data),
		(error) => {
			throw error;
		},
	);
	const data = encodeRecord(subagent.stored(stored.owner));
	const times = { ours: [], bare: [] };
	for (let round = 0; round < ROUNDS; round++) {
		times.ours.push(timeOf(() => journal.write(subagent.stored(stored.owner))));
		times.bare.push(timeOf(() => host.appendCustomEntry("subagents:record", data)));
	}
	return { ours: times.ours.slice(ROUNDS / 2), bare: times.bare.slice(ROUNDS / 2) };
}

function partsOf(stored) {
	const circumstances = { isElsewhere: false, isAcknowledged: () => true, conversation: [], now: 0 };
	return restoreSubagent({ latest: stored, earlier: [] }, circumstances);
}

function session(type) {
	const manager = begun();
	const delivery = { state: "delivered", via: "tool", at: 1 };
	const owner = { pid: 2 ** 30, hostname: hostname() };
	for (let index = 0; index < Number(count); index++) {
		const id = String(index).padStart(20, "0");
		const parentSessionId = manager.getSessionId();
		manager.appendCustomEntry(
			type,
			encodeRecord(sampleStored({ owner, record: { id, parentSessionId, result: RESULT, delivery } })),
		);
	}
	return manager.getSessionFile();
}

/** The host writes from the first reply on. */
function begun() {
	const manager = SessionManager.create(dir, dir);
	const usage = { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, totalTokens: 2, cost: { total: 0 } };
	manager.appendMessage({ role: "user", content: "hello", timestamp: 1 });
	const content = [{ type: "text", text: "hello" }];
	manager.appendMessage({ role: "assistant", content, usage, stopReason: "stop", timestamp: 2 });
	return manager;
}

function timeOf(work) {
	const begin = performance.now();
	work();
	return performance.now() - begin;
}
