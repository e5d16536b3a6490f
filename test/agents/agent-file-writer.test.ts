import { execFileSync } from "node:child_process";
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
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ejectedText } from "../../src/agents/agent-file-text.ts";
import { AgentFileWriter, type AgentWriterParts } from "../../src/agents/agent-file-writer.ts";
import { AgentFolders } from "../../src/agents/agent-folders.ts";
import { BUILT_IN_AGENTS } from "../../src/agents/built-in-agents.ts";
import { disableBuiltIn, disableFile, enableFile } from "../../src/agents/enabled-flag.ts";

const SCRIPT = fileURLToPath(new URL("../support/create-agent.mjs", import.meta.url));
const isRoot = process.getuid?.() === 0;
const keepsCase = process.platform === "linux";

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-write-"));
	mkdirSync(join(root, "project"));
});
afterEach(() => {
	const left = readdirSync(root, { recursive: true }).filter((name) => String(name).endsWith(".tmp"));
	rmSync(root, { recursive: true, force: true });
	expect(left).toEqual([]);
});

const place = () => ({ cwd: join(root, "project"), isTrusted: true });
const writer = (parts: Partial<AgentWriterParts> = {}) =>
	new AgentFileWriter({ agentDir: join(root, "agent"), project: place(), isKnownTool: () => false, ...parts });
const project = (name: string) => join(root, "project", ".pi", "agents", name);
const personal = (name: string) => join(root, "agent", "agents", name);
const create = (name: string, text = GOOD, parts: Partial<AgentWriterParts> = {}) =>
	writer(parts).create({ origin: "project", name, text });
const at = (file: string) => ({ origin: "project" as const, file });
const read = (file: string) => readFileSync(file, "utf8");
const GOOD = "---\ndescription: Reviews\n---\n\nReview.\n";
function put(file: string, text: string | Buffer = GOOD): string {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text);
	return file;
}

