// One side of the comparison under a rate limit: a parent on the server's model that starts all children in one message.
import { startParent } from "./host.mjs";

const { prompt, url, ...place } = JSON.parse(process.argv[2]);
const { session } = await startParent({ ...place, persisted: true, url });
const ends = [];
session.agent.subscribe((event) => {
	if (event.type !== "tool_execution_end") return;
	ends.push(event.result.content.map((part) => part.text).join(""));
});
const began = performance.now();
await session.prompt(prompt);
process.send({
	seconds: (performance.now() - began) / 1000,
	done: ends.filter((text) => text.includes("The child has done it.")).length,
});
