// A small MCP server over stdio (JSON-RPC, one message a line), for scenarios. Its arguments: a file to which it writes a line
// when it starts and for each call, and after how many milliseconds it answers `initialize` (`never`: it does not).
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [log, delay = "0"] = process.argv.slice(2);
const note = (line) => appendFileSync(log, `${line}\n`);
note(`started ${process.pid}`);

const textSchema = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
const tool = (name, description) => ({
	name,
	description,
	inputSchema: textSchema,
	annotations: { readOnlyHint: true },
});
const TOOLS = [
	tool("echo", "Repeats a text"),
	tool("shout", "Repeats a text loudly"),
	tool("whisper", "Repeats a text quietly"),
	tool("hang", "Never answers"),
	tool("fail", "Fails"),
];

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const answers = {
	initialize: ({ protocolVersion }) => ({
		protocolVersion,
		capabilities: { tools: {} },
		serverInfo: { name: "tiny", version: "1.0.0" },
	}),
	ping: () => ({}),
	"tools/list": () => ({ tools: TOOLS }),
	"tools/call": ({ name, arguments: { text } }) => {
		note(`called ${name} ${text}`);
		if (name === "hang") return undefined;
		const said = { shout: text.toUpperCase(), whisper: `(${text})` }[name] ?? text;
		return {
			content: [{ type: "text", text: name === "fail" ? `no ${said}` : `${said} from ${process.pid}` }],
			structuredContent: { said },
			...(name === "fail" && { isError: true }),
		};
	},
};

function answer({ id, method, params }) {
	const result = answers[method]?.(params ?? {});
	if (result !== undefined) send({ id, result });
	else if (id !== undefined && !answers[method]) send({ id, error: { code: -32601, message: `no method ${method}` } });
}

createInterface({ input: process.stdin }).on("line", (line) => {
	const request = JSON.parse(line);
	if (request.method !== "initialize") return answer(request);
	if (delay !== "never") setTimeout(() => answer(request), Number(delay));
});
