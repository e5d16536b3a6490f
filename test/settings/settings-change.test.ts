import { execFile, execFileSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SettingKey } from "../../src/domain/settings.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";

const SCRIPT = fileURLToPath(new URL("../support/change-settings.mjs", import.meta.url));

let cwd: string;
let files: SettingsStore;
beforeEach(() => {
	cwd = mkdtempSync(join(tmpdir(), "pi-crew-change-"));
	files = new SettingsStore(join(cwd, "agent"));
});
afterEach(() => {
	expect(readdirSync(cwd).filter((name) => /\.lock$|\.tmp$/.test(name))).toEqual([]);
	if (existsSync(join(cwd, ".pi")) && statSync(join(cwd, ".pi")).isDirectory()) {
		expect(readdirSync(join(cwd, ".pi")).filter((name) => name !== "subagents.json")).toEqual([]);
	}
	rmSync(cwd, { recursive: true, force: true });
});

const file = () => join(cwd, ".pi", "subagents.json");
const place = () => ({ cwd, isTrusted: true });
const load = () => files.load(place());
const change = (key: SettingKey, value: unknown, by = files) => by.change(place(), { key, value });
const text = () => readFileSync(file(), "utf8");
function write(content: string): void {
	mkdirSync(join(cwd, ".pi"), { recursive: true });
	writeFileSync(file(), content);
}

describe("a change", () => {
	it("makes folder and file where there is none, and is in force at once", async () => {
		const settings = { ...DEFAULT_SETTINGS, maxConcurrent: 8 };
		expect(await change("maxConcurrent", 8)).toEqual({ kind: "saved", settings, file: file() });
		expect(text()).toBe('{\n\t"maxConcurrent": 8\n}\n');
		expect(load()).toMatchObject({ settings, sources: { maxConcurrent: "project", graceTurns: "default" } });
	});

	it("leaves all else in the file as it is", async () => {
		write('{\n  "other": [1, 2],\n  "maxConcurrent": "many",\n  "graceTurns": 3\n}');
		expect(await change("graceTurns", 7)).toMatchObject({ kind: "saved" });
		expect(text()).toBe('{\n  "other": [1, 2],\n  "maxConcurrent": "many",\n  "graceTurns": 7\n}\n');
	});

	it("to nothing takes the key out, so that the person's value holds again", async () => {
		mkdirSync(join(cwd, "agent"));
		writeFileSync(join(cwd, "agent", "subagents.json"), '{"maxConcurrent": 9}');
		write('{"maxConcurrent": 2, "graceTurns": 3}');
		expect(await change("maxConcurrent", undefined)).toMatchObject({ kind: "saved", settings: { maxConcurrent: 9 } });
		expect(JSON.parse(text())).toEqual({ graceTurns: 3 });
		expect(load().sources).toMatchObject({ maxConcurrent: "yours", graceTurns: "project" });
		expect(readFileSync(join(cwd, "agent", "subagents.json"), "utf8")).toBe('{"maxConcurrent": 9}');
	});

	it("to nothing makes no file", async () => {
		expect(await change("maxConcurrent", undefined)).toMatchObject({ kind: "saved", settings: DEFAULT_SETTINGS });
		expect(existsSync(join(cwd, ".pi"))).toBe(false);
	});

	it("to what is there already does not touch the file", async () => {
		write('{\n\t"maxConcurrent": 2\n}\n');
		const before = statSync(file()).ino;
		expect(await change("maxConcurrent", 2)).toMatchObject({ kind: "saved" });
		expect(statSync(file()).ino).toBe(before);
	});

	it("keeps the file's mode, and a link a link", async () => {
		mkdirSync(join(cwd, ".pi"));
		mkdirSync(join(cwd, "dotfiles"));
		const linked = join(cwd, "dotfiles", "subagents.json");
		writeFileSync(linked, "{}");
		chmodSync(linked, 0o600);
		symlinkSync(linked, file());
		await change("maxConcurrent", 2);
		expect(lstatSync(file()).isSymbolicLink()).toBe(true);
		expect([readdirSync(join(cwd, "dotfiles")), statSync(linked).mode & 0o777]).toEqual([["subagents.json"], 0o600]);
		expect(load().settings.maxConcurrent).toBe(2);
	});
});

