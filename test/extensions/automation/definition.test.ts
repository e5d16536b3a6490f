import { describe, expect, it } from "vitest";
import { parseAutomationFile } from "../../../src/extensions/automation/automation-files.ts";
import { readDefinition } from "../../../src/extensions/automation/definition.ts";
import { filledInstruction } from "../../../src/extensions/automation/template.ts";

const read = (config: Record<string, unknown>) => readDefinition({ name: "it", agent: "worker", ...config });
const problemsOf = (config: Record<string, unknown>) => read(config).problems.map(({ message }) => message);

describe("the definition of an automation", () => {
	it("has the defaults of the contract", () => {
		expect(read({ triggers: [{ type: "timer" }, { type: "session_event" }, {}] }).definition).toEqual({
			name: "it",
			agent: "worker",
			instruction: "Handle this event: {event_summary}",
			poolSize: 1,
			restartOnFailure: true,
			maxRestarts: 3,
			limits: { turns: 50 },
			notify: "failure",
			enabled: true,
			triggers: [
				{
					type: "timer",
					intervalMs: 60_000,
					immediate: false,
					overlap: "skip",
					misfire: "skip",
					debounceMs: 0,
					ignoreOwn: true,
				},
				{ type: "session_event", eventNames: ["*"], overlap: "queue", misfire: "skip", debounceMs: 0, ignoreOwn: true },
				{ type: "manual", overlap: "queue", misfire: "skip", debounceMs: 0, ignoreOwn: true },
			],
		});
	});

	it("is understood in Amplifier's words and in other spellings of the keys", () => {
		const ours = read({
			instruction: "do {event_type}",
			pool_size: 2,
			max_restarts: 0,
			triggers: [{ type: "session_event", event_names: ["a:*"], source_sessions: [] }],
		});
		const theirs = readDefinition({
			name: "it",
			bundle: "worker",
			instruction_template: "do {event_type}",
			poolSize: 2,
			"max-restarts": "0",
			triggers: [{ type: "session_event", config: { event_names: ["a:*"], source_sessions: [] } }],
		});
		expect(theirs).toEqual(ours);
		expect(theirs.definition?.triggers).toMatchObject([{ eventNames: ["a:*"], sources: [] }]);
	});

	it.each([
		[{ pool_size: "many" }, 'pool_size must be an integer from 1 to 32 (got "many")'],
		[{ pool_size: 0 }, "pool_size must be an integer from 1 to 32 (got 0)"],
		[{ agent: "" }, 'agent must be the name of an agent type (got "")'],
		[{ agent: undefined }, "agent is missing; expected the name of an agent type"],
		[{ overlap: "later" }, 'overlap must be skip, queue, replace or parallel (got "later")'],
		[{ polsize: 2 }, "polsize is not known; did you mean pool_size?"],
		[{ limits: { turns: -1 } }, "limits.turns must be an integer >= 1 (got -1)"],
		[{ limits: { usd: 1 } }, "limits.usd cannot be kept by this version; expected turns"],
		[
			{ limits: { dollars: 1 } },
			"limits.dollars is not known; expected one of turns, usd, tokens, minutes, tool_calls, spawns",
		],
		[
			{ triggers: [{ type: "webhook" }] },
			'triggers[0].type must be one of timer, cron, file, session_event, manual (got "webhook")',
		],
		[
			{ triggers: [{ type: "cron" }] },
			'triggers[0].schedule is missing; expected a cron expression such as "0 3 * * 1-5"',
		],
		[{ triggers: ["nightly"] }, 'triggers[0] must be a mapping of keys (got "nightly")'],
		[
			{ triggers: [{ type: "timer", interval_seconds: 0 }] },
			/^triggers\[0\]\.interval_seconds must be a number of seconds from 0\.05/,
		],
		[
			{ triggers: [{ type: "cron", schedule: "* * *" }] },
			/schedule "\* \* \*" cannot be used: expected 5 fields .* got 3/,
		],
		[{ triggers: [{ type: "cron", schedule: "0 0 30 2 *" }] }, /it names no time at all/],
		[{ triggers: [{ type: "cron", schedule: "99 * * * *" }] }, /Invalid value for minute: 99/],
		[
			{ triggers: [{ type: "cron", schedule: "0 3 * * *", timezone: "Mars/Base" }] },
			/expected a time zone such as Europe\/Berlin/,
		],
		[{ triggers: [{ type: "file" }] }, /^triggers\[0\]\.paths is missing/],
		[{ on_complete_emit: "a:*" }, /^on_complete_emit must be an event's name/],
		[{ expires: "soon" }, /^expires must be a date such as/],
		[{ name: "../up" }, /^name must be a name of letters/],
	])("is refused with a reason: %j", (config, message) => {
		expect(read(config).definition).toBeUndefined();
		expect(problemsOf(config)).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
	});

	it("survives whatever is not a mapping", () => {
		for (const raw of [null, undefined, 1, "x", [], new Map()]) expect(readDefinition(raw).definition).toBeUndefined();
	});
});

describe("the file of an automation", () => {
	it("has its instruction below the keys, and its name from the file", () => {
		const { id, definition, problems } = parseAutomationFile(
			"/p/nightly.md",
			"project",
			"---\nagent: worker\n---\n\nReview.\n",
		);
		expect([id, definition?.name, definition?.instruction, problems]).toEqual(["nightly", "nightly", "Review.", []]);
	});

	it("is left out as a whole with one problem, and says where", () => {
		const text = "---\nagent: worker\npool-size: x\ntriggers:\n  - type: cron\n    schedule: nope\n---\nGo.";
		const { definition, problems } = parseAutomationFile("/p/a.md", "project", text);
		expect([definition, problems.map(({ line, message }) => [line, message])]).toEqual([
			undefined,
			[
				[3, 'pool_size must be an integer from 1 to 32 (got "x")'],
				[4, expect.stringContaining('triggers[0].schedule "nope" cannot be used')],
			],
		]);
	});

	it.each([
		["---\nagent: worker\n", "the front matter is not closed"],
		["---\nagent: worker\n---\n", "the file has no instruction"],
		["just words", "agent is missing"],
		["", "agent is missing"],
	])("is refused: %j", (text, message) => {
		expect(
			parseAutomationFile("/p/a.md", "project", text)
				.problems.map((one) => one.message)
				.join(),
		).toContain(message);
	});
});

describe("an instruction", () => {
	it("has the event put in, in which braces are data; what nobody knows stays", () => {
		const event = {
			type: "manual",
			summary: "{event_data} $& ",
			data: { trigger: "{event_type}" },
			source: "s",
		} as const;
		expect(
			filledInstruction("{event_summary}|{event_type}|{event_data}|{trigger_source}|{trigger.data}|{x}", event),
		).toBe('{event_data} $& |manual|{"trigger":"{event_type}"}|s|{trigger.data}|{x}');
	});
});
