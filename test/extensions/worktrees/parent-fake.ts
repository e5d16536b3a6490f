import { EventEmitter } from "node:events";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { onTestFinished } from "vitest";
import connectWorktrees from "../../../src/extensions/worktrees/worktrees.ts";
import {
	type AgentType,
	publishSubagentsService,
	type SubagentsService,
	unpublishSubagentsService,
	type WorkspaceProvider,
} from "../../../src/service/subagents-service.ts";

/** A service with one place for a provider, as the contract has it, and no more. */
export class ServiceFake {
	provider: WorkspaceProvider | undefined;
	types: AgentType[] = ["worker", "other"].map((name) => ({ name, description: name, origin: "project", keys: {} }));

	constructor() {
		publishSubagentsService(this as unknown as SubagentsService);
		onTestFinished(() => unpublishSubagentsService(this as unknown as SubagentsService));
	}

	listTypes = () => this.types;

	registerWorkspaceProvider = (provider: WorkspaceProvider) => {
		if (this.provider) throw Object.assign(new Error("there is one"), { code: "provider-registered" });
		this.provider = provider;
		return () => {
			if (this.provider === provider) this.provider = undefined;
		};
	};
}

/** A parent session into which the worktrees are loaded. */
export class ParentFake {
	readonly notices: string[] = [];
	private readonly bus = new EventEmitter();
	private handlers = new Map<string, (event: object, ctx: object) => unknown>();

	constructor(private readonly cwd: string) {
		this.load();
	}

	start(reason = "startup"): Promise<void> {
		return this.happen("session_start", reason);
	}

	end(reason = "quit"): Promise<void> {
		return this.happen("session_shutdown", reason);
	}

	async reload(): Promise<void> {
		await this.end("reload");
		this.load();
	}

	/** The facts that the core tells before it asks for a directory. */
	tell(channel: "subagents:created" | "subagents:resumed", type: string): void {
		this.bus.emit(channel, { id: "id", type, description: "x" });
	}

	get listeners(): number {
		return this.bus.listenerCount("subagents:created") + this.bus.listenerCount("subagents:resumed");
	}

	private load(): void {
		this.handlers = new Map();
		const on = (channel: string, listener: (payload: unknown) => void) => {
			this.bus.on(channel, listener);
			return () => this.bus.off(channel, listener);
		};
		const pi = {
			on: (event: string, handler: (event: object, ctx: object) => unknown) => this.handlers.set(event, handler),
			events: { on },
		};
		connectWorktrees(pi as unknown as ExtensionAPI);
	}

	private async happen(event: string, reason: string): Promise<void> {
		const ui = { notify: (text: string, level: string) => this.notices.push(`${level}: ${text}`) };
		const sessionManager = { getSessionId: () => "session" };
		await this.handlers.get(event)?.({ reason }, { cwd: this.cwd, hasUI: true, ui, sessionManager });
	}
}
