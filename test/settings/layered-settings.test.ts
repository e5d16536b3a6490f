import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noteProjectTrust, type ProjectTrustNotes } from "../../src/planning/parent-snapshot.ts";
import { type LayeredSettings, loadLayeredSettings } from "../../src/settings/layered-settings.ts";
import { HOSTILE_VALUES } from "../support/hostile-values.ts";

interface Fruit {
	readonly apples?: number | undefined;
	readonly pears?: string | undefined;
}

let root: string;
let warnings: string[];

beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-settings-"));
	warnings = [];
	vi.spyOn(console, "error").mockImplementation((text) => void warnings.push(String(text)));
});
afterEach(() => {
	vi.restoreAllMocks();
	rmSync(root, { recursive: true, force: true });
});

const PERSONAL = "agent/fruit.json";
const PROJECT = "project/.pi/fruit.json";

/** What is loaded when these files are there. */
function load(files: Record<string, string>, changes: Partial<LayeredSettings<Fruit>> = {}): Partial<Fruit> {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	}
	return loadLayeredSettings<Fruit>({
		agentDir: join(root, "agent"),
		cwd: join(root, "project"),
		filename: "fruit.json",
		sanitize: (raw) => raw as Fruit,
		warnLabel: "fruit",
		...changes,
	});
}

describe("layered settings", () => {
	it("are empty without a word when there is no file", () => {
		expect([load({}), warnings]).toEqual([{}, []]);
	});

	it("take the project's value before the person's, key by key", () => {
		const files = { [PERSONAL]: '{"apples": 1, "pears": "mine"}', [PROJECT]: '{"apples": 2}' };
		expect(load(files)).toEqual({ apples: 2, pears: "mine" });
	});

	it("take the person's value where the project's was not usable", () => {
		const sanitize = (raw: unknown) => {
			const { apples, pears } = raw as Record<string, unknown>;
			return {
				apples: typeof apples === "number" ? apples : undefined,
				pears: typeof pears === "string" ? pears : undefined,
			};
		};
		const files = { [PERSONAL]: '{"apples": 1, "pears": "mine"}', [PROJECT]: '{"apples": "many"}' };
		expect(load(files, { sanitize })).toEqual({ apples: 1, pears: "mine" });
	});

	it("hand each layer to sanitize as it was parsed, and keep what that makes of it", () => {
		const seen: unknown[] = [];
		const sanitize = (raw: unknown) => {
			seen.push(raw);
			return { apples: seen.length };
		};
		expect(load({ [PERSONAL]: "[1]", [PROJECT]: '"two"' }, { sanitize })).toEqual({ apples: 2 });
		expect(seen).toEqual([[1], "two"]);
	});

	it("may begin with a byte order mark", () => {
		expect([load({ [PERSONAL]: '\uFEFF{"apples": 1}' }), warnings]).toEqual([{ apples: 1 }, []]);
	});

	it.each<[string, string, Partial<LayeredSettings<Fruit>>]>([
		["is no JSON", "{", {}],
		["sanitize throws at", "{}", { sanitize: () => JSON.parse("{") }],
	])("leave out a file that %s, and say so", (_what, text, changes) => {
		expect(load({ [PERSONAL]: text }, changes)).toEqual({});
		expect(warnings).toEqual([expect.stringMatching(/^fruit: .*fruit\.json was left out: ./)]);
	});

	it("leave out a folder of that name, and take the other layer", () => {
		mkdirSync(join(root, PROJECT), { recursive: true });
		expect(load({ [PERSONAL]: '{"apples": 1}' })).toEqual({ apples: 1 });
		expect(warnings).toHaveLength(1);
	});

	it.each([undefined, null, 7])("are empty where sanitize returns %s", (made) => {
		expect(load({ [PERSONAL]: "{}" }, { sanitize: () => made as unknown as Fruit })).toEqual({});
	});

	it("do not throw when they are asked for in a silly way", () => {
		expect(load({}, { agentDir: undefined as never, cwd: 3 as never })).toEqual({});
		expect(warnings).toHaveLength(2);
	});

	it.each(HOSTILE_VALUES)("do not throw when sanitize, the options and the warning throw %s", (_what, make) => {
		const throws = () => {
			throw make();
		};
		expect(load({ [PERSONAL]: "{}" }, { sanitize: throws, warn: throws })).toEqual({});
		expect(load({ [PERSONAL]: "{}" }, { sanitize: throws })).toEqual({});
		expect(warnings).toEqual([expect.stringMatching(/^fruit: .*fruit\.json was left out: ./)]);
		for (const key of ["agentDir", "cwd", "filename", "sanitize", "warnLabel", "warn"]) {
			const options = Object.defineProperty({ sanitize: () => ({}) }, key, { get: throws });
			expect(loadLayeredSettings(options as unknown as LayeredSettings<Fruit>)).toEqual({});
			expect(load({ [PERSONAL]: "{" }, { [key]: make() as never })).toEqual({});
		}
		expect(load({}, { sanitize: () => make() as Fruit })).toEqual({});
	});

	it("are empty, and nothing is stray, where sanitize and the warning are promises that reject", async () => {
		const stray: unknown[] = [];
		const note = (reason: unknown) => void stray.push(reason);
		process.on("unhandledRejection", note);
		const rejects = (() => Promise.reject(new Error("late"))) as () => never;
		expect(load({ [PERSONAL]: "{}" }, { sanitize: rejects, warn: rejects })).toEqual({});
		expect(load({ [PERSONAL]: "{}" }, { sanitize: rejects })).toEqual({});
		await new Promise((resolve) => setTimeout(resolve, 20));
		process.off("unhandledRejection", note);
		expect(stray).toEqual([]);
		expect(warnings).toEqual([expect.stringContaining("`sanitize` returned a promise; expected an object")]);
	});

	it("leave out a file that is nested too deep for whoever looks at it", () => {
		expect(load({ [PERSONAL]: `{"apples": ${"[".repeat(50_000)}${"]".repeat(50_000)}}` })).toEqual({});
		expect(warnings).toEqual([expect.stringContaining("nested deeper than 64 levels")]);
	});

	it.skipIf(process.platform === "win32")("leave out a pipe and a device, and do not wait for them", () => {
		mkdirSync(join(root, "agent"), { recursive: true });
		mkdirSync(join(root, "project/.pi"), { recursive: true });
		execFileSync("mkfifo", [join(root, PERSONAL)]);
		symlinkSync("/dev/zero", join(root, PROJECT));
		expect(load({})).toEqual({});
		expect(warnings).toEqual([
			expect.stringContaining("it is a pipe; expected a regular file"),
			expect.stringContaining("it is a device; expected a regular file"),
		]);
	});
});

