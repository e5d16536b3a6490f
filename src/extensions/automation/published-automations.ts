import { currentChild } from "../../platform/child-scope.ts";
import type { AutomationSnapshot, FireOutcome } from "./automation.ts";

/** An answer to whoever schedules something. */
export interface StartedAutomation {
	readonly id: string;
	/** When time fires it next, in milliseconds since 1970. */
	readonly nextFire?: number;
	/** What the person should know: when it runs at all, and when it fires next. */
	readonly message: string;
}

/** The automations of a session, for programs. Found under `Symbol.for("pi-crew:automations/v1")` on `globalThis`. */
export interface Automations {
	/**
	 * Starts one that lives as long as the session. Keys are those of a file, with `name` and `instruction`.
	 *
	 * @returns its id
	 * @throws Error that names every key that cannot be used
	 */
	start(config: Readonly<Record<string, unknown>>): string;
	/** What `start` has to say about one: that it runs while this pi runs, and when it fires next. */
	describe(id: string): StartedAutomation | undefined;
	/** At once nothing fires; resolves when its runs have ended. @returns false when there is none of that id */
	stop(id: string): Promise<boolean>;
	/** @returns how many */
	stopAll(): Promise<number>;
	status(): readonly AutomationSnapshot[];
	/** @returns nothing when there is none of that id */
	status(id: string): AutomationSnapshot | undefined;
	/** Does not wait for the run. The answer says whether it started, waits, or why it does not run. */
	fire(id: string, data?: unknown): FireOutcome;
}

const PLACE = Symbol.for("pi-crew:automations/v1");
type Shared = { [PLACE]?: Automations };

/** Published for the session that was started last in this process. @returns withdraws it and no other */
export function publishAutomations(automations: Automations): () => void {
	const shared = globalThis as Shared;
	shared[PLACE] = automations;
	return () => {
		if (shared[PLACE] === automations) delete shared[PLACE];
	};
}

/** The subagent whose extension calls, if it is one. */
export function callingSubagent(): string | undefined {
	return currentChild()?.subagentId;
}
