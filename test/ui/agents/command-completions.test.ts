import { expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../../src/settings/settings-schema.ts";
import { completeAgentsWords } from "../../../src/ui/agents/command-completions.ts";
import { AGENTS_WORDS } from "../../../src/ui/agents/command-parser.ts";
import type { SubagentSnapshot } from "../../../src/ui/subagent-commands.ts";
import { sampleAgent } from "../../agents/sample-agent.ts";
import { DONE, ELSEWHERE, EVERYBODY, FAILED, HELD, INTERRUPTED, QUEUED, RUNNING } from "./commands-fake.ts";

const keys = Object.keys(DEFAULT_SETTINGS);
const types = [sampleAgent({ name: "Explore" }), sampleAgent({ name: "code-reviewer" })];
const complete = (typed: string, subagents: readonly SubagentSnapshot[] = []) =>
	completeAgentsWords(typed, { subagents, types });

it.each<[string, string[] | undefined]>([
	["se", ["settings", "set "]],
	["st", ["stop ", "steer "]],
	["transcript", ["transcript ", "transcripts"]],
	["DIA", ["diagnostics"]],
	["set ", keys.map((key) => `set ${key} `)],
	["set maxC", ["set maxConcurrent "]],
	["unset MO", ["unset modelFallback", "unset models"]],
	["set onInterrupt ", ["set onInterrupt stop-foreground", "set onInterrupt stop-all"]],
	["set onInterrupt stop-a", ["set onInterrupt stop-all"]],
	["set  onInterrupt  stop-a", ["set onInterrupt stop-all"]],
	["set maxConcurrent ", undefined],
	["set models ", undefined],
	["set onInterrupt stop-all ", undefined],
	["unset onInterrupt ", undefined],
	["set toString ", undefined],
	["run ", ["run Explore ", "run code-reviewer "]],
	["run CODE", ["run code-reviewer "]],
	["run Explore ", undefined],
	["settings ", undefined],
	["unknown ", undefined],
])("%j may become %j", (typed, values) => {
	expect(complete(typed)?.map(({ value }) => value)).toEqual(values);
});

it("says what each is for", () => {
	expect(complete("set")).toContainEqual({
		value: "set ",
		label: "set",
		description: "change a setting of this project: set <key> <value>",
	});
	expect(complete("unset grace")).toEqual([
		{
			value: "unset graceTurns",
			label: "graceTurns",
			description: "turns a run gets to wrap up after its limit, before it is cut off",
		},
	]);
});

it("offers every word", () => {
	expect(complete("")?.map(({ label }) => label)).toEqual(Object.keys(AGENTS_WORDS));
});

it.each<[string, readonly SubagentSnapshot[], string]>([
	["stop ", [QUEUED, RUNNING], ""],
	["steer ", [QUEUED, RUNNING], " "],
	["resume ", [FAILED, DONE, INTERRUPTED, HELD], " "],
	["discard ", [INTERRUPTED, HELD], ""],
	["dismiss ", [FAILED, DONE], ""],
	["result ", [FAILED, DONE, INTERRUPTED], ""],
	["transcript ", [DONE, RUNNING], ""],
])("offers the ids that fit: %s", (typed, fit, ending) => {
	const values = complete(typed, EVERYBODY)?.map(({ value }) => value);
	const ids = fit.map(({ record }) => `${typed}${record.id.slice(0, 8)}${ending}`);
	expect(values).toEqual(typed === "stop " ? [...ids, "stop all"] : ids);
});

it("says which subagent an id is of, and offers those that begin as what is typed", () => {
	expect(complete("stop run1", EVERYBODY)).toEqual([
		{ value: "stop run1aaaa", label: "run1aaaa", description: 'running Explore "find the parser"' },
	]);
	expect(complete("stop a", EVERYBODY)?.map(({ value }) => value)).toEqual(["stop all"]);
	expect(complete("stop ", [DONE, ELSEWHERE])).toBeNull();
	expect(complete(`steer ${RUNNING.record.id} wor`, EVERYBODY)).toBeNull();
});
