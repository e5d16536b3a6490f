const LEFT_BEHIND = Symbol.for("pi-crew:left-behind/v1");

/**
 * What a reload leaves for the next instance of us, by the id of the session it belongs to. Each instance has a module copy
 * of its own, so it lies where all of them look; the key's version changes when its shape does.
 */
export function leaveBehind<T>(sessionId: string, crew: T): void {
	left<T>().set(sessionId, crew);
}

/** @returns what was left for this session; nobody else gets it after that */
export function takeOver<T>(sessionId: string): T | undefined {
	const crew = left<T>().get(sessionId);
	left<T>().delete(sessionId);
	return crew;
}

function left<T>(): Map<string, T> {
	const shared = globalThis as { [LEFT_BEHIND]?: Map<string, T> };
	shared[LEFT_BEHIND] ??= new Map();
	return shared[LEFT_BEHIND];
}
