import type { MessageRenderer, Theme } from "@mariozechner/pi-coding-agent";
import { Box, type Component, type Container, Text } from "@mariozechner/pi-tui";
import type { SubagentStatus } from "../domain/subagent-state.ts";
import { figuresText } from "../format/outcome-text.ts";
import { plainLine, plainText } from "../format/plain-text.ts";
import { Clamped } from "./clamped.ts";
import { Line } from "./line.ts";
import { drawResult } from "./result-view.ts";
import { lookOf } from "./status-look.ts";

/** What a notification's details hold of one run. */
interface Completion {
	readonly type: string;
	readonly description: string;
	readonly status: SubagentStatus;
	readonly toolUses: number;
	readonly totalTokens: number;
	readonly durationMs: number;
	readonly error?: string;
	readonly resultPreview: string;
}

type Details = Completion & { readonly others?: readonly Completion[] };

/** The runs that have ended, each with its figures and the beginning of its result; the model reads the message itself. */
export const drawNotification: MessageRenderer<Details> = ({ details }, { expanded }, theme) => {
	if (!isCompletion(details)) return undefined; // the host then shows the text
	const box = new Box(1, 1, (text) => theme.bg("customMessageBg", text)); // as the host draws custom messages
	for (const completion of [details, ...(details.others ?? [])]) drawCompletion(box, completion, { theme, expanded });
	return new Clamped(box) as Component;
};

/** A session file may hold what another version, or another hand, has written. */
function isCompletion(details: Partial<Details> | undefined): details is Details {
	const { others = [], ...first } = details ?? {};
	return Array.isArray(others) && [first, ...others].every(hasAllFields);
}

function hasAllFields({
	type,
	description,
	status,
	toolUses,
	totalTokens,
	durationMs,
	resultPreview,
}: Partial<Completion>): boolean {
	const texts = [type, description, status, resultPreview];
	const figures = [toolUses, totalTokens, durationMs];
	return texts.every((text) => typeof text === "string") && figures.every((figure) => typeof figure === "number");
}

function drawCompletion(
	box: Pick<Container, "addChild">,
	completion: Completion,
	drawing: { theme: Theme; expanded: boolean },
): void {
	const { theme } = drawing;
	const { glyph, color } = lookOf(completion.status);
	box.addChild(
		new Line([
			{ text: `${glyph} ${plainLine(completion.type)} `, paint: (text) => theme.fg(color, text) },
			{ text: `${plainLine(completion.description)} · `, paint: (text) => text },
			{ text: figuresText(completion), paint: (text) => theme.fg("muted", text) },
		]),
	);
	if (completion.error) box.addChild(new Text(theme.fg("error", plainText(completion.error)), 0, 0));
	else if (completion.resultPreview !== "") drawResult(box, completion.resultPreview, drawing);
}
