import type { EventBus } from "@mariozechner/pi-coding-agent";
import type { Trace } from "./trace.ts";

/** Keeps book of the child sessions from the hooks: each that is created is disposed, once, before it is created again. */
export class SessionBook {
	private readonly open = new Set<string>();

	constructor(bus: EventBus, trace: Trace) {
		bus.on("subagents:child:session-created", (payload) => {
			const { sessionId } = payload as { sessionId: string };
			if (this.open.has(sessionId)) trace.violated(`session ${sessionId} was created twice`);
			this.open.add(sessionId);
		});
		bus.on("subagents:child:disposed", (payload) => {
			const { sessionId } = payload as { sessionId: string };
			if (!this.open.delete(sessionId)) trace.violated(`session ${sessionId} was disposed and is not there`);
		});
	}

	get undisposed(): readonly string[] {
		return [...this.open];
	}
}
