import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { agentFileGuide, type DraftedFile, draftedFile } from "../agents/agent-file-text.ts";

import type { AgentDefinition } from "../domain/agent-definition.ts";
import { type RunRequest, servicePolicy } from "../domain/run-request.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { SessionSubagents } from "../engine/launcher.ts";
import { plainText } from "../platform/plain-text.ts";
import { reasonOf } from "../platform/reason-of.ts";
import { cutText } from "../platform/shorten.ts";
import type { DraftAnswer, DraftWish } from "../ui/agents/agent-management.ts";

/**
 * An internal type that no call can select: `general-purpose` could change the project and run anything, may be disabled,
 * and a person's file of that name may be something else altogether. This one can only read, without a shell and
 * without the tools of extensions, which may do anything.
 */
const DRAFTER: AgentDefinition = {
	name: "agent-drafter",
	description: "Writes an agent file",
	origin: "built-in",
	tools: ["read", "grep", "find", "ls"],
	extensionTools: [],
	maxTurns: 15,
	promptMode: "replace",
	instructions: agentFileGuide(),
};

const OWN_CATALOG = { find: () => ({ kind: "found" as const, definition: DRAFTER }), list: () => [DRAFTER] };

/** Has a subagent write an agent file from what a person wants. Resolves always; the signal stops the subagent. */
export async function draftAgent(
	wish: DraftWish,
	signal: AbortSignal,
	{ manager, launcher }: SessionSubagents,
	ctx: ExtensionContext,
): Promise<DraftAnswer> {
	try {
		if (signal.aborted) return refused("It was stopped before it began.");
		const launched = launcher.launch(requestFor(wish), ctx, OWN_CATALOG);
		if (launched.kind === "refused") return launched;
		const { subagent } = launched;
		const stop = () => manager.stop(subagent.id, "user");
		signal.addEventListener("abort", stop, { once: true });
		const record = await manager.whenSettled(subagent);
		signal.removeEventListener("abort", stop);
		return answerOf(record);
	} catch (error) {
		return refused(`Nothing was drafted: ${reasonOf(error)}`);
	}
}

/** The person waits for it, so it takes no place in the queue, and the parent is not notified. */
function requestFor({ name, purpose }: DraftWish): RunRequest {
	return {
		policy: servicePolicy({}),
		type: DRAFTER.name,
		description: `draft the agent ${name}`,
		prompt: `Write the agent file ${name}.md. What the agent is for, in the words of the person who wants it:\n\n${purpose}`,
		background: false,
	};
}

function answerOf({ id, status, result = "", error = "" }: SubagentRecord): DraftAnswer {
	switch (status) {
		case "completed":
		case "steered":
			return fileOf(draftedFile(result), result);
		case "aborted":
			return refused(`Nothing was drafted: the subagent ${id} did not finish and was cut off.`);
		case "queued":
		case "running":
			return refused(`Nothing was drafted: the subagent ${id} has not ended.`);
		case "stopped":
		case "interrupted":
			return refused(`Nothing was drafted. ${error}`.trim());
		case "error":
			return refused(`Nothing was drafted: the subagent ${id} failed: ${error || "no reason was given"}`);
		default:
			return status satisfies never;
	}
}

const SHOWN = 600;

function fileOf(drafted: DraftedFile, answer: string): DraftAnswer {
	if (drafted.kind === "file") return { kind: "drafted", text: drafted.text };
	if (drafted.kind === "several") return refused("The subagent wrote several files; one was asked for. Ask for less.");
	const { text, isCut } = cutText(plainText(answer).trim(), SHOWN);
	return refused(
		text === ""
			? "The subagent gave no answer."
			: `The subagent wrote no agent file. It said: ${text}${isCut ? "…" : ""}`,
	);
}

function refused(reason: string): DraftAnswer {
	return { kind: "refused", reason };
}
