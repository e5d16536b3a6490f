import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type ParsedAgentFile, parseAgentFile } from "../../src/agents/agent-file.ts";
import { BUILTIN_TOOLS } from "../../src/domain/agent-definition.ts";
import type { SettingKey, Settings } from "../../src/domain/settings.ts";
import { acceptedValues, DEFAULT_SETTINGS, SETTING_KEYS } from "../../src/settings/settings-schema.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";
import { cpuMs } from "../support/cpu-time.ts";
import { wildAgents } from "../support/wild-agents.ts";

/** The same inputs every time; a failure says which. */
const runs = (numRuns: number) => ({ numRuns, seed: 20_251_121, endOnFailure: false });
/** Of processor time. */
const SLOW_MS = 2000;

const members = (object: object) => Reflect.ownKeys(object).map(String).sort();
const prototypes = [Object.prototype, Array.prototype, String.prototype, Map.prototype, Function.prototype];
const before = prototypes.map(members);
afterEach(() => {
	expect(prototypes.map(members)).toEqual(before);
	expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

const KEYS = [
	...["description", "display_name", "tools", "model", "thinking", "max_turns", "prompt_mode", "inherit_context"],
	...["context_turns", "run_in_background", "enabled", "name", "color", "permission", "isolation", "maxTurns", ""],
	...["__proto__", "constructor", "prototype", "toString", "<<", "? x", "- x"],
];
const NASTY = [
	...[
		"&a [*a]",
		"*a",
		"*",
		"!!js/function 'x'",
		"!!binary x",
		"!<tag> x",
		"{__proto__: {polluted: 1}}",
		"%",
		"@x",
		"`x`",
	],
	...[
		"{constructor: {prototype: {polluted: 1}}}",
		"|\n  a: b\n c",
		">-\n  x",
		"'open",
		'"\\x0',
		"[a, [b, {c: d}]]",
		"~",
	],
	...[
		"Use it when: x",
		"a\n...\nb: c",
		"---",
		"\t- x",
		"- a\n- b",
		"1e999",
		".nan",
		"0x10",
		"2001-01-01",
		"Bash(a, b), *",
	],
	...["\u2028", "\u0000", "\uFEFF", "\ud800", "🦀", "#", "a #b", ": ", "? a\n: b", "{toJSON: 1}", "[,]", "&a &b c"],
];

const text = fc.oneof(
	fc.string({ unit: "binary", maxLength: 40 }),
	fc.string({ unit: "grapheme", maxLength: 40 }),
	fc.constantFrom(...NASTY),
	fc.jsonValue().map((value) => JSON.stringify(value)),
);
const key = fc.oneof(
	{ weight: 4, arbitrary: fc.constantFrom(...KEYS) },
	{ weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const line = fc.tuple(key, fc.constantFrom(": ", ":", ":  ", " : ", ":\n  "), text).map((parts) => parts.join(""));
const fence = fc.constantFrom("---\n", "---\r\n", "--- \n", "----\n", "\uFEFF---\n", "", "\n---\n");
const agentFile = fc
	.tuple(fence, fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n", "\r"), fence, text)
	.map(([open, lines, end, close, body]) => `${open}${lines.join(end)}${end}${close}${body}`);

/** A good text with pieces of it cut out, repeated or replaced. */
function mutated(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
	const change = fc.tuple(fc.nat(), fc.nat({ max: 30 }), fc.oneof(text, line, fc.constant(undefined)));
	return fc.tuple(good, fc.array(change, { minLength: 1, maxLength: 4 })).map(([original, changes]) =>
		changes.reduce((changed, [at, length, instead]) => {
			const place = at % (changed.length + 1);
			const piece = changed.slice(place, place + length);
			return (
				changed.slice(0, place) +
				(instead ?? piece + piece) +
				changed.slice(place + (instead === undefined ? 0 : length))
			);
		}, original),
	);
}

const wild = fc.constantFrom(...Object.values(wildAgents()));
const fileName = fc.oneof(
	{ weight: 9, arbitrary: fc.constant("agent.md") },
	{ weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }).map((name) => `${name}.md`) },
);

function isSound({ name, definition, diagnostics }: ParsedAgentFile): boolean {
	const told = diagnostics.every(({ message, line = 1, column = 1 }) => message !== "" && line >= 1 && column >= 1);
	if (!definition) return told && diagnostics.some(({ severity }) => severity === "error");
	const { maxTurns = 0, contextTurns = 1, description, tools } = definition;
	return (
		told &&
		diagnostics.every(({ severity }) => severity === "warning") &&
		definition.name === name &&
		description !== "" &&
		tools.every((tool) => BUILTIN_TOOLS.includes(tool)) &&
		Number.isInteger(maxTurns) &&
		contextTurns >= 1 &&
		["append", "replace"].includes(definition.promptMode)
	);
}

describe("any text as an agent file", () => {
	it.each([
		["random", fc.string({ unit: "binary", maxLength: 300 }), 2000],
		["in the form of one", agentFile, 3500],
		["a good one, mutated", mutated(wild), 2500],
	])("yields a definition or an error, in bounded time, and does no harm: %s", (_what, arbitrary, count) => {
		fc.assert(
			fc.property(arbitrary, fileName, (content, file) => {
				let parsed: ReturnType<typeof parseAgentFile> | undefined;
				const took = cpuMs(() => {
					parsed = parseAgentFile(`/agents/${file}`, "project", content);
				});
				return parsed !== undefined && isSound(parsed) && took < SLOW_MS;
			}),
			runs(count),
		);
	});
});

describe("any text as settings", () => {
	const root = mkdtempSync(join(tmpdir(), "pi-crew-fuzz-"));
	mkdirSync(join(root, ".pi"));
	afterAll(() => rmSync(root, { recursive: true, force: true }));

	const settingsKeys = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];
	const settingsKey = fc.constantFrom(...settingsKeys, "__proto__", "constructor", "toString", "maxconcurrent");
	const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom("stop-all", "none", "refuse", ["*"], 1, 1024));
	const good = fc
		.array(fc.tuple(settingsKey, value), { maxLength: 6 })
		.map(
			(pairs) =>
				`{${pairs.map(([name, content]) => `${JSON.stringify(name)}: ${JSON.stringify(content)}`).join(", ")}}`,
		);

	/** Each key holds what it accepts, and what a file says otherwise is reported. */
	function areSound(files: SettingsStore): boolean {
		const { settings, diagnostics } = files.load({ cwd: root, isTrusted: true });
		const { maxConcurrent, defaultMaxTurns, graceTurns, onInterrupt, models } = settings;
		return (
			members(settings).join() === members(DEFAULT_SETTINGS).join() &&
			Object.getPrototypeOf(settings) === Object.prototype &&
			[maxConcurrent, defaultMaxTurns, graceTurns].every(Number.isInteger) &&
			maxConcurrent >= 1 &&
			maxConcurrent <= 1024 &&
			defaultMaxTurns >= 0 &&
			graceTurns >= 1 &&
			acceptedValues("onInterrupt").includes(`"${onInterrupt}"`) &&
			models.every((pattern) => typeof pattern === "string") &&
			diagnostics.every(({ file, message }) => file.startsWith(root) && message !== "")
		);
	}

	it.each([
		["random", text, 500],
		["in the form of settings", good, 1000],
		["settings, mutated", mutated(good), 500],
	])(
		"leaves every setting with a value in its range, in bounded time, and does no harm: %s",
		(_what, arbitrary, count) => {
			fc.assert(
				fc.property(arbitrary, arbitrary, (own, project) => {
					writeFileSync(join(root, "subagents.json"), own);
					writeFileSync(join(root, ".pi", "subagents.json"), project);
					let isFine = false;
					const took = cpuMs(() => {
						isFine = areSound(new SettingsStore(root));
					});
					return isFine && took < SLOW_MS;
				}),
				runs(count),
			);
		},
	);
});

describe("any text as a project's settings, with one changed", () => {
	const root = mkdtempSync(join(tmpdir(), "pi-crew-fuzz-"));
	const project = join(root, ".pi", "subagents.json");
	mkdirSync(join(root, ".pi"));
	afterAll(() => rmSync(root, { recursive: true, force: true }));

	const settings = fc
		.uniqueArray(fc.tuple(fc.oneof(key, fc.constantFrom(...SETTING_KEYS)), fc.jsonValue()), {
			selector: ([name]) => name,
			maxLength: 6,
		})
		.chain((pairs) =>
			fc.constantFrom(undefined, "\t", 2, 4).map((indentation) => {
				const entries = pairs.map(
					([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value, null, indentation)}`,
				);
				return indentation === undefined ? `{${entries.join()}}` : `{\n${entries.join(",\n")}\n}\n`;
			}),
		);
	const change = fc.oneof(
		fc.record({ key: fc.constant<SettingKey>("graceTurns"), value: fc.constantFrom<unknown>(7, 0, undefined, "7") }),
		fc.record({
			key: fc.constant<SettingKey>("models"),
			value: fc.constantFrom<unknown>(["a/*"], [], [""], undefined),
		}),
		fc.record({
			key: fc.constant<SettingKey>("onInterrupt"),
			value: fc.constantFrom<unknown>("stop-all", undefined, {}),
		}),
	);
	const memberTexts = (text: string) =>
		Object.entries(JSON.parse(text.replace(/^\uFEFF/, "")) as object).map(([name, value]) => [
			name,
			JSON.stringify(value),
		]);

	/** The changed key has its value, every other one what it had, in the order it had; or nothing was written at all. */
	async function isSound(content: string, { key, value }: { key: SettingKey; value?: unknown }): Promise<boolean> {
		writeFileSync(project, content);
		const before = readFileSync(project, "utf8"); // half a surrogate pair cannot be written
		const outcome = await new SettingsStore(join(root, "agent")).change({ cwd: root, isTrusted: true }, { key, value });
		const after = readFileSync(project, "utf8");
		if (readdirSync(join(root, ".pi")).length !== 1) return false;
		if (outcome.kind === "refused") return outcome.reason !== "" && after === before;
		const others = (text: string) => memberTexts(text).filter(([name]) => name !== key);
		const written = memberTexts(after).find(([name]) => name === key)?.[1];
		return (
			outcome.kind === "saved" &&
			written === (value === undefined ? undefined : JSON.stringify(value)) &&
			JSON.stringify(others(after)) === JSON.stringify(others(before)) &&
			(value === undefined || isDeepStrictEqual(outcome.settings[key], value))
		);
	}

	it.each([
		["random", text, 200],
		["settings", settings, 400],
		["settings, mutated", mutated(settings), 200],
	])("has the change and all else as it was, or was not touched: %s", async (_what, arbitrary, count) => {
		await fc.assert(fc.asyncProperty(arbitrary, change, isSound), runs(count));
	});
});
