import { randomBytes } from "node:crypto";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../agents/agent-catalog.ts";
import type { CompletionMessage } from "../delivery/completion-message.ts";
import { ParentMailbox } from "../delivery/parent-mailbox.ts";
import type { ParentInChild } from "../engine/execute-run.ts";
import { Launcher } from "../engine/launcher.ts";
import type { SubagentSupervisor } from "../engine/subagent-supervisor.ts";
import { subagentsOf } from "../engine/subagents-of-parent.ts";
import type { SubagentEvents } from "../events/subagent-events.ts";
import { readTranscript } from "../host/transcript.ts";
import type { SpawningRun } from "../planning/parent-snapshot.ts";
import { namesType, type PlanningParts, placeOf } from "../planning/run-plan.ts";
import { createResultTool } from "../tools/get-result-tool.ts";
import { ResultRoom } from "../tools/result-room.ts";
import { createSteerTool } from "../tools/steer-tool.ts";
import { namesOfRuns, withPlainErrors } from "../tools/structured-result.ts";
import { createSubagentTool, failedRunMark } from "../tools/subagent-tool.ts";

const NONCE_BYTES = 6;

/** What the runtime of the person's session gives to the subagents in it that may start others. */
export interface NestingParts {
	readonly manager: SubagentSupervisor;
	readonly events: SubagentEvents;
	readonly planning: Pick<PlanningParts, "catalog" | "settings">;
	/** Characters of a result in a notification. */
	readonly resultCharacters: () => number;
}

/**
 * A subagent that may start others, as their parent, for one run: the same three tools in its session, bound to this engine and not to
 * a copy of it, and a mailbox of its own. Nothing is sent into a session that is busy: the run asks for the next message when it has
 * nothing more to do.
 */
export function parentInChild(run: SpawningRun, parts: NestingParts): ParentInChild {
	const { manager, events } = parts;
	const children = manager.childrenOf(run.subagentId);
	const messages: CompletionMessage[] = [];
	let wake = () => {};
	const mailbox = new ParentMailbox({
		parent: {
			isIdle: () => true, // its activity is known here without asking the host
			sendMessage: (message) => {
				messages.push(message);
				wake();
			},
		},
		subagents: children,
		clock: Date.now,
		newNonce: () => randomBytes(NONCE_BYTES).toString("hex"),
		bounds: () => ({ resultCharacters: parts.resultCharacters(), context: undefined }),
	});
	mailbox.activity.began();
	const unsubscribe = events.subscribe((event) => {
		mailbox.hear(event);
		if (event.type === "settled" && children.liveCount() === 0) wake();
	});
	return {
		extension: (pi) => bringTools(pi, { run, parts, mailbox }),
		get mustWait() {
			return children.liveCount() > 0;
		},
		nextMessage: async (signal) => {
			mailbox.activity.ended(false);
			try {
				while (!signal.aborted) {
					mailbox.deliverNow();
					const message = messages.shift();
					if (message || children.liveCount() === 0) return message;
					await new Promise<void>((resolve) => {
						wake = resolve;
						signal.addEventListener("abort", () => resolve(), { once: true });
					});
				}
				return messages.shift();
			} finally {
				mailbox.activity.began();
			}
		},
		close: () => {
			unsubscribe();
			mailbox.close();
		},
	};
}

interface InChild {
	readonly run: SpawningRun;
	readonly parts: NestingParts;
	readonly mailbox: ParentMailbox;
}

function bringTools(pi: ExtensionAPI, { run, parts, mailbox }: InChild): void {
	const { manager, planning } = parts;
	const session = {
		subagents: subagentsOf(manager, run.subagentId),
		launcher: new Launcher(manager, { ...planning, pi, spawner: run }),
	};
	const shared = { session, clock: Date.now, room: new ResultRoom(), view: {} };
	const types = startable(run, planning.catalog(placeOf(run.parent)));
	pi.registerTool(withPlainErrors(createSubagentTool(shared, types)));
	const claimReleased = () => mailbox.consider();
	pi.registerTool(withPlainErrors(createResultTool({ ...shared, claimReleased, readTranscript })));
	pi.registerTool(withPlainErrors(createSteerTool(session, shared.view)));
	pi.on("tool_result", failedRunMark);
	pi.on("tool_result", (event) => namesOfRuns(event, manager.all()));
	pi.on("context", ({ messages }) => mailbox.withRoster(messages) as { messages: typeof messages } | undefined);
}

/** The types that a subagent may start, for the description of its tool. */
function startable({ spec: { mayStart = [] } }: SpawningRun, catalog: AgentCatalog): Pick<AgentCatalog, "list"> {
	if (mayStart === "all") return catalog;
	return { list: () => catalog.list().filter(({ name }) => namesType(mayStart, name, catalog)) };
}
