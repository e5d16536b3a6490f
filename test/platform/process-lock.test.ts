import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import {
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
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { identifyProcess } from "../../src/platform/process-identity.ts";
import { leaseHolder, ProcessLock } from "../../src/platform/process-lock.ts";

let root: string;
let file: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-lease-"));
	file = join(root, "session", "lease.json");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const us = identifyProcess(process.pid);
const dead = { pid: 2 ** 30, hostname: hostname() };
const distant = { pid: 7, hostname: "another machine" };

function heldBy(text: string, seenAt = Date.now()): void {
	mkdirSync(join(root, "session"), { recursive: true });
	writeFileSync(file, text);
	utimesSync(file, new Date(seenAt), new Date(seenAt));
}

const take = () => ProcessLock.acquire(file, us, Date.now()) !== undefined;

describe("the lease of a session", () => {
	it("is a file that names the process, readable by nobody else", () => {
		expect(take()).toBe(true);
		expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(us);
		if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
		expect(readdirSync(join(root, "session"))).toEqual(["lease.json"]);
	});

	it("is had again by the process that has it", () => {
		expect([take(), take()]).toEqual([true, true]);
	});

	it("is not given while another process lives, and is when it is gone", () => {
		heldBy(JSON.stringify(identifyProcess(process.ppid)));
		expect(take()).toBe(false);
		heldBy(JSON.stringify(dead));
		expect(take()).toBe(true);
		expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(us);
	});

	it.each([
		["seen just now", 0, false],
		["not seen for a minute and more", 61_000, true],
		["seen a little in the future, as clocks differ", -60_000, false],
		["seen on a day to come, by a broken clock", -48 * 60 * 60_000, true],
	])("of another machine's process, %s", (_what, age, given) => {
		heldBy(JSON.stringify(distant), Date.now() - age);
		expect(take()).toBe(given);
	});

	const own = (pid: unknown) => JSON.stringify({ pid, hostname: hostname() });
	it.each([
		...["", "garbage", "null", "[]", "{}", "5", '{"pid":"7"}', "[".repeat(3000), "x".repeat(100_000)],
		...[own(0), own(-1), own(-7), own(1.5), own(null), own("1"), own(1e21), own(2 ** 53)],
		JSON.stringify({ pid: 0, hostname: "another machine" }),
	])("that names nobody who could have it is taken over: %.60j", (text) => {
		heldBy(text);
		expect(take()).toBe(true);
		expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(us);
		expect(readdirSync(join(root, "session"))).toEqual(["lease.json"]);
	});

	const inItsPlace: [string, () => void][] = [
		["an empty folder", () => mkdirSync(file)],
		["a link to nowhere", () => symlinkSync(join(root, "nowhere"), file)],
		["a link to itself", () => symlinkSync(file, file)],
		["a link to a file", () => symlinkSync(join(root, "mine"), file)],
		["a link to a living process's lease", () => symlinkSync(join(root, "theirs"), file)],
		["a pipe", () => void execFileSync("mkfifo", [file])],
		["a device", () => symlinkSync("/dev/zero", file)],
	];
	it.skipIf(process.platform === "win32").each(inItsPlace)(
		"is taken over from %s in its place, and nothing else is touched",
		(_what, put) => {
			mkdirSync(join(root, "session"));
			writeFileSync(join(root, "mine"), "my own");
			const theirs = JSON.stringify(identifyProcess(process.ppid));
			writeFileSync(join(root, "theirs"), theirs);
			put();
			expect(take()).toBe(true);
			expect(lstatSync(file).isFile()).toBe(true);
			expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(us);
			expect(readdirSync(join(root, "session"))).toEqual(["lease.json"]);
			expect([readFileSync(join(root, "mine"), "utf8"), readFileSync(join(root, "theirs"), "utf8")]).toEqual([
				"my own",
				theirs,
			]);
		},
	);

	it("is taken over from a folder with something in it, which is kept beside it", () => {
		mkdirSync(join(root, "session", "lease.json"), { recursive: true });
		writeFileSync(join(file, "notes"), "mine");
		expect(take()).toBe(true);
		const [, kept = ""] = readdirSync(join(root, "session"));
		expect(readFileSync(join(root, "session", kept, "notes"), "utf8")).toBe("mine");
		expect(take()).toBe(true);
	});

	it("says who has it", () => {
		heldBy(JSON.stringify(distant), Date.now() - 5000);
		expect(leaseHolder(file, Date.now())).toMatch(/^process 7 on another machine, seen \d+ s ago$/);
		heldBy("{}");
		expect(leaseHolder(file, Date.now())).toBeUndefined();
	});

	it("is given up once, and only by who has it", () => {
		const lease = ProcessLock.acquire(file, us, Date.now());
		heldBy(JSON.stringify(distant));
		lease?.release();
		expect(readFileSync(file, "utf8")).toBe(JSON.stringify(distant));
		heldBy(JSON.stringify(us));
		lease?.release();
		expect(readdirSync(join(root, "session"))).toEqual([]);
	});

	it("shows that its process lives for as long as it beats", () => {
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		const lease = ProcessLock.acquire(file, us, Date.now());
		const age = () => Date.now() - statSync(file).mtimeMs;
		lease?.beat();
		lease?.beat();
		vi.advanceTimersByTime(3_600_000);
		expect(age()).toBeLessThan(10_001);
		lease?.rest();
		vi.advanceTimersByTime(3_600_000);
		expect(age()).toBeGreaterThan(3_599_000);
		expect(vi.getTimerCount()).toBe(0);
	});

	it("stops beating when its file is gone", () => {
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		ProcessLock.acquire(file, us, Date.now())?.beat();
		rmSync(root, { recursive: true });
		vi.advanceTimersByTime(10_000);
		expect(vi.getTimerCount()).toBe(0);
	});

	it("clears away what a process left that was killed while it made its own", () => {
		mkdirSync(join(root, "session"));
		const [old, young] = [`${file}.5.12`, `${file}.6.12`];
		for (const draft of [old, young]) writeFileSync(draft, "");
		utimesSync(old, 1, 1);
		expect(take()).toBe(true);
		expect(readdirSync(join(root, "session"))).toEqual(["lease.json", "lease.json.6.12"]);
	});

	it("leaves other files beside it alone, however old", () => {
		mkdirSync(join(root, "session"));
		const others = ["transcript.jsonl", "lease.jsonl"].map((name) => join(root, "session", name));
		for (const other of others) {
			writeFileSync(other, "");
			utimesSync(other, 1, 1);
		}
		expect(take()).toBe(true);
		expect(readdirSync(join(root, "session"))).toEqual(["lease.json", "lease.jsonl", "transcript.jsonl"]);
	});

	it("leaves nothing beside it when it takes the place of a dead one's", () => {
		heldBy(JSON.stringify(dead));
		expect(take()).toBe(true);
		expect(readdirSync(join(root, "session"))).toEqual(["lease.json"]);
	});

	it("beats again after a rest", () => {
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		const lease = ProcessLock.acquire(file, us, Date.now());
		lease?.beat();
		lease?.rest();
		lease?.beat();
		expect(vi.getTimerCount()).toBe(1);
		lease?.release();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("is not touched any more once it was released", () => {
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		const lease = ProcessLock.acquire(file, us, Date.now());
		lease?.beat();
		lease?.release();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("can be released when its file is gone", () => {
		const lease = ProcessLock.acquire(file, us, Date.now());
		rmSync(root, { recursive: true });
		expect(() => lease?.release()).not.toThrow();
	});

	it.runIf(process.platform !== "win32" && process.getuid?.() !== 0)(
		"throws when nothing can be written beside it",
		() => {
			mkdirSync(join(root, "session"), { mode: 0o500 });
			expect(() => take()).toThrow("EACCES");
		},
	);

	it("throws when the folder cannot be made", () => {
		writeFileSync(join(root, "session"), "a file in its place");
		expect(() => take()).toThrow();
	});
});

/** Processes of their own that try to get a lease at a given moment. */
class Contender {
	private readonly child: ChildProcessWithoutNullStreams;
	private readonly answers: AsyncIterator<string>;

	constructor(script: string) {
		this.child = spawn(process.execPath, [script]);
		this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
	}

	async tryFor(leaseFile: string, at: number): Promise<boolean> {
		this.child.stdin.write(`${JSON.stringify({ leaseFile, at })}\n`);
		const { value } = await this.answers.next();
		return value === "got it";
	}

	end(): void {
		this.child.stdin.end();
	}
}

const CONTENDER = `
import { createInterface } from "node:readline";
import { ProcessLock } from "./platform/process-lock.js";
import { identifyProcess } from "./platform/process-identity.js";
const us = identifyProcess(process.pid);
createInterface({ input: process.stdin }).on("line", (line) => {
	const { leaseFile, at } = JSON.parse(line);
	while (Date.now() < at);
	console.log(ProcessLock.acquire(leaseFile, us, Date.now()) ? "got it" : "denied");
});`;

/** Node 20 runs no TypeScript. */
function compileTo(folder: string): string {
	mkdirSync(join(folder, "platform"));
	for (const name of ["platform/process-lock", "platform/process-identity", "platform/regular-file"]) {
		const source = fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url));
		const compilerOptions = {
			module: ts.ModuleKind.ESNext,
			target: ts.ScriptTarget.ES2022,
			verbatimModuleSyntax: true,
			rewriteRelativeImportExtensions: true,
		};
		const { outputText } = ts.transpileModule(readFileSync(source, "utf8"), { compilerOptions });
		mkdirSync(join(folder, dirname(name)), { recursive: true });
		writeFileSync(join(folder, `${name}.js`), outputText);
	}
	writeFileSync(join(folder, "package.json"), '{"type":"module"}');
	writeFileSync(join(folder, "contender.js"), CONTENDER);
	return join(folder, "contender.js");
}

it.each([
	["a dead process's lease", JSON.stringify(dead)],
	["a lease that names nobody", "{}"],
	["a lease that nobody has", undefined],
])("processes that race for %s: one gets it", async (_what, text) => {
	const script = compileTo(root);
	const contenders = Array.from({ length: 2 }, () => new Contender(script));
	onTestFinished(() => {
		for (const contender of contenders) contender.end();
	});
	await Promise.all(contenders.map((contender) => contender.tryFor(join(root, "warm-up.json"), 0)));
	const winners: number[] = [];
	for (let round = 0; round < 100; round++) {
		const leaseFile = join(root, `${round}.json`);
		if (text !== undefined) writeFileSync(leaseFile, text);
		const at = Date.now() + 3;
		const got = await Promise.all(contenders.map((contender) => contender.tryFor(leaseFile, at)));
		winners.push(got.filter(Boolean).length);
	}
	expect(winners).toEqual(winners.map(() => 1));
});
