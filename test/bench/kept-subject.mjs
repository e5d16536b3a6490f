// What a finished subagent leaves in the heap: spawns one after another, heap after the first hundred and after all.
import { startParent } from "./host.mjs";

const { spawns, ...place } = JSON.parse(process.argv[2]);
const { session } = await startParent({ ...place, persisted: true });

await spawn(100);
const early = heap();
await spawn(spawns - 100);
console.log(JSON.stringify({ perSpawn: (heap() - early) / (spawns - 100) }));
process.exit();

/** In prompts of their own: the parent's conversation is the host's, and is thrown away before the heap is measured. */
async function spawn(times) {
	for (let done = 0; done < times; done += 20) await session.prompt("delegate 20: answer at once");
}

function heap() {
	session.agent.state.messages = [];
	session.sessionManager.newSession();
	for (let pass = 0; pass < 4; pass++) globalThis.gc();
	return process.memoryUsage().heapUsed;
}
