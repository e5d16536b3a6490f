// A process of its own that writes one agent file of some kilobytes: node create-agent.mjs <root> <name>
// Makes the file, or changes it where it is there, and prints the outcome.
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

process.on("SIGXFSZ", () => {}); // a limit on the size of files stands for a disk that is full
const host = createRequire(import.meta.resolve("@mariozechner/pi-coding-agent"));
const jiti = host("jiti").createJiti(import.meta.url, { fsCache: false });
const [root, name] = process.argv.slice(2);
const { AgentFileWriter } = await jiti.import(
	fileURLToPath(new URL("../../src/agents/agent-file-writer.ts", import.meta.url)),
);
const project = { cwd: join(root, "project"), isTrusted: true };
const writer = new AgentFileWriter({ agentDir: join(root, "agent"), project, isKnownTool: () => true });
const text = `---\ndescription: Writes much\n---\n${"much\n".repeat(2000)}`;
const made = await writer.create({ origin: "project", name, text });
const outcome =
	made.kind === "exists"
		? await writer.change({ origin: "project", file: made.file }, writer.read(made.file).text, text)
		: made;
console.log(JSON.stringify(outcome));
