/** What a subagent was to be told and was not, or what its transcript does not hold: a resume must not lose it. */
export class UntoldPrompts {
	/** No session was there to hear them: the run was stopped in the queue, or its session could not be created. */
	private unheard: readonly string[] = [];
	/** Heard, but the host writes a conversation down with its first reply only. */
	private unwritten: readonly string[] = [];

	notHeard(prompt: string): void {
		this.unheard = [...this.unheard, prompt];
	}

	/** A reply was written down, and with it what came before. */
	written(): void {
		this.unwritten = [];
	}

	/** A session begins a run. @returns what to tell it: this prompt, after what it should have been told before */
	tell(prompt: string, session: "blank" | "remembers"): string {
		const before = session === "blank" ? this.unwritten : [];
		const prompts = [...before, ...this.unheard, prompt];
		this.unheard = [];
		this.unwritten = [...this.unwritten, prompt];
		return prompts.join("\n\n");
	}
}
