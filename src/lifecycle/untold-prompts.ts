import type { StoredPrompts } from "../domain/stored-subagent.ts";

/** What a subagent was to be told and was not, or what its transcript does not hold: a resume must not lose it. */
export class UntoldPrompts {
	/** No session has heard them: the run waits, was stopped in the queue, or its session could not be created. */
	private unheard: readonly string[];
	/** Heard, but the host writes a conversation down with its first reply only. */
	private unwritten: readonly string[];

	constructor(stored: StoredPrompts = { unheard: [], unwritten: [] }) {
		this.unheard = stored.unheard;
		this.unwritten = stored.unwritten;
	}

	/** A run is asked for. */
	ask(prompt: string): void {
		this.unheard = [...this.unheard, prompt];
	}

	/** A reply was written down, and with it what came before. */
	written(): void {
		this.unwritten = [];
	}

	/** A session begins a run. @returns what to tell it: all that was asked for, after what a blank one should have heard */
	tell(session: "blank" | "remembers"): string {
		const before = session === "blank" ? this.unwritten : [];
		const prompts = [...before, ...this.unheard];
		this.unwritten = [...this.unwritten, ...this.unheard];
		this.unheard = [];
		return prompts.join("\n\n");
	}

	stored(): StoredPrompts {
		return { unheard: this.unheard, unwritten: this.unwritten };
	}
}
