/** Something a person wrote that could not be used as written. Never stops anything; reported once and kept for `/agents`. */
export interface Diagnostic {
	/** `error`: the file or value was left out. `warning`: it was used, but not all of it. */
	readonly severity: "error" | "warning";
	readonly file: string;
	/** From 1; absent where the trouble has no place in the file. */
	readonly line?: number;
	readonly column?: number;
	/** What was wrong and what would have been accepted. */
	readonly message: string;
}

/** `path:3:7: error: …`, as compilers write it, so that terminals and editors can follow it. */
export function diagnosticText({ severity, file, line, column, message }: Diagnostic): string {
	const place = [file, ...(line === undefined ? [] : [line]), ...(column === undefined ? [] : [column])].join(":");
	return `${place}: ${severity}: ${message}`;
}
