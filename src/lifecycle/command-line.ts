/** What the person who started pi said about extensions; the host keeps it to itself, so it is read off the arguments. */
export interface CommandLine {
	/** As given: files, folders or package sources. */
	readonly extensions: readonly string[];
	/** `-ne`: nothing is discovered, only named extensions load. */
	readonly noExtensions: boolean;
}

/** @param args the arguments after the script's name */
export function readCommandLine(args: readonly string[]): CommandLine {
	const extensions = args.filter((_, index) => ["-e", "--extension"].includes(args[index - 1] ?? ""));
	return { extensions, noExtensions: args.some((argument) => argument === "-ne" || argument === "--no-extensions") };
}
