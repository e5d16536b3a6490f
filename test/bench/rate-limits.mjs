// A provider that serves three at a time and answers 429 with `Retry-After: 2` to all others: twelve subagents beside the bare host's.
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "./duel.mjs";
import { install } from "./install.mjs";

const CHILDREN = 12;
const TURNS = 20;
const CALL_MS = 150;
const AT_A_TIME = 3;
const WAIT_MS = 2000;
/** What the best fixed limit would take. */
const BEST_MS = (CHILDREN * TURNS * CALL_MS) / AT_A_TIME;

/** @param {{ root: string, tarball: string }} context */
export async function rateLimits(context) {
	const ours = await crowd("ours", context);
	const bare = await crowd("bare", context);
	for (const { kind, done, refused, seconds, inside } of [ours, bare]) {
		console.error(
			`${kind}: ${done} of ${CHILDREN} completed in ${seconds.toFixed(1)} s; ${refused} requests refused, ${inside} made while the provider had said to wait`,
		);
	}
	return [
		{
			bench: "12 children, 3 at a time: s beside best fixed limit",
			ours: ours.seconds,
			bare: BEST_MS / 1000,
			target: 1.3,
		},
		{ bench: "12 children, 3 at a time: s beside bare host", ours: ours.seconds, bare: bare.seconds, unit: "s" },
	];
}

async function crowd(kind, { root, tarball }) {
	const { url, log, stop } = await startServer();
	const place = install({ root: join(root, kind), kind, tarball });
	const script = fileURLToPath(new URL("./rate-limits-subject.mjs", import.meta.url));
	const order = JSON.stringify({ ...place, url, prompt: `start ${CHILDREN}: take ${TURNS} turns` });
	const child = fork(script, [order], { env: environment(place, join(root, kind, "tmp")) });
	const figures = await new Promise((resolve, reject) => {
		child.once("message", resolve);
		child.once("exit", (code) => reject(new Error(`the ${kind} side ended with exit code ${code}`)));
	});
	child.kill();
	stop();
	const refusals = log.filter(({ status }) => status === 429);
	// What left before the refusal was known does not count.
	const inside = log.filter(({ at }) => refusals.some((one) => at > one.at + 500 && at < one.at + WAIT_MS));
	return { kind, ...figures, refused: refusals.length, inside: inside.length };
}

/** Speaks streaming chat completions, and plays parent and children. */
async function startServer() {
	const log = [];
	let serving = 0;
	const server = createServer(async (request, response) => {
		let body = "";
		for await (const chunk of request) body += chunk;
		const messages = JSON.parse(body).messages.filter(({ role }) => role === "user" || role === "assistant");
		const replies = messages.filter(({ role }) => role === "assistant").length;
		const task = textOf(messages.find(({ role }) => role === "user"));
		const [, count, delegated] = /^start (\d+): (.*)$/s.exec(task) ?? [];
		if (delegated !== undefined) {
			const calls = Array.from({ length: Number(count) }, () => ({
				prompt: delegated,
				description: "a task",
				subagent_type: "general-purpose",
			}));
			return send(response, replies > 0 ? [] : calls.map((args) => ["subagent", args]), "The parent is done.");
		}
		const at = Date.now();
		if (serving >= AT_A_TIME) {
			log.push({ at, status: 429 });
			response.writeHead(429, { "content-type": "application/json", "retry-after": `${WAIT_MS / 1000}` });
			return response.end('{"error":{"message":"slow down"}}');
		}
		log.push({ at, status: 200 });
		serving++;
		await new Promise((resolve) => setTimeout(resolve, CALL_MS));
		serving--;
		send(
			response,
			replies + 1 < TURNS ? [["read", { path: `small.txt`, offset: 1, limit: replies + 1 }]] : [],
			"The child has done it.",
		);
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/v1`,
		log,
		stop: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

function send(response, calls, text) {
	response.writeHead(200, { "content-type": "text/event-stream" });
	const tool_calls = calls.map(([name, args], index) => ({
		...{ index, id: `call_${Math.random().toString(36).slice(2)}`, type: "function" },
		function: { name, arguments: JSON.stringify(args) },
	}));
	const delta = calls.length > 0 ? { role: "assistant", tool_calls } : { role: "assistant", content: text };
	const finish_reason = calls.length > 0 ? "tool_calls" : "stop";
	const chunk = (choice) =>
		`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m1", choices: [{ index: 0, ...choice }] })}\n\n`;
	response.end(`${chunk({ delta, finish_reason: null })}${chunk({ delta: {}, finish_reason })}data: [DONE]\n\n`);
}

function textOf(message) {
	const { content = "" } = message ?? {};
	return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}
