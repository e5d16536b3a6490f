/** What happened, in order, and what of it must not have happened. */
export class Trace {
	private readonly lines: string[] = [];
	private readonly violations: string[] = [];

	note(line: string): void {
		this.lines.push(line);
	}

	violated(rule: string): void {
		this.lines.push(`!! ${rule}`);
		this.violations.push(rule);
	}

	/** @throws Error telling the whole story, if anything was violated */
	check(): void {
		if (this.violations.length > 0) throw new Error(`${this.violations.join("\n")}\n\n${this.story()}`);
	}

	story(): string {
		return `What happened:\n${this.lines.map((line) => `  ${line}`).join("\n")}`;
	}
}
