import type { ToolCallDone, ToolRound } from "../../src/domain/loop-detector.ts";

/** A run as the detector sees it: rounds with the seconds between them. */
export interface Trace {
	readonly name: string;
	readonly rounds: readonly ToolRound[];
}

interface Step {
	readonly call: readonly [name: string, args: object];
	readonly result: string;
	readonly isError?: boolean;
	/** Seconds since the one before. */
	readonly after?: number;
}

const DAY = Date.UTC(2026, 10, 28, 12);

function trace(name: string, steps: readonly (Step | readonly Step[])[]): Trace {
	let at = DAY;
	const rounds = steps.map((step) => {
		const batch = [step].flat() as readonly Step[];
		at += 1000 * Math.max(...batch.map(({ after = 2 }) => after));
		const calls: ToolCallDone[] = batch.map(({ call: [tool, args], result, isError = false }) => ({
			...{ name: tool, args, result, isError },
		}));
		return { calls, at };
	});
	return { name, rounds };
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
	Array.from({ length: count }, (_, index) => make(index));
const bash = (command: string) => ["bash", { command }] as const;
const clock = (seconds: number) => new Date(DAY + seconds * 1000).toISOString();

/** Commands that wait by themselves, then look: the answer stays the same for long. */
const WAITING_POLLS = [
	"sleep 30; gh run view 17 --json status",
	"sleep 10 && cat build.log | tail -3",
	"sleep 5 && curl -s localhost:3000/health",
	"gh run watch 17",
	"timeout 60 tail -f build.log",
	"npx vitest --watch --run=false",
	"kubectl rollout status deploy/web --watch --timeout=30s",
	"while ! test -f done; do sleep 1; done; ls",
	"docker wait job",
	"inotifywait -t 30 src; git status --short",
];

/** Looks at what somebody else changes, some seconds apart. */
const SPACED_POLLS = [
	"gh pr checks 12",
	"kubectl get pods",
	"docker ps --filter name=web",
	"systemctl status web",
	"squeue -u me",
	"tail -n 5 train.log",
	"curl -s http://localhost:8080/status",
	"ps aux | grep vite",
];

/** Tools that tell how something in the background is getting on. */
const POLLING_TOOLS = ["get_build_status", "process_output", "task_poll", "check_job", "read_logs", "job_progress"];

/** Runs without fault. Nobody may be stopped or steered in one of these. */
export const HEALTHY: readonly Trace[] = [
	...WAITING_POLLS.map((command) =>
		trace(`waits: ${command}`, [
			...times(40, () => ({ call: bash(command), result: "in_progress", after: 30 })),
			{ call: bash(command), result: "completed" },
		]),
	),
	...SPACED_POLLS.map((command) =>
		trace(
			`polls: ${command}`,
			times(25, (index) => ({ call: bash(command), result: index < 24 ? "pending" : "ready", after: 8 })),
		),
	),
	...POLLING_TOOLS.map((tool) =>
		trace(
			`polls with ${tool}`,
			times(20, () => ({ call: [tool, { id: "j1" }] as const, result: "no new output", after: 10 })),
		),
	),
	...times(6, (kind) =>
		trace(
			`a percentage that grows, ${kind + 1} at a time`,
			times(30, (index) => ({ call: bash("make progress"), result: `built ${index * (kind + 1)}% of all` })),
		),
	),
	...times(4, (kind) =>
		trace(
			`a queue that shrinks by ${kind + 1}`,
			times(20, (index) => ({ call: bash("npm run left"), result: `${100 - index * (kind + 1)} tasks left` })),
		),
	),
	...times(6, (size) =>
		trace(
			`pages through a file, ${500 * (size + 1)} lines at a time`,
			times(30, (index) => ({
				call: ["read", { path: "src/big.ts", offset: index * 500 * (size + 1) }] as const,
				result: `line ${index}\n`.repeat(50),
			})),
		),
	),
	...times(5, (kind) =>
		trace(
			`edits and tests in turn, ${kind + 1}`,
			times(20, (index) =>
				index % 2 === 0
					? { call: ["edit", { path: `src/${kind}.ts`, newText: `attempt ${index}` }] as const, result: "edited" }
					: { call: bash("npm test"), result: `1 failed, 41 passed in ${index}.3s` },
			),
		),
	),
	...times(5, (kind) =>
		trace(
			`the same search in other folders, ${kind + 1}`,
			times(20, (index) => ({
				call: ["grep", { pattern: "TODO", path: `packages/p${index}` }] as const,
				result: "no matches",
			})),
		),
	),
	...times(4, (kind) =>
		trace(
			`a slow command run ${kind + 3} times between edits`,
			times(kind + 3, (index) => [
				{ call: ["write", { path: "a.ts", content: `v${index}` }] as const, result: "written" },
				{ call: bash("cargo build"), result: "error[E0308]: mismatched types", isError: true, after: 300 },
			]),
		),
	),
	trace("two tries and then another way", [
		...times(2, () => ({ call: bash("pip install x"), result: "not found", isError: true })),
		{ call: bash("pip3 install x"), result: "not found", isError: true },
		{ call: bash("uv add x"), result: "ok" },
	]),
	trace(
		"four tries of a flaky test",
		times(4, () => ({ call: bash("npm test"), result: "1 failed" })),
	),
	trace(
		"a test that fails differently each time",
		times(20, (index) => ({ call: bash("npm test"), result: `case ${"abcdefghijklmnopqrst"[index]} failed` })),
	),
	trace(
		"a long think between few calls",
		times(6, (index) => ({ call: ["read", { path: `f${index}` }] as const, result: "x", after: 900 })),
	),
	trace(
		"git status between commits",
		times(12, (index) =>
			index % 2 === 0
				? { call: bash("git status --short"), result: "" }
				: { call: bash(`git commit -am "step ${index}"`), result: `[main ${index}abcdef] step` },
		),
	),
	trace(
		"a wait that counts down",
		times(20, (index) => ({ call: bash("sleep 1; cat countdown"), result: `${20 - index}` })),
	),
	trace(
		"a long compile with growing log",
		times(15, (index) => ({ call: bash("wc -l compile.log"), result: `${100 + 37 * index} compile.log` })),
	),
	trace(
		"a slow stream read piece by piece",
		times(30, (index) => ({ call: ["next_chunk", {}] as const, result: `piece ${"ab".repeat(index + 1)}` })),
	),
	trace(
		"todo list read and changed",
		times(16, (index) => ({ call: ["todo", {}] as const, result: `${"x".repeat(index)}${"-".repeat(16 - index)}` })),
	),
];

const REPEATED: readonly Step[] = [
	{ call: bash("npm test"), result: "1 failed" },
	{ call: bash("cargo build"), result: "error: no such file", isError: true, after: 60 },
	{ call: ["read", { path: "missing.ts" }], result: "ENOENT", isError: true },
	{ call: ["edit", { path: "a.ts", oldText: "x", newText: "y" }], result: "oldText not found", isError: true },
	{ call: ["grep", { pattern: "foo" }], result: "no matches" },
	{ call: ["ls", { path: "." }], result: "a\nb" },
	{ call: ["find", { pattern: "*.md" }], result: "" },
	{ call: ["write", { path: "a", content: "b" }], result: "written" },
	{ call: bash("git status"), result: "nothing to commit" },
	{ call: ["mcp__db__query", { sql: "select 1" }], result: "timeout", isError: true },
];

const NOISY: readonly ((index: number) => Step)[] = [
	(index) => ({ call: bash("make"), result: `${clock(index)} make: nothing to be done` }),
	(index) => ({ call: bash("npm test"), result: `1 failed in ${[3, 1, 4, 1, 5, 9, 2, 6][index % 8]}.${index}s` }),
	(index) => ({ call: bash("node a.js"), result: `Error: x\n at /tmp/run-${index}/a.js:3`, isError: true }),
	(index) => ({ call: bash("./deploy"), result: `request id: ${index}af93bd denied`, isError: true }),
	(index) => ({ call: bash("server"), result: `pid ${4100 + index} died`, isError: true }),
	(index) => ({ call: bash("date; make"), result: `12:00:${10 + index} up to date` }),
	(index) => ({ call: bash("ts-node x"), result: `0x${(7000 + index).toString(16)}: segfault`, isError: true }),
	(index) => ({ call: bash("api"), result: `trace: 0b6f1c2${index}-1111-4222-8333-00000000000${index % 10} failed` }),
	(index) => ({ call: bash("bench"), result: `score ${[7, 3, 9, 1, 8, 2, 6, 4][index % 8]}` }),
	(index) => ({
		call: ["fetch", { url: "http://x" }],
		result: `Sat, 28 Nov 2026 12:00:${10 + index} GMT 404`,
		isError: true,
	}),
];

const pairs = (...steps: readonly Step[]) => times(30, (index) => steps[index % steps.length] as Step);
const [test, build, missing, edit, grep, ls] = REPEATED as [Step, Step, Step, Step, Step, Step];

/** Runs that go in circles. Each has to be stopped. */
export const SICK: readonly Trace[] = [
	...REPEATED.map((step) =>
		trace(
			`again and again: ${JSON.stringify(step.call)}`,
			times(12, () => step),
		),
	),
	...NOISY.map((make, index) => trace(`with noise ${index + 1}: ${JSON.stringify(make(0).call)}`, times(12, make))),
	trace("A-B: read and edit", pairs(missing, edit)),
	trace("A-B: test and build", pairs(test, build)),
	trace("A-B: grep and ls", pairs(grep, ls)),
	trace("A-B: write and test", pairs({ call: ["write", { path: "a", content: "b" }], result: "written" }, test)),
	trace("A-B-C", pairs(test, missing, grep)),
	trace(
		"two calls at a time",
		times(12, () => [missing, grep]),
	),
	trace("after good work", [
		...times(10, (index) => ({ call: ["read", { path: `f${index}` }] as const, result: "x" })),
		...times(12, () => test),
	]),
	trace(
		"arguments in another order",
		times(12, (index) => ({
			call: ["grep", index % 2 ? { pattern: "a", path: "b" } : { path: "b", pattern: "a" }] as const,
			result: "no matches",
		})),
	),
	trace(
		"a state asked without a pause",
		times(40, () => ({ call: bash("gh pr checks 12"), result: "pending", after: 1 })),
	),
	trace(
		"a huge result",
		times(12, () => ({ call: bash("cat big"), result: "x".repeat(100_000) })),
	),
];
