import type { Usage } from "@mariozechner/pi-ai";
import type { ParentTools } from "./parent-tools.ts";

/** What a runtime needs of the host to reach its parent; a reload replaces it. */
export interface ParentApi {
	emit(channel: string, payload: unknown): void;
	/** Writes into the parent's session file what the model does not see. */
	appendEntry(type: string, data: object): void;
	/** Adds to what the session has used. The older host cannot: there it does nothing. */
	addUsage(usage: SubagentUsage): void;
	/** Shows the person something. */
	warn(text: string): void;
	sendMessage(message: object, options: { wakeParent: boolean }): void;
	/** No run of the parent is active or starting, as far as the host reports. */
	isIdle(): boolean;
	/** How full the parent's context is; absent where the host does not know. */
	contextUsage?(): { readonly tokens: number | null; readonly contextWindow: number } | undefined;
	/** What children can call in the parent. */
	readonly tools?: ParentTools;
}

/** What a subagent's model calls used. */
export interface SubagentUsage {
	readonly usage: Usage;
	/** `provider/id`. */
	readonly model: string;
	/** The subagent's id. */
	readonly id: string;
}

/**
 * The connection from the subagents to their parent. It survives a reload of the extension: while no instance is connected,
 * messages wait here.
 */
export class ParentConnection {
	private readonly waiting: ((api: ParentApi) => void)[] = [];
	private api: ParentApi | undefined;

	/** @param onFailure is called when the host refuses a fact or a warning; must not throw */
	constructor(
		api: ParentApi,
		private readonly onFailure: (error: unknown) => void,
	) {
		this.api = api;
	}

	connect(api: ParentApi): void {
		this.api = api;
		for (const work of this.waiting.splice(0)) work(api);
	}

	/** A promise to wait for while no instance is connected. Hooks fire at once or never, so no child starts before. */
	connected(): Promise<void> | undefined {
		if (this.api) return undefined;
		return new Promise((resolve) => this.whenConnected(() => resolve()));
	}

	/** Absent while no instance is connected. */
	get tools(): ParentTools | undefined {
		return this.api?.tools;
	}

	disconnect(): void {
		this.api = undefined;
	}

	/** Never throws: a fact that cannot be emitted must not become the run's failure. */
	emit(channel: string, payload: unknown): void {
		this.whenConnected((api) => {
			try {
				api.emit(channel, payload);
			} catch (error) {
				this.onFailure(error); // the newer host's bus throws once its session is gone
			}
		});
	}

	/** Never throws: what cannot be shown must not become the run's failure either. */
	warn(text: string): void {
		this.whenConnected((api) => {
			try {
				api.warn(text);
			} catch (error) {
				this.onFailure(error); // the session has ended, and with it the person's screen
			}
		});
	}

	/** Never throws. What cannot be asked does not keep anybody waiting. */
	isHostIdle(): boolean {
		try {
			return this.api?.isIdle() ?? true;
		} catch (error) {
			this.onFailure(error); // the newer host's context throws once its session is gone
			return true;
		}
	}

	/** Never throws; absent where nothing is known. */
	contextUsage(): ReturnType<NonNullable<ParentApi["contextUsage"]>> {
		try {
			return this.api?.contextUsage?.();
		} catch (error) {
			this.onFailure(error); // the host's context throws once its session is gone
			return undefined;
		}
	}

	/** Does now, or as soon as an instance is connected, what must not throw: a new instance is connected while it starts. */
	whenConnected(work: (api: ParentApi) => void): void {
		if (this.api) work(this.api);
		else this.waiting.push(work);
	}

	/** Never throws: a sum that is not complete must not become the run's failure. */
	addUsage(usage: SubagentUsage): void {
		this.whenConnected((api) => {
			try {
				api.addUsage(usage);
			} catch (error) {
				this.onFailure(error); // the disk is full
			}
		});
	}

	/** @throws when no instance is connected or the host cannot write */
	append(type: string, data: object): void {
		this.connectedApi().appendEntry(type, data);
	}

	/** @throws when no instance is connected or the host refuses the message */
	send(message: object, options: { wakeParent: boolean }): void {
		this.connectedApi().sendMessage(message, options);
	}

	private connectedApi(): ParentApi {
		if (!this.api) throw new Error("no instance of pi-crew is connected to this session");
		return this.api;
	}
}
