import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProjectPlace } from "../../src/domain/project.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";

let root: string;
let files: SettingsStore;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-settings-"));
	files = new SettingsStore(join(root, "agent"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const own = () => join(root, "agent", "subagents.json");
const project = () => join(root, "project", ".pi", "subagents.json");
const place = (name = "project"): ProjectPlace => ({ cwd: join(root, name), isTrusted: true });
const load = () => files.load(place());

/** The clock of a disk may be coarse, so each write has a time of its own. */
let time = 1_000_000;
function write(file: string, content: unknown): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
	utimesSync(file, ++time, time);
}

/** Of a file on one line: the trouble stands in that line, or is the whole file. */
const problem = (file: string, message: unknown, column?: unknown) => ({
	severity: "error",
	file,
	...(column !== undefined && { line: 1, column }),
	message,
});
const unknown = (file: string, key: string, column: number, hint = "known") => ({
	severity: "warning",
	file,
	line: 1,
	column,
	message: `unknown setting "${key}"; ${hint} are ${Object.keys(DEFAULT_SETTINGS).join(", ")}`,
});

describe("the settings in force", () => {
	it("are the defaults, in silence, where there is no file", () => {
		expect(load()).toMatchObject({ settings: DEFAULT_SETTINGS, diagnostics: [] });
	});

	it("are the project's over the person's over the defaults, each key for itself", () => {
		write(own(), { maxConcurrent: 8, graceTurns: 2 });
		write(project(), { graceTurns: 3, onInterrupt: "stop-all" });
		expect(load()).toMatchObject({
			settings: { maxConcurrent: 8, defaultMaxTurns: 0, graceTurns: 3, onInterrupt: "stop-all" },
			diagnostics: [],
		});
	});

	it("cannot be changed by whoever reads them", () => {
		write(own(), { maxConcurrent: 8 });
		write(project(), { models: ["*"] });
		expect([load().settings, load().settings.models].map(Object.isFrozen)).toEqual([true, true]);
	});

	it.each([
		["maxConcurrent", [1, 1024]],
		["defaultMaxTurns", [0, 10_000]],
		["graceTurns", [1, 1000]],
		["onInterrupt", ["stop-foreground", "stop-all"]],
		["fallbackAgent", ["general-purpose", "none"]],
		["modelFallback", ["parent", "refuse"]],
		["resumeInterrupted", ["ask", "never", "auto"]],
		["keepTranscriptsDays", [0, 36_500]],
		["keepTranscriptsMiB", [0, 1_048_576]],
		["widget", ["background", "all", "off"]],
		["models", [[], ["anthropic/*", "*haiku*"]]],
	] as const)("take every %s up to the ends of its range: %j", (key, values) => {
		for (const value of values) {
			write(project(), { [key]: value });
			expect(load()).toMatchObject({ settings: { ...DEFAULT_SETTINGS, [key]: value }, diagnostics: [] });
		}
	});

	it("take a file that an editor began with a byte order mark", () => {
		write(own(), `\uFEFF${JSON.stringify({ maxConcurrent: 8 })}`);
		expect(load()).toMatchObject({ settings: { maxConcurrent: 8 }, diagnostics: [] });
	});

	it("leave keys out that nobody knows, and name them", () => {
		write(own(), { maxConcurrent: 8, maxConcurent: 9 });
		expect(load()).toMatchObject({
			settings: { ...DEFAULT_SETTINGS, maxConcurrent: 8 },
			diagnostics: [unknown(own(), "maxConcurent", 20, 'did you mean "maxConcurrent"? Known')],
		});
		expect(Object.keys(load().settings)).toEqual(Object.keys(DEFAULT_SETTINGS));
	});

	it("are not touched by keys that every object has", () => {
		write(own(), '{"__proto__": {"maxConcurrent": 9, "graceTurns": 9}, "constructor": 1, "toString": 2}');
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [unknown(own(), "__proto__", 2), unknown(own(), "constructor", 54), unknown(own(), "toString", 72)],
		});
		expect(Object.keys(load().settings)).toEqual(Object.keys(DEFAULT_SETTINGS));
		expect(Object.getPrototypeOf(load().settings)).toBe(Object.prototype);
		expect(({} as Record<string, unknown>).maxConcurrent).toBeUndefined();
	});
});

