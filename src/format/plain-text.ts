import { stripVTControlCharacters } from "node:util";

/** Text of unknown origin made safe to draw: no escape sequences or control characters, tabs as spaces, line breaks kept. */
export function plainText(text: string): string {
	return stripVTControlCharacters(text)
		.replace(/\r\n?/g, "\n")
		.replace(/\t/g, "    ")
		.replace(/[^\P{Cc}\n]/gu, "");
}

/** The same as one line. */
export function plainLine(text: string): string {
	return plainText(text).replace(/\s+/g, " ").trim();
}
