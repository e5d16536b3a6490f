import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** What the person who started pi said about extensions; the host keeps it to itself, so it is read off the arguments. */
export interface CommandLine {
	/** Files and folders by absolute path; package sources as given. */
	readonly extensions: readonly string[];
	/** `-ne`: nothing is discovered, only named extensions load. */
	readonly noExtensions: boolean;
}

/**
 * @param args the arguments after the script's name
 * @param cwd the process's directory: the host resolves named files against it, wherever the session's own is
 */
export function readCommandLine(args: readonly string[], cwd: string): CommandLine {
	const named = args.filter((_, index) => ["-e", "--extension"].includes(args[index - 1] ?? ""));
	const extensions = named.map((name) => (existsSync(resolve(cwd, name)) ? resolve(cwd, name) : name));
	return { extensions, noExtensions: args.some((argument) => argument === "-ne" || argument === "--no-extensions") };
}