describe("a value that cannot be used", () => {
	const count = "an integer 1..1024";

	it.each([
		["maxConcurrent", 0, "0", count],
		["maxConcurrent", 1025, "1025", count],
		["maxConcurrent", 1.5, "1.5", count],
		["maxConcurrent", "8", '"8"', count],
		["maxConcurrent", null, "null", count],
		["maxConcurrent", [8], "[8]", count],
		["maxConcurrent", true, "true", count],
		["defaultMaxTurns", -1, "-1", "an integer 0..10000"],
		["defaultMaxTurns", 10_001, "10001", "an integer 0..10000"],
		["graceTurns", 0, "0", "an integer 1..1000"],
		["onInterrupt", "Stop-All", '"Stop-All"', '"stop-foreground" or "stop-all"'],
		["onInterrupt", {}, "{}", '"stop-foreground" or "stop-all"'],
		["fallbackAgent", "Explore", '"Explore"', '"general-purpose" or "none"'],
		["widget", true, "true", '"background" or "all" or "off"'],
		["modelFallback", "none", '"none"', '"parent" or "refuse"'],
		["models", "haiku", '"haiku"', 'a list of patterns such as "anthropic/*" or "*haiku*"'],
		["models", ["haiku", ""], '["haiku",""]', 'a list of patterns such as "anthropic/*" or "*haiku*"'],
	])("is named with its file and what is accepted: %s %j", (key, value, shown, accepted) => {
		write(project(), { [key]: value });
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [problem(project(), `${key} is ${shown}; expected ${accepted}`)],
		});
	});

	it("leaves the next layer's value in force, and the other keys of its file", () => {
		write(own(), { maxConcurrent: 8 });
		write(project(), { maxConcurrent: 0, graceTurns: 3 });
		expect(load()).toMatchObject({
			settings: { ...DEFAULT_SETTINGS, maxConcurrent: 8, graceTurns: 3 },
			diagnostics: [problem(project(), `maxConcurrent is 0; expected an integer 1..1024`)],
		});
	});

	it("is named for every file and key, the person's file first", () => {
		write(own(), { graceTurns: 0, maxConcurrent: 0 });
		write(project(), { maxConcurrent: "all" });
		expect(load().diagnostics).toEqual([
			problem(own(), `maxConcurrent is 0; expected an integer 1..1024`, 17),
			problem(own(), `graceTurns is 0; expected an integer 1..1000`, 2),
			problem(project(), `maxConcurrent is "all"; expected an integer 1..1024`, 2),
		]);
	});
});

describe("a file that cannot be used", () => {
	it.each([
		["", 1, 1, "value expected"],
		["{", 1, 2, "close brace expected"],
		["{maxConcurrent: 8}", 1, 2, "invalid symbol"],
		['{\n\t"maxConcurrent": 8,\n}', 3, 1, "property name expected"],
		['\uFEFF{\r\n\t"maxConcurrent" 8}', 2, 18, "colon expected"],
		["// nothing", 1, 1, "invalid comment token"],
	])("is named with line and column when it is no JSON, and the others hold: %j", (text, line, column, message) => {
		write(own(), { maxConcurrent: 8 });
		write(project(), text);
		const { settings, diagnostics } = load();
		expect(settings).toEqual({ ...DEFAULT_SETTINGS, maxConcurrent: 8 });
		expect(diagnostics).toEqual([
			{ severity: "error", file: project(), line, column, message: `not valid JSON: ${message}` },
		]);
	});

	it.each([
		["[1]", "[1]"],
		["null", "null"],
		["5", "5"],
		['"text"', '"text"'],
		[JSON.stringify("x".repeat(100)), `"${"x".repeat(79)}`],
	])("is named when it is JSON but no object: %s", (text, shown) => {
		write(project(), text);
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [problem(project(), `expected an object of settings, found ${shown}`)],
		});
	});

	it("is named when it is a folder", () => {
		mkdirSync(project(), { recursive: true });
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [problem(project(), "cannot be read: it is a folder")],
		});
	});
});

