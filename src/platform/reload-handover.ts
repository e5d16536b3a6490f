/**
 * What a reload leaves for the next instance of an extension, by the id of the session it belongs to. Each instance has a module
 * copy of its own, so it lies on `globalThis`, where all of them look.
 */
export class ReloadHandover<T> {
	/** @param key where it lies; a new version of it when the shape of `T` changes */
	constructor(private readonly key: symbol) {}

	offer(sessionId: string, value: T): void {
		this.offered().set(sessionId, value);
	}

	/** @returns what was offered for this session, to the first who asks */
	take(sessionId: string): T | undefined {
		const value = this.offered().get(sessionId);
		this.offered().delete(sessionId);
		return value;
	}

	private offered(): Map<string, T> {
		const shared = globalThis as { [key: symbol]: Map<string, T> | undefined };
		const offered = shared[this.key] ?? new Map<string, T>();
		shared[this.key] = offered;
		return offered;
	}
}