describe("a new agent's file", () => {
	it("is made with its folder, in the project's or the person's", async () => {
		expect(await create("reviewer")).toEqual({ kind: "written", file: project("reviewer.md") });
		expect(await writer().create({ origin: "personal", name: "mine", text: GOOD })).toEqual({
			kind: "written",
			file: personal("mine.md"),
		});
		expect([read(project("reviewer.md")), read(personal("mine.md"))]).toEqual([GOOD, GOOD]);
		expect(new AgentFolders(join(root, "agent")).load(place()).find("reviewer").kind).toBe("found");
	});

	it.each(["reviewer.md", "REVIEWER.md", "Reviewer.MD"])("never takes the place of %s", async (name) => {
		put(project(name), "theirs");
		expect(await create("reviewer")).toEqual({ kind: "exists", file: project(name) });
		expect(readdirSync(dirname(project("x")))).toEqual([name]);
		expect(read(project(name))).toBe("theirs");
	});

	it("never goes through a link, be it one to nowhere", async () => {
		mkdirSync(dirname(project("x")), { recursive: true });
		symlinkSync(join(root, "elsewhere.md"), project("reviewer.md"));
		expect(await create("reviewer")).toEqual({ kind: "exists", file: project("reviewer.md") });
		expect(existsSync(join(root, "elsewhere.md"))).toBe(false);
	});

	it("is one of those who ask for it at the same time", async () => {
		const outcomes = await Promise.all(["a", "b", "c", "d"].map((text) => create("reviewer", `by ${text}`)));
		expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["exists", "exists", "exists", "written"]);
		expect(read(project("reviewer.md"))).toMatch(/^by [a-d]$/);
	});

	it.each([
		["../../escaped", /cannot be an agent's name/],
		["a/b", /cannot be/],
		["NUL", /Windows/],
		["", /needed/],
	])("is refused under the name %j", async (name, reason) => {
		expect(await create(name)).toEqual({ kind: "refused", reason: expect.stringMatching(reason) });
		expect(readdirSync(root, { recursive: true })).toEqual(["project"]);
	});

	it("is refused in a project that is not trusted, and nothing is made there", async () => {
		const outcome = await create("reviewer", GOOD, { project: { ...place(), isTrusted: false } });
		expect(outcome).toEqual({ kind: "refused", reason: expect.stringMatching(/project is not trusted/) });
		expect(readdirSync(join(root, "project"))).toEqual([]);
	});

	it.each([
		["an unknown key", "---\nmodle: haiku\n---\nx", /did you mean/],
		["a value that is not accepted", "---\nthinking: huge\n---\nx", /expected off/],
		["front matter that is not closed", "---\ndescription: x", /not closed/],
		["a tool that nobody knows", "---\ntools: read, raed\n---\nx", /unknown tool "raed"/],
		["nothing in it", "", /empty/],
		["half a character", "---\ndescription: x\n---\n\ud83d", /not all of the file is UTF-8/],
		["a zero byte", "x\0y", /no text/],
		["more than a megabyte", "x".repeat(1024 * 1024 + 1), /expected at most/],
	])("is not written with %s", async (_what, text, message) => {
		const outcome = await create("reviewer", text);
		expect(outcome).toMatchObject({ kind: "unsound", diagnostics: [{ message: expect.stringMatching(message) }] });
		expect(existsSync(project("reviewer.md"))).toBe(false);
	});

	it("may name the tools of extensions", async () => {
		const parts = { isKnownTool: (tool: string) => tool === "lookup" };
		expect(await create("reviewer", "---\ntools: read, lookup\n---\nx", parts)).toMatchObject({ kind: "written" });
	});

	it.each([
		[
			"a project that is gone",
			() => rmSync(join(root, "project"), { recursive: true }),
			/cannot be made: it is not there/,
		],
		["a file where the folder should be", () => put(join(root, "project", ".pi", "agents")), /expected a folder/],
		["a file where its parent should be", () => put(join(root, "project", ".pi")), /expected a folder/],
		[
			"a link to nowhere where the folder should be",
			() => {
				mkdirSync(join(root, "project", ".pi"), { recursive: true });
				symlinkSync(join(root, "nowhere"), join(root, "project", ".pi", "agents"));
			},
			/cannot be made/,
		],
		[
			"a link in a circle",
			() => {
				symlinkSync(".pi", join(root, "project", ".pi"));
			},
			/circle|cannot be made/,
		],
	])("is refused in words by %s", async (_what, prepare, reason) => {
		prepare();
		expect(await create("reviewer")).toEqual({ kind: "refused", reason: expect.stringMatching(reason) });
	});

	it("is refused in words by a folder that is read-only", async () => {
		put(project("other.md"));
		chmodSync(dirname(project("x")), 0o555);
		// Root may write everywhere but where the kernel itself says no.
		const outcome = await create("reviewer", GOOD, isRoot ? { project: { cwd: "/sys", isTrusted: true } } : {});
		expect(outcome).toEqual({
			kind: "refused",
			reason: expect.stringMatching(/reviewer\.md was not changed: you may not write|cannot be made: /),
		});
		chmodSync(dirname(project("x")), 0o755);
		expect(readdirSync(dirname(project("x")))).toEqual(["other.md"]);
	});

	it("leaves nothing behind on a disk that is full", () => {
		put(project("other.md"));
		const onFullDisk = `ulimit -f 1; exec "${process.execPath}" "${SCRIPT}" "${root}" reviewer`;
		const said = execFileSync("sh", ["-c", onFullDisk], { encoding: "utf8" });
		expect(JSON.parse(said)).toEqual({
			kind: "refused",
			reason: `${project("reviewer.md")} was not changed: there is no room for it (EFBIG).`,
		});
		expect(readdirSync(dirname(project("x")))).toEqual(["other.md"]);
	});
});

