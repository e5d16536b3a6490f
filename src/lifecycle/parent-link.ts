/** What a crew needs of the host to reach its parent; a reload replaces it. */
export interface ParentApi {
	emit(channel: string, payload: unknown): void;
	/** Writes into the parent's session file what the model does not see. */
	appendEntry(type: string, data: object): void;
	/** Shows the person something. */
	warn(text: string): void;
	sendMessage(message: object, options: { wakeParent: boolean }): void;
}

/**
 * The way from the subagents to their parent. It outlives a reload of the extension: while no instance is connected, what is
 * told waits here.
 */
export class ParentLink {
	private readonly waiting: (() => void)[] = [];
	private api: ParentApi | undefined;

	/** @param onFailure is told when the host refuses a fact, and must not throw */
	constructor(
		api: ParentApi,
		private readonly onFailure: (error: unknown) => void,
	) {
		this.api = api;
	}

	connect(api: ParentApi): void {
		this.api = api;
		for (const tell of this.waiting.splice(0)) tell();
	}

	/** Something to wait for while no instance is connected. Hooks are told at once or never, so a child is not begun before. */
	connected(): Promise<void> | undefined {
		if (this.api) return undefined;
		return new Promise((resolve) => this.waiting.push(resolve));
	}

	disconnect(): void {
		this.api = undefined;
	}

	/** Never throws: a fact that cannot be told must not become the run's failure. */
	emit(channel: string, payload: unknown): void {
		if (!this.api) {
			this.waiting.push(() => this.emit(channel, payload));
			return;
		}
		try {
			this.api.emit(channel, payload);
		} catch (error) {
			this.onFailure(error); // the newer host's bus throws once its session is gone
		}
	}

	/** What cannot be written while no instance is connected is written with the next one. @throws when the host cannot write */
	append(type: string, data: object): void {
		if (this.api) this.api.appendEntry(type, data);
		else this.waiting.push(() => this.append(type, data));
	}

	warn(text: string): void {
		if (this.api) this.api.warn(text);
		else this.waiting.push(() => this.warn(text));
	}

	/** @throws when no instance is connected or the host refuses the message */
	send(message: object, options: { wakeParent: boolean }): void {
		if (!this.api) throw new Error("no instance of pi-crew is connected to this session");
		this.api.sendMessage(message, options);
	}
}