describe("a change that is refused", () => {
	it.each<[SettingKey, unknown, string]>([
		["maxConcurrent", "many", 'maxConcurrent is "many"; expected an integer 1..1024'],
		["graceTurns", 0, "graceTurns is 0; expected an integer 1..1000"],
		["onInterrupt", null, 'onInterrupt is null; expected "stop-foreground" or "stop-all"'],
		["models", [""], 'models is [""]; expected a list of patterns such as "anthropic/*" or "*haiku*"'],
	])("says what is accepted, and writes nothing: %s %j", async (key, value, reason) => {
		expect(await change(key, value)).toEqual({ kind: "refused", reason });
		expect(existsSync(join(cwd, ".pi"))).toBe(false);
	});

	it.each([
		["{", "line 1, column 2: not valid JSON: close brace expected"],
		['{\n\t"a": 1,\n}', "line 3, column 1: not valid JSON: property name expected"],
		["", "line 1, column 1: not valid JSON: value expected"],
		["[]", "expected an object of settings, found []"],
		[
			`{"a": ${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
			"nested too deep, or maxConcurrent is there too often, to be changed here",
		],
		[`{"a": "${"x".repeat(1024 * 1024)}"}`, "the file has 1048585 bytes; expected at most 1048576"],
	])("names the file and why it is not written over: %.20j", async (content, reason) => {
		write(content);
		expect(await change("maxConcurrent", 2)).toEqual({ kind: "refused", reason: `${file()}: ${reason}` });
		expect(text()).toBe(content);
		expect(load().settings).toEqual(DEFAULT_SETTINGS);
	});

	it("names a file in another encoding, which would not be the same afterwards", async () => {
		const latin1 = Buffer.from('{"who": "Ren\u00e9"}', "latin1");
		mkdirSync(join(cwd, ".pi"));
		writeFileSync(file(), latin1);
		const reason = `${file()}: cannot be read: it is no UTF-8 text`;
		expect(await change("maxConcurrent", 2)).toEqual({ kind: "refused", reason });
		expect(readFileSync(file())).toEqual(latin1);
		expect(load().diagnostics).toEqual([
			{ severity: "error", file: file(), message: "cannot be read: it is no UTF-8 text" },
		]);
	});

	it("leaves a project alone that is not trusted", async () => {
		const outcome = await files.change({ cwd, isTrusted: false }, { key: "maxConcurrent", value: 2 });
		expect(outcome).toEqual({ kind: "refused", reason: `${cwd} is not trusted, so nothing is written there` });
		expect(existsSync(join(cwd, ".pi"))).toBe(false);
	});
});

describe("a change that the disk would not have", () => {
	const block = () => writeFileSync(join(cwd, ".pi"), "a file where the folder should be");
	const unblock = () => rmSync(join(cwd, ".pi"));

	it("holds for this session, and says why it was not written", async () => {
		block();
		const settings = { ...DEFAULT_SETTINGS, maxConcurrent: 2 };
		expect(await change("maxConcurrent", 2)).toEqual({
			kind: "not-persisted",
			settings,
			reason: expect.stringContaining("ENOTDIR"),
		});
		expect(load()).toMatchObject({ settings, sources: { maxConcurrent: "session" } });
		expect(new SettingsStore(join(cwd, "agent")).load(place()).settings).toEqual(DEFAULT_SETTINGS);
	});

	it("gives way to one that could be written", async () => {
		block();
		await change("maxConcurrent", 2);
		unblock();
		expect(await change("maxConcurrent", 3)).toMatchObject({ kind: "saved", settings: { maxConcurrent: 3 } });
		expect(load().sources.maxConcurrent).toBe("project");
	});

	it.runIf(process.platform === "linux")(
		"is reported when the disk is full, and the file stays as it was",
		async () => {
			const before = `{"other": "${"x".repeat(3000)}"}\n`;
			write(before);
			const onFullDisk = `ulimit -f 1; exec "${process.execPath}" "${SCRIPT}" "${cwd}" maxConcurrent 1`;
			const run = () => execFileSync("bash", ["-c", onFullDisk], { stdio: "pipe" });
			expect(run).toThrow(/"kind":"not-persisted".*"reason":"EFBIG/);
			expect(text()).toBe(before);
		},
	);

	it.runIf(process.platform === "linux" && process.getuid?.() !== 0)(
		"may be one to a file that somebody protected, or to take out a key",
		async () => {
			write('{"maxConcurrent": 2, "graceTurns": 3}');
			chmodSync(file(), 0o400);
			expect(await change("graceTurns", 4)).toMatchObject({ kind: "not-persisted", settings: { graceTurns: 4 } });
			expect(await change("maxConcurrent", undefined)).toMatchObject({
				kind: "not-persisted",
				settings: { maxConcurrent: DEFAULT_SETTINGS.maxConcurrent },
			});
			expect(load().sources).toMatchObject({ maxConcurrent: "default", graceTurns: "session" });
			expect(text()).toBe('{"maxConcurrent": 2, "graceTurns": 3}');
		},
	);
});

describe("changes at the same time", () => {
	it("of one session happen in the order in which they were asked for", async () => {
		await Promise.all([1, 2, 3, 4, 5].map((value) => change("graceTurns", value)));
		expect(load().settings.graceTurns).toBe(5);
	});

	it("of several sessions in one process are all in the file", async () => {
		const sessions = [1, 2, 3, 4].map(() => new SettingsStore(join(cwd, "agent")));
		const keys: SettingKey[] = ["maxConcurrent", "graceTurns", "defaultMaxTurns", "models"];
		await Promise.all(
			sessions.map((session, index) => change(keys[index] as SettingKey, index < 3 ? 9 : ["*"], session)),
		);
		expect(JSON.parse(text())).toEqual({ maxConcurrent: 9, graceTurns: 9, defaultMaxTurns: 9, models: ["*"] });
	});

	it("of several processes are all in the file, whatever else is there, and nobody ever reads half of it", async () => {
		write('{"other": true}');
		const keys = ["maxConcurrent", "graceTurns", "defaultMaxTurns"];
		const processes = keys.map((key) => promisify(execFile)(process.execPath, [SCRIPT, cwd, key, "20"]));
		let reading = true;
		const reader = (async () => {
			while (reading) {
				expect(load().diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
				await new Promise((resolve) => setTimeout(resolve, 1));
			}
		})();
		await Promise.all(processes);
		reading = false;
		await reader;
		expect(JSON.parse(text())).toEqual({ other: true, maxConcurrent: 20, graceTurns: 20, defaultMaxTurns: 20 });
	});

	it("do not wait for a process that died while it wrote", async () => {
		write("{}");
		const lock = `${file()}.lock`;
		mkdirSync(lock);
		const longAgo = Date.now() / 1000 - 60;
		utimesSync(lock, longAgo, longAgo);
		expect(await change("graceTurns", 2)).toMatchObject({ kind: "saved" });
	});

	it("wait for a process that is writing", async () => {
		write("{}");
		mkdirSync(`${file()}.lock`);
		const pending = change("graceTurns", 2);
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(text()).toBe("{}");
		rmSync(`${file()}.lock`, { recursive: true });
		expect(await pending).toMatchObject({ kind: "saved" });
	});
});