describe("a change of a file", () => {
	it("takes the place of what was shown, with its rights, and of a link's target", async () => {
		const target = put(join(root, "shared", "reviewer.md"));
		chmodSync(target, 0o640);
		mkdirSync(dirname(project("x")), { recursive: true });
		symlinkSync(target, project("linked.md"));
		const after = GOOD.replace("Review.", "Look twice.");
		expect(await writer().change(at(project("linked.md")), GOOD, after)).toEqual({
			kind: "written",
			file: project("linked.md"),
		});
		expect([read(target), statSync(target).mode & 0o777]).toEqual([after, 0o640]);
		expect(lstatSync(project("linked.md")).isSymbolicLink()).toBe(true);
	});

	it("is not made when somebody else was quicker", async () => {
		const file = put(project("reviewer.md"), "theirs");
		expect(await writer().change(at(file), GOOD, `${GOOD}mine`)).toEqual({ kind: "changed", file, text: "theirs" });
		rmSync(file);
		expect(await writer().change(at(file), GOOD, `${GOOD}mine`)).toEqual({ kind: "changed", file, text: undefined });
		expect(existsSync(file)).toBe(false);
	});

	it("is not made when it brings a diagnostic that was not there", async () => {
		const file = put(project("reviewer.md"), "---\nhooks: x\n---\nbody");
		const worse = "---\nhooks: x\nthinking: huge\n---\nbody";
		expect(await writer().change(at(file), read(file), worse)).toMatchObject({
			kind: "unsound",
			diagnostics: [{ line: 2 }, { line: 3 }],
		});
		expect(await writer().change(at(file), read(file), "---\nhooks: x\n---\nother")).toMatchObject({ kind: "written" });
		expect(await writer().change(at(file), read(file), "---\nhooks: x")).toMatchObject({ kind: "unsound" });
		expect(read(file)).toBe("---\nhooks: x\n---\nother");
	});

	it.each([
		["one that is no UTF-8", () => put(project("a.md"), Buffer.from([0x61, 0xff])), /no UTF-8/],
		["one that is too big", () => put(project("a.md"), "x".repeat(1024 * 1024 + 1)), /at most/],
		["a folder", () => mkdirSync(project("a.md"), { recursive: true }), /no regular file/],
		[
			"a link to what is no agent file",
			() => {
				put(join(root, "home", ".bashrc"));
				mkdirSync(dirname(project("a.md")), { recursive: true });
				symlinkSync(join(root, "home", ".bashrc"), project("a.md"));
			},
			/link to .*\.bashrc; expected a file that ends in \.md/,
		],
	])("is refused for %s", async (_what, prepare, reason) => {
		prepare();
		const outcome = await writer().change(at(project("a.md")), GOOD, `${GOOD}x`);
		expect(outcome).toEqual({ kind: "refused", reason: expect.stringMatching(reason) });
	});

	it("is refused in a project that is not trusted", async () => {
		const file = put(project("reviewer.md"));
		const shut = writer({ project: { ...place(), isTrusted: false } });
		expect(await shut.change(at(file), GOOD, `${GOOD}x`)).toMatchObject({ kind: "refused" });
		expect(await shut.remove(at(file), GOOD)).toMatchObject({ kind: "refused" });
		expect(read(file)).toBe(GOOD);
	});

	it("leaves the old text on a disk that is full", () => {
		const file = put(project("reviewer.md"));
		const onFullDisk = `ulimit -f 1; exec "${process.execPath}" "${SCRIPT}" "${root}" reviewer`;
		expect(JSON.parse(execFileSync("sh", ["-c", onFullDisk], { encoding: "utf8" }))).toMatchObject({
			kind: "refused",
			reason: expect.stringMatching(/no room/),
		});
		expect(read(file)).toBe(GOOD);
	});
});

