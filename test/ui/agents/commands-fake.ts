import type { SubagentRecord } from "../../../src/domain/subagent-record.ts";
import type { SubagentCommands, SubagentSnapshot } from "../../../src/ui/subagent-commands.ts";
import { atWork, ended } from "../sample-snapshot.ts";

export const RUNNING = atWork({ id: "run1aaaaaaaaaaaaaaa", transcriptFile: "/t/run1.jsonl" });
export const QUEUED = atWork(
	{ id: "run2bbbbbbbbbbbbbbb", status: "queued", description: "review it" },
	{ queuePosition: 2 },
);
export const DONE = ended({ id: "done1ccccccccccccccc", transcriptFile: "/t/done1.jsonl" });
export const FAILED = ended({
	id: "fail1ddddddddddddddd",
	status: "error",
	result: undefined,
	error: "no model",
} as Partial<SubagentRecord>);
export const INTERRUPTED = ended({ id: "intr1eeeeeeeeeeeeeee", status: "interrupted", error: "Interrupted." });
export const HELD: SubagentSnapshot = {
	...atWork({ id: "held1fffffffffffffff", status: "queued" }),
	condition: { kind: "suspended" },
};
export const ELSEWHERE: SubagentSnapshot = {
	...atWork({ id: "else1ggggggggggggggg" }),
	condition: { kind: "owned-elsewhere", status: "running" },
};
export const EVERYBODY = [FAILED, DONE, QUEUED, RUNNING, INTERRUPTED, HELD, ELSEWHERE];

/** Commands that record what they are asked for, and do what changes the list. */
export function fakeCommands(snapshots: readonly SubagentSnapshot[] = EVERYBODY) {
	const state = { list: [...snapshots], told: [] as unknown[][], refusal: undefined as string | undefined };
	const answer = (...told: unknown[]) => {
		state.told.push(told);
		if (state.refusal !== undefined) return { kind: "refused" as const, reason: state.refusal };
		return { kind: "done" as const, text: told.join(" ") };
	};
	const leave = (id: string) => {
		state.list = state.list.filter(({ record }) => record.id !== id);
	};
	const commands: SubagentCommands = {
		list: () => state.list,
		find: (id) => state.list.find(({ record }) => record.id === id),
		start: (type, task) => answer("start", type, task),
		detach: (id) => answer("detach", id),
		detachAll: () => answer("detachAll"),
		stop: (id) => answer("stop", id),
		stopAll: () => answer("stopAll"),
		steer: async (id, message) => answer("steer", id, message),
		resume: (id, prompt) => answer("resume", id, prompt),
		discard: (id) => {
			leave(id);
			return answer("discard", id);
		},
		dismiss: (id) => {
			leave(id);
			return answer("dismiss", id);
		},
	};
	return { commands, state };
}
