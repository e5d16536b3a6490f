import type { Theme } from "@mariozechner/pi-coding-agent";
import { type Container, Text } from "@mariozechner/pi-tui";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { SubagentStatus } from "../domain/subagent-state.ts";
import { formatCount, formatDuration, formatTokens } from "../format/figures.ts";
import { replyRemark } from "../format/outcome-text.ts";
import { plainLabel, plainText } from "../format/plain-text.ts";
import { FittedLine, INDISPENSABLE } from "./fitted-line.ts";
import { drawResult } from "./result-view.ts";
import { lookOf } from "./status-look.ts";

/** What one run has come to. */
export interface Completion {
	readonly type: string;
	readonly description: string;
	readonly status: SubagentStatus;
	readonly toolUses: number;
	readonly totalTokens: number;
	readonly durationMs: number;
	readonly error?: string | undefined;
	readonly lastReply?: SubagentRecord["lastReply"];
	/** `""` where it wrote nothing. */
	readonly text: string;
}

/** Adds a run that has ended, or goes on: one line of figures, then why it failed or the beginning of what it wrote. */
export function drawCompletion(
	box: Pick<Container, "addChild">,
	completion: Completion,
	drawing: { readonly theme: Theme; readonly expanded: boolean },
): void {
	const { theme } = drawing;
	const { glyph, color } = lookOf(completion.status);
	const muted = (text: string) => theme.fg("muted", text);
	box.addChild(
		new FittedLine({
			name: { text: `${glyph} ${plainLabel(completion.type)}`, paint: (text) => theme.fg(color, text) },
			description: { text: plainLabel(completion.description), paint: (text) => text },
			figures: [
				{ text: plainLabel(completion.status), weight: INDISPENSABLE, paint: muted },
				{ text: formatDuration(completion.durationMs), weight: 3, paint: muted },
				{ text: formatCount(completion.toolUses, "tool use"), weight: 1, paint: muted },
				{ text: `${formatTokens(completion.totalTokens)} tokens`, weight: 2, paint: muted },
			],
			dim: muted,
		}),
	);
	const { error, text } = completion;
	const remark = replyRemark(completion);
	if (remark !== "") box.addChild(new Text(theme.fg("warning", plainText(remark)), 0, 0));
	if (error) box.addChild(new Text(theme.fg("error", plainText(error)), 0, 0));
	if (text !== "" && text !== error && (!error || drawing.expanded)) drawResult(box, text, drawing);
}
