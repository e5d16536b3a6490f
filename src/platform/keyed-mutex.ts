/** Work on the same thing, one after the other; git locks files for a moment and refuses whoever comes second. */
export class InTurn {
	private readonly last = new Map<string, Promise<unknown>>();

	run<T>(key: string, work: () => Promise<T>): Promise<T> {
		const before = this.last.get(key) ?? Promise.resolve();
		const mine = before.then(work, work); // whether the one before succeeded is its own affair
		this.last.set(key, mine);
		const forget = () => {
			if (this.last.get(key) === mine) this.last.delete(key);
		};
		mine.then(forget, forget);
		return mine;
	}
}