describe("the settings of a project that is not trusted", () => {
	const files = { [PERSONAL]: '{"apples": 1}', [PROJECT]: '{"apples": 2}' };
	const TRUST = Symbol.for("pi-crew:project-trust/v1");
	const shared = globalThis as { [TRUST]?: ProjectTrustNotes | undefined };
	const saved = (decision: boolean) => ({ "agent/trust.json": JSON.stringify({ [realpathSync(root)]: decision }) });
	let before: ProjectTrustNotes | undefined;

	beforeEach(() => {
		before = shared[TRUST];
		shared[TRUST] = undefined;
	});
	afterEach(() => {
		shared[TRUST] = before;
	});

	it("are the person's, whatever else is known", () => {
		noteProjectTrust({ cwd: join(root, "project"), isProjectTrusted: () => true });
		expect(load({ ...files, ...saved(true) }, { projectTrusted: false })).toEqual({ apples: 1 });
		expect(load(files, { projectTrusted: true })).toEqual({ apples: 2 });
	});

	it("are those of the session's decision when the caller does not say", () => {
		noteProjectTrust({ cwd: join(root, "project"), isProjectTrusted: () => false });
		expect(load({ ...files, ...saved(true) })).toEqual({ apples: 1 });
		noteProjectTrust({ cwd: join(root, "project"), isProjectTrusted: () => true });
		expect(load({ ...files, ...saved(false) })).toEqual({ apples: 2 });
	});

	it("are those of the saved decision where there is no session, of the nearest folder", () => {
		expect(load({ ...files, ...saved(false) })).toEqual({ apples: 1 });
		const nearer = { [realpathSync(root)]: false, [realpathSync(join(root, "project"))]: true };
		expect(load({ "agent/trust.json": JSON.stringify(nearer) })).toEqual({ apples: 2 });
		expect(load({ "agent/trust.json": "{broken" })).toEqual({ apples: 1 });
	});

	it("are the person's where pi would ask and nobody has answered, unless he trusts every project", () => {
		expect(load({ ...files, "project/.pi/settings.json": "{}" })).toEqual({ apples: 1 });
		expect(load({ "agent/settings.json": '{"defaultProjectTrust": "always"}' })).toEqual({ apples: 2 });
	});

	it("are the project's in a host that knows no trust", () => {
		noteProjectTrust({ cwd: "/elsewhere" });
		expect(load({ ...files, "project/.pi/settings.json": "{}" })).toEqual({ apples: 2 });
	});
});

describe("a warning about a file of hostile content", () => {
	it("is safe to print", () => {
		load({ [PERSONAL]: "\u001b]52;c;AAAA\u0007\u202e{" });
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).not.toMatch(/[\p{Cc}\p{Cs}\u202A-\u202E]/u);
	});
});
