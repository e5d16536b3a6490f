import { until } from "./condition.ts";
import { callTools, isChild, say } from "./script.ts";
import type { ModelCall, Script, ScriptedHost } from "./scripted-host.ts";

export type Fact = { channel: string; payload: Record<string, unknown> };

/** Collects the facts about subagents on the parent's bus, from now on. */
export function collectFacts(host: ScriptedHost): Fact[] {
	const facts: Fact[] = [];
	for (const channel of ["created", "started", "completed", "failed", "steered", "compacted", "resumed"]) {
		host.bus.on(`subagents:${channel}`, (payload) => {
			facts.push({ channel, payload: payload as Fact["payload"] });
		});
	}
	return facts;
}

/** The parent starts these background tasks when told to, and answers everything else in one word. */
export function backgroundTasks(prompts: readonly string[], child: Script): Script {
	return (call: ModelCall) => {
		if (isChild(call)) return child(call);
		if (call.role !== "user" || call.text !== "go") return say("noted");
		return callTools(prompts.map((prompt) => backgroundCall({ prompt })));
	};
}

export function backgroundCall(args: Record<string, unknown>) {
	return {
		name: "subagent",
		args: { description: "a task", subagent_type: "general-purpose", run_in_background: true, ...args },
	};
}

/** The ids a notification tells of, over all notifications so far. */
export function notifiedIds(host: ScriptedHost): string[] {
	return host
		.notifications()
		.flatMap((text) => [...text.matchAll(/<task-id>(\w+)<\/task-id>/g)].map((match) => match[1] as string));
}

export async function allNotified(host: ScriptedHost, count: number): Promise<void> {
	await until(`${count} results to be notified`, () => notifiedIds(host).length >= count && !host.session.isStreaming);
}
