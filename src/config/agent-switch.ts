import type { FileOrigin } from "./agent-file.ts";
import type { AgentFileWriter, AgentPlace, AgentWrite } from "./agent-file-writer.ts";
import { disabledText, enabledText } from "./enabled-key.ts";

type Writer = Pick<AgentFileWriter, "read" | "create" | "change" | "remove">;

/** What stands in the way of an agent that needs no file of its own. */
const OFF_FILE = "---\nenabled: false\n---\n";

/** A built-in agent is taken away by a file of its name that says nothing else. */
export function disableBuiltIn(writer: Writer, origin: FileOrigin, name: string): Promise<AgentWrite> {
	return writer.create({ origin, name, text: OFF_FILE });
}

export function disableFile(writer: Writer, place: AgentPlace): Promise<AgentWrite> {
	return switched(writer, place, async (text) => {
		const off = disabledText(text);
		return off === undefined ? byHand(place.file, "Put `enabled: false` there") : writer.change(place, text, off);
	});
}

/** A file that says nothing else is removed, so that what is below it is in force again. */
export function enableFile(writer: Writer, place: AgentPlace): Promise<AgentWrite> {
	return switched(writer, place, async (text) => {
		const on = enabledText(text);
		if (on.kind === "nothing") return writer.remove(place, text);
		return on.kind === "text" ? writer.change(place, text, on.text) : byHand(place.file, "Take `enabled` out there");
	});
}

async function switched(
	writer: Writer,
	place: AgentPlace,
	change: (text: string) => Promise<AgentWrite>,
): Promise<AgentWrite> {
	const now = writer.read(place.file);
	if (now.kind === "gone") return { kind: "changed", file: place.file, text: undefined };
	return now.kind === "refused" ? now : change(now.text);
}

function byHand(file: string, how: string): AgentWrite {
	const reason = `${file}: its front matter is written in a way that cannot be changed from here. ${how} in the editor.`;
	return { kind: "refused", reason };
}
