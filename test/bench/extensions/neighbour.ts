import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { Type } from "typebox";

/** Somebody else's small extension; it is installed several times, each time under a name of its own. */
const NAME = "neighbour";

export default function neighbour(pi: ExtensionAPI): void {
	let started = 0;
	pi.registerTool({
		name: NAME,
		label: NAME,
		description: `Answers that it is ${NAME}`,
		parameters: Type.Object({ question: Type.Optional(Type.String()) }),
		execute: async () => ({ content: [{ type: "text", text: `${NAME}, started ${started} times` }], details: {} }),
	});
	pi.on("session_start", () => {
		started++;
	});
}
