import { isSafeAgentName } from "../domain/agent-definition.ts";
import { shorten } from "../domain/shorten.ts";

/** With `.md` and the ending of a file that is not complete yet it stays below what disks take, 255 bytes. */
const MOST_BYTES = 200;

/** Some disks do not take them, and a file with one in its name could not be shared with those who have such a disk. */
const FORBIDDEN = /[/\\:*?"<>|]/;
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** What cannot be seen, or turns the text around it. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** @returns why a new agent cannot have this name, and what would be accepted; nothing when it can */
export function problemWithAgentName(name: string): string | undefined {
	if (name.trim() === "") return "A name is needed: it is what the agent is called by.";
	if (name.trim() !== name) return cannot(name, "accepted is one without blanks at its ends");
	if (INVISIBLE.test(name)) return cannot(name, "accepted is one without control characters and invisible ones");
	if (FORBIDDEN.test(name) || !isSafeAgentName(name))
		return cannot(name, "accepted is one without / \\ : * ? | < > \" ' &");
	if (name.startsWith(".") || name.endsWith(".")) return cannot(name, "accepted is one without a dot at its ends");
	if (/\.md$/i.test(name)) return cannot(name, "accepted is one without .md, which the file gets of itself");
	if (RESERVED.test(name)) return cannot(name, "Windows keeps it for a device; accepted is any other");
	const bytes = Buffer.byteLength(name);
	if (bytes > MOST_BYTES) return `The name has ${bytes} bytes; accepted are at most ${MOST_BYTES}.`;
	return undefined;
}

/** Whether some disk would take both for the same file. */
export function isSameName(one: string, other: string): boolean {
	return comparable(one) === comparable(other);
}

function comparable(name: string): string {
	return name.normalize("NFC").toLowerCase();
}

function cannot(name: string, why: string): string {
	return `"${shorten(name, 60)}" cannot be an agent's name; ${why}.`;
}
