import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The project's settings file. A limit that was written holds from when the extension reads it, which we know only later. */
export class LimitFile {
	private possible: number[];
	private padding = "";

	constructor(
		private readonly cwd: string,
		private readonly life: { readonly limit: number; readonly onInterrupt: string },
	) {
		this.possible = [life.limit];
	}

	static text(maxConcurrent: number, onInterrupt: string): string {
		// Children answer on command: one that tries a provider after a refusal would keep the others waiting for ever.
		return JSON.stringify({ maxConcurrent, onInterrupt, graceTurns: 1, admission: "off" });
	}

	write(limit: number): void {
		this.padding += " "; // another size each time: two writes may come within one tick of the file system's clock
		writeFileSync(join(this.cwd, ".pi/subagents.json"), LimitFile.text(limit, this.life.onInterrupt) + this.padding);
		this.possible.push(limit);
	}

	wasRead(): void {
		this.possible = this.possible.slice(-1);
	}

	most(): number {
		return Math.max(...this.possible);
	}

	least(): number {
		return Math.min(...this.possible);
	}
}
