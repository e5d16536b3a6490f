const HANDED_OVER = Symbol.for("pi-crew:worktrees-handover/v1");

/**
 * A reload replaces this extension while subagents go on, and one that starts in between must not find the provider gone.
 * So the old instance leaves it in place, and the next one takes it away when it registers its own.
 */
export function handOver(sessionId: string, end: () => void): void {
	handedOver().set(sessionId, end);
}

/** Ends what the instance before left for this session; nothing when there was none. */
export function endHandedOver(sessionId: string): void {
	handedOver().get(sessionId)?.();
	handedOver().delete(sessionId);
}

function handedOver(): Map<string, () => void> {
	const shared = globalThis as { [HANDED_OVER]?: Map<string, () => void> };
	shared[HANDED_OVER] ??= new Map();
	return shared[HANDED_OVER];
}
