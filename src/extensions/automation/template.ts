/** What fires an automation, as its instruction may quote it. */
export interface FireEvent {
	/** The trigger's type. */
	readonly type: "timer" | "cron" | "file" | "session_event" | "manual";
	/** One line. */
	readonly summary: string;
	/** Plain JSON. */
	readonly data: unknown;
	/** For a session event the session, for a file its path; else the kind of trigger, such as `timer-trigger`. */
	readonly source: string;
}

const PLACEHOLDER = /\{(event_summary|event_type|event_data|trigger_source)\}/g;
const LONGEST_DATA = 20_000;

/** Puts the event into the instruction. Braces in the event's data are data; a placeholder that nobody knows stays as it is. */
export function filledInstruction(instruction: string, event: FireEvent): string {
	const values: Readonly<Record<string, string>> = {
		event_summary: event.summary,
		event_type: event.type,
		event_data: dataText(event.data),
		trigger_source: event.source,
	};
	return instruction.replace(PLACEHOLDER, (_placeholder, name: string) => values[name] ?? "");
}

function dataText(data: unknown): string {
	const text = JSON.stringify(data ?? null);
	return text.length > LONGEST_DATA ? `${text.slice(0, LONGEST_DATA)}… (${text.length} characters)` : text;
}
