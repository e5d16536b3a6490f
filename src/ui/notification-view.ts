import type { MessageRenderer } from "@mariozechner/pi-coding-agent";
import { Box, type Component } from "@mariozechner/pi-tui";
import { Clamped } from "./clamped.ts";
import { type Completion, drawCompletion } from "./completion-view.ts";

/** What a notification's details hold of one run. */
interface Told extends Omit<Completion, "text"> {
	readonly id?: string;
	readonly attempt?: number;
	readonly resultPreview: string;
}

type Details = Told & { readonly others?: readonly Told[] };

/**
 * The runs that have ended, in one box, each with its figures and the beginning of its result; all of it when expanded. The
 * model reads the message itself.
 *
 * @param resultOf the whole result of a subagent's run; nothing where a later run has taken its place or nobody knows it
 */
export function createNotificationView(
	resultOf: (id: string, attempt: number) => string | undefined,
): MessageRenderer<Details> {
	return ({ details }, { expanded }, theme) => {
		if (!isCompletion(details)) return undefined; // the host then shows the text
		const box = new Box(1, 1, (text) => theme.bg("customMessageBg", text)); // as the host draws custom messages
		for (const told of [details, ...(details.others ?? [])]) {
			const whole = expanded ? resultOf(`${told.id}`, told.attempt ?? 1) : undefined;
			drawCompletion(box, { ...told, text: whole ?? told.resultPreview }, { theme, expanded });
		}
		return new Clamped(box) as Component;
	};
}

/** A session file may hold what another version, or another hand, has written. */
function isCompletion(details: Partial<Details> | undefined): details is Details {
	const { others = [], ...first } = details ?? {};
	return Array.isArray(others) && [first, ...others].every(hasAllFields);
}

function hasAllFields(told: Partial<Told> | null | undefined): boolean {
	const { type, description, status, toolUses, totalTokens, durationMs, resultPreview, error = "" } = told ?? {};
	const texts = [type, description, status, resultPreview, error];
	const figures = [toolUses, totalTokens, durationMs];
	return texts.every((text) => typeof text === "string") && figures.every((figure) => typeof figure === "number");
}
