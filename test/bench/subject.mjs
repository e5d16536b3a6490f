// One side of a comparison, in a process of its own: a parent session that delegates when it is asked to, and measures.
import { childCalls, startParent } from "./host.mjs";

/** @typedef {{ task: "spawn", times: number } | { task: "turns", turns: number }} Order */

const place = JSON.parse(process.argv[2]);
const { session } = await startParent({ ...place, persisted: true });

process.on("message", async (order) => {
	const figures = order.task === "spawn" ? await spawnTimes(order.times) : await turnCosts(order.turns);
	process.send(figures);
});
process.send("ready");

/** @returns {Promise<number[]>} milliseconds from the begin of each tool execution to its end; the parent's turns are left out */
async function spawnTimes(times) {
	const spent = [];
	let begin = 0;
	// The agent tells its listeners at once; the session's would hear of it later.
	const off = session.agent.subscribe((event) => {
		if (event.type === "tool_execution_start") begin = performance.now();
		if (event.type !== "tool_execution_end") return;
		spent.push(performance.now() - begin);
		checkAnswer(event);
	});
	await session.prompt(`delegate ${times}: answer at once`);
	off();
	if (spent.length !== times) throw new Error(`${spent.length} of ${times} subagents ran`);
	return spent;
}

/** @returns {Promise<{ wall: number, cpu: number }>} milliseconds a turn, from a child's first model call to its last */
async function turnCosts(turns) {
	let calls = 0;
	let first = { wall: 0, cpu: process.cpuUsage() };
	let last = { wall: 0, cpu: first.cpu };
	childCalls.onCall = () => {
		if (calls === 0) first = { wall: performance.now(), cpu: process.cpuUsage() };
		else if (calls === turns) last = { wall: performance.now(), cpu: process.cpuUsage() };
		calls++;
	};
	const off = session.agent.subscribe((event) => {
		if (event.type === "tool_execution_end") checkAnswer(event);
	});
	await session.prompt(`delegate 1: take ${turns} turns`);
	off();
	if (calls !== turns + 1) throw new Error(`the child called its model ${calls} times, not ${turns + 1}`);
	const cpu = last.cpu.user + last.cpu.system - first.cpu.user - first.cpu.system;
	return { wall: (last.wall - first.wall) / turns, cpu: cpu / 1000 / turns };
}

function checkAnswer({ isError, result }) {
	const text = result.content.map((part) => part.text).join("");
	if (isError || !text.includes("The child has done it.")) throw new Error(`a subagent failed: ${text}`);
}