describe("removing a file", () => {
	it("removes just that, and of a link the link", async () => {
		const target = put(join(root, "shared.md"));
		mkdirSync(dirname(project("x")), { recursive: true });
		symlinkSync(target, project("linked.md"));
		expect(await writer().remove(at(project("linked.md")), GOOD)).toEqual({
			kind: "removed",
			file: project("linked.md"),
		});
		expect([existsSync(target), readdirSync(dirname(project("x")))]).toEqual([true, []]);
	});

	it("is not done when somebody changed it since it was shown", async () => {
		const file = put(project("reviewer.md"), "theirs");
		expect(await writer().remove(at(file), GOOD)).toEqual({ kind: "changed", file, text: "theirs" });
		expect(read(file)).toBe("theirs");
	});

	it("takes a link to nowhere, and no folder", async () => {
		mkdirSync(project("folder.md"), { recursive: true });
		symlinkSync(join(root, "nowhere"), project("broken.md"));
		expect(await writer().remove(at(project("broken.md")), undefined)).toMatchObject({ kind: "removed" });
		expect(await writer().remove(at(project("folder.md")), undefined)).toMatchObject({ kind: "refused" });
		expect(readdirSync(dirname(project("x")))).toEqual(["folder.md"]);
	});
});

describe("switching agents off and on", () => {
	const files = () => new AgentFolders(join(root, "agent")).load(place());
	const state = (name: string) => files().find(name).kind;

	it.each(["project", "personal"] as const)(
		"takes a built-in one away by a file in %s, and gives it back",
		async (origin) => {
			const outcome = await disableBuiltIn(writer(), origin, "Explore");
			const file = (origin === "project" ? project : personal)("Explore.md");
			expect(outcome).toEqual({ kind: "written", file });
			expect([state("explore"), files().diagnostics]).toEqual(["disabled", []]);
			expect(await enableFile(writer(), { origin, file })).toEqual({ kind: "removed", file });
			expect(files().find("explore")).toMatchObject({ definition: { origin: "built-in" } });
		},
	);

	it("does not touch a file of that name", async () => {
		put(project("explore.md"));
		expect(await disableBuiltIn(writer(), "project", "Explore")).toEqual({
			kind: "exists",
			file: project("explore.md"),
		});
	});

	it.each([GOOD, GOOD.replaceAll("\n", "\r\n"), "No keys at all.", "---\nhooks: unknown # kept\n---\nx"])(
		"takes a file's agent away and leaves the file as it was afterwards: %j",
		async (text) => {
			const file = put(project("reviewer.md"), text);
			expect(await disableFile(writer(), at(file))).toEqual({ kind: "written", file });
			expect(state("reviewer")).toBe("disabled");
			expect(await enableFile(writer(), at(file))).toEqual({ kind: "written", file });
			expect([state("reviewer"), read(file)]).toEqual(["found", text]);
		},
	);

	it("says so where it cannot be done", async () => {
		const file = put(project("reviewer.md"), "---\n{enabled: false}\n---\nx");
		expect(await enableFile(writer(), at(file))).toEqual({
			kind: "refused",
			reason: expect.stringMatching(/Take `enabled` out there in the editor/),
		});
		rmSync(file);
		expect(await disableFile(writer(), at(file))).toEqual({ kind: "changed", file, text: undefined });
	});
});

it("a built-in agent's file takes its place", async () => {
	const explore = BUILT_IN_AGENTS.find(({ name }) => name === "Explore");
	if (!explore) throw new Error("there is no Explore");
	expect(await create("Explore", ejectedText(explore))).toMatchObject({ kind: "written" });
	const catalog = new AgentFolders(join(root, "agent")).load(place());
	expect([catalog.diagnostics, catalog.find("EXPLORE")]).toMatchObject([
		[],
		{ definition: { origin: "project", tools: explore.tools, instructions: explore.instructions } },
	]);
});

it.runIf(keepsCase)("two files that differ by letter case are both there, and neither is overwritten", async () => {
	put(project("Review.md"), "one");
	put(project("review.md"), "two");
	expect(await create("REVIEW")).toMatchObject({ kind: "exists" });
});
