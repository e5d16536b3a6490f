import type { Theme } from "@mariozechner/pi-coding-agent";
import type { Component } from "@mariozechner/pi-tui";
import { plainLine } from "../format/plain-text.ts";
import { Clamped } from "./clamped.ts";
import { Line } from "./line.ts";

/** The calls of `get_subagent_result` and `steer_subagent` in one line. The arguments may still be streaming in. */
export function drawLookupCall(tool: string, args: object | undefined, theme: Theme): Component {
	const { agent_id, wait, message } = (args ?? {}) as { agent_id?: unknown; wait?: unknown; message?: unknown };
	const note =
		wait === true ? " waits until it has ended" : typeof message === "string" ? ` ${plainLine(message)}` : "";
	const line = new Line([
		{ text: `${tool} `, paint: (text) => theme.fg("toolTitle", theme.bold(text)) },
		{ text: (typeof agent_id === "string" && plainLine(agent_id)) || "…", paint: (text) => theme.fg("accent", text) },
		{ text: note, paint: (text) => theme.fg("muted", text) },
	]);
	return new Clamped(line);
}
