import { durationMs, runIdOf, type SubagentRecord, totalTokens } from "../../src/domain/subagent-record.ts";

/**
 * A settled record in which every figure is another number; a test says what it wants different. It has run once, unless the
 * test says otherwise: the figures of the run are those of the whole life.
 */
export function sampleRecord(changes: Partial<SubagentRecord> = {}): SubagentRecord {
	const record = {
		id: "0123456789abcdef0123",
		type: "Explore",
		description: "find the parser",
		status: "completed",
		result: "It is in /src/parser.ts.",
		toolUses: 3,
		turns: 4,
		queuedAt: 1000,
		startedAt: 2000,
		completedAt: 4300,
		lifetimeUsage: { input: 1000, output: 200, cacheWrite: 34 },
		cacheRead: 90_000,
		cost: 0.25,
		compactionCount: 0,
		isBackground: false,
		model: "anthropic/claude-haiku-4-5",
		parentSessionId: "parent-session",
		delivery: { state: "pending" },
		attempt: 1,
		depth: 0,
		...changes,
	} as const;
	const { id, attempt, parentSessionId, maxTurns, turns, toolUses, lifetimeUsage, cost } = {
		maxTurns: undefined,
		...record,
	};
	return {
		...record,
		runId: runIdOf(id, attempt),
		rootSessionId: parentSessionId,
		limits: maxTurns === undefined ? {} : { turns: maxTurns },
		run: { turns, toolUses, tokens: totalTokens(lifetimeUsage), cost, durationMs: Math.max(0, durationMs(record)) },
		...changes,
	};
}
