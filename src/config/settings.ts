/** What a person can set; the numbers are the contract's defaults. */
export interface Settings {
	/** Turns a run may take when neither file nor call says; 0 means unlimited. */
	readonly defaultMaxTurns: number;
	/** Turns a run gets to wrap up after its limit, before it is cut off. */
	readonly graceTurns: number;
}

export const DEFAULT_SETTINGS: Settings = Object.freeze({ defaultMaxTurns: 0, graceTurns: 5 });
