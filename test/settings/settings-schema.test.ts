import type { Static } from "typebox";
import { Value } from "typebox/value";
import { describe, expect, it } from "vitest";
import { LIMITS_ACCEPTED } from "../../src/domain/run-limits.ts";
import type { Settings } from "../../src/domain/settings.ts";
import {
	acceptedValues,
	DEFAULT_SETTINGS,
	isSettingKey,
	SettingsSchema,
	unknownSetting,
} from "../../src/settings/settings-schema.ts";

const KEYS = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];

describe("the settings that hold until somebody sets others", () => {
	it("are four runs at a time, no turn limit, five grace turns, background runs that survive an interrupt, a stand-in for types and models that are missing, a question about what was interrupted, and a month of transcripts", () => {
		expect(DEFAULT_SETTINGS).toEqual({
			maxConcurrent: 4,
			defaultMaxTurns: 0,
			graceTurns: 5,
			onInterrupt: "stop-foreground",
			fallbackAgent: "general-purpose",
			modelFallback: "parent",
			resumeInterrupted: "ask",
			keepTranscriptsDays: 30,
			keepTranscriptsMiB: 512,
			notificationResultChars: 4000,
			widget: "background",
			admission: "on",
			onLoop: "stop",
			loopStopAfter: 8,
			onStall: "show",
			stallSeconds: 300,
			maxDepth: 0,
			limits: {},
			sessionLimits: {},
			onLimit: "stop",
			models: [],
			agentFolders: [],
		});
	});

	it("cannot be changed by whoever reads them", () => {
		expect([DEFAULT_SETTINGS, DEFAULT_SETTINGS.models].map(Object.isFrozen)).toEqual([true, true]);
	});
});

describe("what a setting accepts", () => {
	it("is said in words", () => {
		expect(Object.fromEntries(KEYS.map((key) => [key, acceptedValues(key)]))).toEqual({
			maxConcurrent: "an integer 1..1024",
			defaultMaxTurns: "an integer 0..10000",
			graceTurns: "an integer 1..1000",
			onInterrupt: '"stop-foreground" or "stop-all"',
			fallbackAgent: '"general-purpose" or "none"',
			modelFallback: '"parent" or "refuse"',
			resumeInterrupted: '"ask" or "never" or "auto"',
			keepTranscriptsDays: "an integer 0..36500",
			keepTranscriptsMiB: "an integer 0..1048576",
			notificationResultChars: "an integer 0..50000",
			widget: '"background" or "all" or "off"',
			admission: '"on" or "off"',
			onLoop: '"stop" or "steer" or "show" or "off"',
			loopStopAfter: "an integer 4..1000",
			onStall: '"show" or "stop" or "off"',
			stallSeconds: "an integer 10..86400",
			maxDepth: "an integer 0..5",
			limits: LIMITS_ACCEPTED,
			sessionLimits: LIMITS_ACCEPTED,
			onLimit: '"stop" or "pause"',
			models: 'a list of patterns such as "anthropic/*" or "*haiku*"',
			agentFolders: 'a list of folders such as ".claude/agents" or "~/.claude/agents"',
		});
	});

	it("is what the published schema takes: the defaults, and for no key a value of another kind", () => {
		const values: Static<typeof SettingsSchema> = {
			...DEFAULT_SETTINGS,
			models: [...DEFAULT_SETTINGS.models],
			agentFolders: [],
		};
		expect(Value.Check(SettingsSchema, values)).toBe(true);
		const wrong = KEYS.flatMap((key) =>
			[null, true, { other: 1 }, -1, 1.5, "?", undefined].map((value) => ({ key, value })),
		);
		expect(wrong.filter(({ key, value }) => Value.Check(SettingsSchema, { ...values, [key]: value }))).toEqual([]);
	});

	it("is known of every setting, with what it means", () => {
		const properties = SettingsSchema.properties as Record<string, { description?: string }>;
		expect(Object.keys(properties)).toEqual(KEYS);
		expect(KEYS.filter((key) => !properties[key]?.description)).toEqual([]);
	});
});

describe("a key that nobody knows", () => {
	const known = KEYS.join(", ");

	it.each([
		["maxConcurent", `did you mean "maxConcurrent"? Known are ${known}`],
		["graceturns", `did you mean "graceTurns"? Known are ${known}`],
		["toString", `known are ${known}`],
		["x", `known are ${known}`],
		["", `known are ${known}`],
	])("is named with the nearest one and all there are: %j", (key, hint) => {
		expect(unknownSetting(key)).toBe(`unknown setting ${JSON.stringify(key)}; ${hint}`);
		expect(isSettingKey(key)).toBe(false);
	});
});
