/**
 * The hooks through which other extensions act on a child session before it runs. Payloads are plain and frozen.
 * They are dispatched synchronously: a synchronous listener has acted before the next step.
 */
export const CHILD_HOOKS = {
	SPAWNING: "subagents:child:spawning",
	SESSION_CREATED: "subagents:child:session-created",
	COMPLETED: "subagents:child:completed",
	DISPOSED: "subagents:child:disposed",
} as const;

/** Before the child session exists. */
export interface ChildSpawning {
	readonly agentName: string;
	/** The id of the parent's session. */
	readonly parentSessionId?: string;
}

/** After the child session was created and before its extensions are bound. */
export interface ChildSessionCreated {
	/** The id of the child's own session. */
	readonly sessionId: string;
	readonly parentSessionId?: string;
	readonly sessionDir: string;
	readonly agentName: string;
}

/** The child's turns are over and nothing was thrown. */
export interface ChildCompleted {
	readonly sessionId: string;
	readonly sessionDir: string;
	readonly agentName: string;
	readonly aborted: boolean;
	readonly steered: boolean;
}

/** The child session is gone: exactly once for each session-created, on every way out. */
export interface ChildDisposed {
	readonly sessionId: string;
	readonly sessionDir: string;
}

type Emit = (channel: string, payload: unknown) => void;

export class ChildHooks {
	/** @param emit puts a payload on the parent's bus, outside every child's scope; it must not throw */
	constructor(private readonly emit: Emit) {}

	spawning(payload: ChildSpawning): void {
		this.emit(CHILD_HOOKS.SPAWNING, Object.freeze(payload));
	}

	sessionCreated(payload: ChildSessionCreated): void {
		this.emit(CHILD_HOOKS.SESSION_CREATED, Object.freeze(payload));
	}

	completed(payload: ChildCompleted): void {
		this.emit(CHILD_HOOKS.COMPLETED, Object.freeze(payload));
	}

	disposed(payload: ChildDisposed): void {
		this.emit(CHILD_HOOKS.DISPOSED, Object.freeze(payload));
	}
}
