import type { Theme } from "@mariozechner/pi-coding-agent";
import type { SubagentStatus } from "../domain/subagent-state.ts";

/** A glyph and a colour for a status; the word always stands beside them. */
export interface StatusLook {
	readonly glyph: string;
	readonly color: Parameters<Theme["fg"]>[0];
}

const LOOKS: Readonly<Record<SubagentStatus, StatusLook>> = {
	queued: { glyph: "○", color: "muted" },
	running: { glyph: "●", color: "accent" },
	completed: { glyph: "✓", color: "success" },
	steered: { glyph: "✓", color: "warning" },
	aborted: { glyph: "!", color: "warning" },
	stopped: { glyph: "■", color: "warning" },
	interrupted: { glyph: "!", color: "error" },
	error: { glyph: "✗", color: "error" },
};

/** A newer version may have left a status here that this one does not know. */
export function lookOf(status: SubagentStatus): StatusLook {
	return (Object.hasOwn(LOOKS, status) && LOOKS[status]) || { glyph: "?", color: "muted" };
}