describe("files in trouble", () => {
	it.runIf(process.platform !== "win32")("are named and not read when they are pipes: that would wait for ever", () => {
		mkdirSync(dirname(project()), { recursive: true });
		execFileSync("mkfifo", [project()]);
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [problem(project(), "cannot be read: it is no regular file")],
		});
	});

	it("are named and not read when they are huge", () => {
		write(project(), `{"maxConcurrent": 8, "x": "${"x".repeat(1024 * 1024)}"}`);
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [problem(project(), "the file has 1048605 bytes; expected at most 1048576")],
		});
	});

	it("are tried again while the disk fails, although they do not change", () => {
		mkdirSync(join(root, "agent"), { recursive: true });
		symlinkSync(own(), own());
		expect(load()).not.toBe(load());
	});

	it.runIf(process.platform !== "win32" && process.getuid?.() !== 0)("hold again once they may be read", () => {
		write(project(), { maxConcurrent: 8 });
		chmodSync(project(), 0o000);
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [problem(project(), expect.stringContaining("cannot be read: EACCES"))],
		});
		chmodSync(project(), 0o600);
		expect(load()).toMatchObject({ settings: { maxConcurrent: 8 }, diagnostics: [] });
	});

	it("name the key, the value and the range of a value that cannot be used, once, and keep the rest", () => {
		write(project(), { maxConcurrent: "many", graceTurns: 3 });
		expect(load()).toMatchObject({
			settings: { ...DEFAULT_SETTINGS, maxConcurrent: 4, graceTurns: 3 },
			diagnostics: [problem(project(), 'maxConcurrent is "many"; expected an integer 1..1024')],
		});
	});

	it("show no more than the beginning of a long value or key", () => {
		write(project(), { maxConcurrent: "x".repeat(500), ["k".repeat(500)]: 1 });
		expect(load().diagnostics.map(({ message }) => message)).toEqual([
			`maxConcurrent is "${"x".repeat(79)}; expected an integer 1..1024`,
			expect.stringContaining(`unknown setting "${"k".repeat(79)};`),
		]);
	});

	it("are named when a link leads nowhere but to itself", () => {
		mkdirSync(join(root, "agent"), { recursive: true });
		symlinkSync(own(), own());
		expect(load()).toMatchObject({
			settings: DEFAULT_SETTINGS,
			diagnostics: [problem(own(), expect.stringContaining("cannot be read: ELOOP"))],
		});
	});

	it("never end the session, however deep a value is", () => {
		write(project(), `{"maxConcurrent": ${"[".repeat(20_000)}${"]".repeat(20_000)}, "graceTurns": 3}`);
		expect(load()).toMatchObject({
			settings: { ...DEFAULT_SETTINGS, graceTurns: 3 },
			diagnostics: [
				problem(project(), expect.stringMatching(/^maxConcurrent is \[\[.*expected an integer 1\.\.1024$/)),
			],
		});
	});
});

describe("a project that is not trusted", () => {
	it("decides nothing, and its file is not even looked at", () => {
		write(own(), { maxConcurrent: 8 });
		write(project(), "{ maxConcurrent");
		const untrusted = () => files.load({ ...place(), isTrusted: false });
		expect(untrusted()).toMatchObject({ settings: { ...DEFAULT_SETTINGS, maxConcurrent: 8 }, diagnostics: [] });
		write(project(), { maxConcurrent: 2 });
		expect([load(), untrusted(), load()].map(({ settings }) => settings.maxConcurrent)).toEqual([2, 8, 2]);
	});
});

describe("the files", () => {
	it("are named as the source of what they decide", () => {
		write(own(), { maxConcurrent: 8, graceTurns: 2, models: "all" });
		write(project(), { graceTurns: 3, onInterrupt: "never" });
		expect(load().sources).toEqual({
			maxConcurrent: "yours",
			defaultMaxTurns: "default",
			graceTurns: "project",
			onInterrupt: "default",
			fallbackAgent: "default",
			modelFallback: "default",
			resumeInterrupted: "default",
			keepTranscriptsDays: "default",
			keepTranscriptsMiB: "default",
			notificationResultChars: "default",
			widget: "default",
			admission: "default",
			onLoop: "default",
			loopStopAfter: "default",
			onStall: "default",
			stallSeconds: "default",
			maxDepth: "default",
			limits: "default",
			sessionLimits: "default",
			onLimit: "default",
			models: "default",
			agentFolders: "default",
		});
	});

	it("are not read again while they stay as they are", () => {
		write(own(), { maxConcurrent: 8 });
		expect(load()).toBe(load());
	});

	it("are read again when one has changed, appeared or gone", () => {
		const inForce: number[] = [];
		const note = () => inForce.push(load().settings.maxConcurrent);
		note();
		write(own(), { maxConcurrent: 8 });
		note();
		write(own(), { maxConcurrent: 9 });
		note();
		write(project(), { maxConcurrent: 2 });
		note();
		rmSync(project());
		note();
		expect(inForce).toEqual([4, 8, 9, 2, 9]);
	});

	it("are those of the directory that is asked for", () => {
		write(project(), { maxConcurrent: 2 });
		const elsewhere = () => files.load(place("elsewhere")).settings.maxConcurrent;
		expect([elsewhere(), load().settings.maxConcurrent, elsewhere()]).toEqual([4, 2, 4]);
	});
});
