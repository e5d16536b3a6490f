import type { SubagentRecord, SubagentsService } from "../../service/subagents-service.ts";
import type { RunEnd, Runner } from "./automation.ts";

/** Runs automations as subagents of the session. */
export function subagentRunner(service: () => SubagentsService): Runner {
	return {
		start: ({ agent, name, limits }, prompt, cause) =>
			service().spawn(agent, prompt, {
				description: name,
				...(limits.turns !== undefined && { maxTurns: limits.turns }),
				...(cause !== undefined && { cause }),
			}),
		ended: async (id) => {
			try {
				return endOf(await service().waitFor(id));
			} catch (error) {
				// The session is gone, and with it whoever could say how the run ended.
				return { kind: "stopped", status: "unknown", text: "", error: String(error), durationMs: 0 };
			}
		},
		abort: (id) => void service().abort(id),
		isKnown: (id) => {
			const record = service().getRecord(id);
			return record !== undefined && record.status !== "interrupted" && record.status !== "stopped";
		},
	};
}

function endOf({ status, result = "", error, run }: SubagentRecord): RunEnd {
	const hasCompleted = status === "completed" || status === "steered";
	const words = error ?? (status === "aborted" ? "it exceeded its turn limit" : undefined);
	return {
		kind: hasCompleted ? "completed" : status === "stopped" ? "stopped" : "failed",
		status,
		text: result,
		durationMs: run.durationMs,
		...(words !== undefined && { error: words }),
	};
}
