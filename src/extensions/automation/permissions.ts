import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFile } from "../../platform/atomic-file.ts";
import { readRegularFile } from "../../platform/regular-file.ts";

interface Answer {
	readonly digest: string;
	readonly isAllowed: boolean;
}

const BIGGEST_FILE = 1024 * 1024;

/** What the person has said to the automations of a project: yes or no to each content of a file. Any pi may ask. */
export class Permissions {
	private readonly answers = new Map<string, Answer>();
	private writing: Promise<void> = Promise.resolve();

	constructor(
		private readonly file: string,
		private readonly warn: (error: unknown) => void,
	) {}

	/** Another pi may have asked meanwhile. What cannot be read was not allowed. */
	load(): void {
		try {
			const read = JSON.parse(readRegularFile(this.file, { maxBytes: BIGGEST_FILE }).toString()) as Record<
				string,
				Answer
			>;
			for (const [path, answer] of Object.entries(read)) this.answers.set(path, answer);
		} catch {
			// nobody has been asked, or nobody knows any more
		}
	}

	/** @returns nothing when this content has not been asked about */
	answerTo(path: string, digest: string): boolean | undefined {
		const answer = this.answers.get(path);
		return answer?.digest === digest ? answer.isAllowed === true : undefined;
	}

	answer(given: readonly { readonly file: string; readonly digest: string }[], isAllowed: boolean): void {
		this.load();
		for (const { file, digest } of given) this.answers.set(file, { digest, isAllowed });
		this.writing = this.writing.then(() => this.write());
	}

	/** Resolves when all answers are on the disk, or cannot be written. */
	flush(): Promise<void> {
		return this.writing;
	}

	private async write(): Promise<void> {
		try {
			mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
			await replaceFile(this.file, `${JSON.stringify(Object.fromEntries(this.answers))}\n`);
		} catch (error) {
			this.warn(error);
		}
	}
}
