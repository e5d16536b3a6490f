/** What a person can set in `subagents.json`, as it is in force: each key has a value that it accepts. */
export interface Settings {
	/** Background runs at the same time. */
	readonly maxConcurrent: number;
	/** Turns a run may take when neither agent file nor call says; 0 means unlimited. */
	readonly defaultMaxTurns: number;
	/** Turns a run gets to wrap up after its limit, before it is cut off. */
	readonly graceTurns: number;
	/** Whether interrupting the parent's turn stops background runs too. */
	readonly onInterrupt: "stop-foreground" | "stop-all";
	/** What runs when a call names an unknown agent type; `none` refuses the call. */
	readonly fallbackAgent: "general-purpose" | "none";
	/** What happens when no model that an agent file names is available. */
	readonly modelFallback: "parent" | "refuse";
	/** What happens at start with subagents that ran when pi was killed; without a UI it is `never`. */
	readonly resumeInterrupted: "ask" | "never" | "auto";
	/** Days after which transcripts of settled subagents are removed at start; 0 keeps them for ever. */
	readonly keepTranscriptsDays: number;
	/** Mebibytes of transcripts beyond which the oldest are removed at start; 0 means no limit. */
	readonly keepTranscriptsMiB: number;
	/** Characters of a result that a notification of one run brings; the results of several share three times as much. */
	readonly notificationResultChars: number;
	/** Which live runs the widget above the editor shows. */
	readonly widget: "background" | "all" | "off";
	/** Whether subagents wait for their provider together; `off` leaves rate limits to the host's own retries. */
	readonly admission: "on" | "off";
	/** The most that is done about a subagent that repeats itself without getting anywhere. */
	readonly onLoop: "stop" | "steer" | "show" | "off";
	/** Repetitions after which it is stopped; it is steered and shown earlier. */
	readonly loopStopAfter: number;
	/** What is done about a subagent that is silent for too long; `stop` waits twice as long. */
	readonly onStall: "show" | "stop" | "off";
	/** Seconds without a sign of life that are too long; known waits do not count. */
	readonly stallSeconds: number;
	/** Patterns of the models subagents may use; an empty list allows all. */
	readonly models: readonly string[];
	/** More folders of agent files, below pi's own: relative to the project, from `~/`, or absolute. The first goes before the others. */
	readonly agentFolders: readonly string[];
}

export type SettingKey = keyof Settings;

/** Whose value is in force: `yours` is the person's file, `session` one that could not be written and ends with the session. */
export type SettingSource = "default" | "yours" | "project" | "session";

/** `loaded`: at the start of a session. `changed`: by us, or by somebody else in a file, which is noticed when they are used. */
export type SettingsEvent =
	| { readonly type: "loaded"; readonly settings: Settings }
	| { readonly type: "changed"; readonly settings: Settings; readonly persisted: boolean };
