import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentFolders } from "../../src/agents/agent-folders.ts";

let root: string;
let files: AgentFolders;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-agents-"));
	files = new AgentFolders(join(root, "agent"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const personal = (name: string) => join(root, "agent", "agents", name);
const project = (name: string) => join(root, "project", ".pi", "agents", name);
const load = () => files.load({ cwd: join(root, "project"), isTrusted: true });
const described = (type: string) => {
	const found = load().find(type);
	return found.kind === "found" ? found.definition.description : found.kind;
};

/** Root may read everything, and other systems take `A.md` and `a.md` for the same file. */
const canBeShutOut = process.getuid?.() !== 0;
const keepsCase = process.platform === "linux";

/** The clock of a disk may be coarse, so each write has a time of its own. */
let time = 1_000_000;
function write(file: string, description: string, more = ""): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, `---\ndescription: ${description}\n${more}---\nbody`);
	utimesSync(file, ++time, time);
}

describe("agent files", () => {
	it("are none where there are no folders, in silence", () => {
		expect([load().list().length, load().diagnostics]).toEqual([4, []]);
	});

	it("are the project's over the person's over the built-in ones, in any letter case", () => {
		write(personal("Review.md"), "the person's");
		write(project("review.md"), "the project's");
		write(personal("EXPLORE.md"), "my explorer");
		write(personal("other.md"), "another");
		expect(load().list()).toMatchObject([
			{ name: "general-purpose", origin: "built-in" },
			{ name: "EXPLORE", origin: "personal", file: personal("EXPLORE.md") },
			{ name: "Plan", origin: "built-in" },
			{ name: "reviewer", origin: "built-in" },
			{ name: "review", origin: "project", description: "the project's", file: project("review.md") },
			{ name: "other", origin: "personal" },
		]);
		expect(load().diagnostics).toEqual([]);
	});

	it("may disable a built-in agent, and one of the person's", () => {
		write(personal("Review.md"), "the person's");
		write(project("review.md"), "off", "enabled: false\n");
		write(project("plan.md"), "off", "enabled: false\n");
		expect([described("Review"), described("Plan")]).toEqual(["disabled", "disabled"]);
	});

	it("are those of the directory that is asked for", () => {
		write(project("review.md"), "the project's");
		const elsewhere = () => files.load({ cwd: join(root, "elsewhere"), isTrusted: true }).find("review").kind;
		expect([elsewhere(), described("review"), elsewhere()]).toEqual(["near", "the project's", "near"]);
	});

	it("are read once where the project's folder is the person's own", () => {
		files = new AgentFolders(join(root, "project", ".pi"));
		write(project("EXPLORE.md"), "mine");
		write(project("bad.md"), "[open");
		expect(load().list()).toMatchObject([
			{},
			{ name: "EXPLORE", origin: "personal" },
			{ name: "Plan" },
			{ name: "reviewer" },
		]);
		expect(load().diagnostics.map(({ file }) => file)).toEqual([project("bad.md")]);
	});

	it("are the person's alone where the project is not trusted, until it is", () => {
		write(personal("Review.md"), "the person's");
		write(project("review.md"), "the project's");
		write(project("bad.md"), "[open");
		const untrusted = files.load({ cwd: join(root, "project"), isTrusted: false });
		expect(untrusted.find("review")).toMatchObject({ definition: { description: "the person's" } });
		expect(untrusted.diagnostics).toEqual([]);
		expect(described("review")).toBe("the project's");
	});

	it("end in .md, in any letter case, and lie in the folder or in those in it", () => {
		write(project("one.md"), "1");
		write(project("two.MD"), "2");
		write(project("three.txt"), "3");
		write(project("four.md.bak"), "4");
		write(project(join("deeper", "five.md")), "5");
		const names = load().list().slice(4);
		expect([names.map(({ name }) => name), load().diagnostics]).toEqual([["one", "two", "five"], []]);
		write(project(join("deeper", "six.md")), "6");
		expect(described("six")).toBe("6");
		rmSync(project("deeper"), { recursive: true });
		expect([described("five"), described("one")]).toEqual(["unknown", "1"]);
	});

	it("are not what editors and systems leave beside them, nor a README, and nothing is said of those", () => {
		const litter = [".#one.md", "._one.md", "one.md~", ".git/two.md", "node_modules/x/three.md"];
		for (const name of litter) write(project(name), "[open");
		writeFileSync(project("README.md"), "# Our agents\n");
		symlinkSync(dirname(project("x")), project("loop"));
		expect([load().list().length, load().diagnostics]).toEqual([4, []]);
		write(project("README.md"), "an agent after all");
		expect(described("readme")).toBe("an agent after all");
	});

	it("are those above the session's directory too, up to the root of its git repository, the nearest first", () => {
		const at = (...path: string[]) => join(root, "project", ...path);
		const above = (name: string) => join(root, ".pi", "agents", name);
		write(above("outside.md"), "outside");
		write(project("review.md"), "the root's");
		write(project("other.md"), "the root's");
		write(at("packages", "app", ".pi", "agents", "Review.md"), "the package's");
		const inPackage = () => files.load({ cwd: at("packages", "app"), isTrusted: true });
		const kinds = () => ["review", "other", "outside"].map((type) => inPackage().find(type));
		expect(kinds()).toMatchObject([
			{ definition: { description: "the package's" } },
			{ kind: "unknown" },
			{ kind: "unknown" },
		]);
		mkdirSync(at(".git"));
		expect(kinds()).toMatchObject([
			{ definition: { description: "the package's" } },
			{ definition: { description: "the root's" } },
			{ kind: "unknown" },
		]);
	});

	it("of one name in several folders are reported, and the first is run", () => {
		write(project("review.md"), "the first");
		write(project(join("deeper", "review.md")), "the second");
		expect(load().diagnostics).toMatchObject([{ file: project(join("deeper", "review.md")), severity: "warning" }]);
		expect([described("REVIEW"), load().list().length]).toEqual(["the first", 5]);
	});

	it("may be links", () => {
		write(join(root, "elsewhere", "shared.txt"), "shared");
		mkdirSync(dirname(project("x")), { recursive: true });
		symlinkSync(join(root, "elsewhere", "shared.txt"), project("mine.md"));
		expect([described("mine"), load().diagnostics]).toEqual(["shared", []]);
	});

	it.runIf(keepsCase)("that differ by letter case only are reported", () => {
		write(project("Review.md"), "the first");
		write(project("review.md"), "the second");
		expect(load().diagnostics).toEqual([
			{
				severity: "warning",
				file: project("review.md"),
				message: "differs from Review.md by letter case only; asked for in another case, neither is run",
			},
		]);
		expect([described("Review"), described("review"), described("REVIEW")]).toEqual([
			"the first",
			"the second",
			"ambiguous",
		]);
	});

	it("that differ by letter case between the folders are no trouble", () => {
		write(personal("Review.md"), "the first");
		write(project("review.md"), "the second");
		expect(load().diagnostics).toEqual([]);
	});
});

describe("a file that cannot be used", () => {
	const error = (file: string, message: unknown) => ({ severity: "error", file, message });

	it("leaves the others alone, and is not replaced by the one below", () => {
		write(personal("review.md"), "the person's");
		write(project("review.md"), "[open");
		write(project("good.md"), "good");
		expect([described("review"), described("good")]).toEqual(["broken", "good"]);
		expect(load().diagnostics).toMatchObject([{ severity: "error", file: project("review.md"), line: 2, column: 19 }]);
	});

	it("is reported when it is huge", () => {
		write(project("huge.md"), "x".repeat(1024 * 1024));
		const size = 1024 * 1024 + "---\ndescription: \n---\nbody".length;
		expect(load().diagnostics).toEqual([
			error(project("huge.md"), `cannot be read: it has ${size} bytes; expected at most 1048576`),
		]);
		expect(described("huge")).toBe("broken");
	});

	it("may be as big as that, if it is its body", () => {
		write(project("big.md"), "big");
		writeFileSync(project("big.md"), `---\ndescription: big\n---\n${"x".repeat(1_000_000)}`);
		expect([described("big"), load().diagnostics]).toEqual(["big", []]);
	});

	it("is reported when it is a link to nowhere, to itself, or in a circle", () => {
		mkdirSync(dirname(project("x")), { recursive: true });
		symlinkSync("nowhere", project("a.md"));
		symlinkSync("b.md", project("b.md"));
		symlinkSync("d.md", project("c.md"));
		symlinkSync("c.md", project("d.md"));
		expect(load().diagnostics).toEqual([
			error(project("a.md"), expect.stringMatching(/^cannot be read: ENOENT/)),
			...["b.md", "c.md", "d.md"].map((file) => error(project(file), expect.stringMatching(/^cannot be read: ELOOP/))),
		]);
	});

	it("is reported when it is a folder of files that leads nowhere but to itself", () => {
		mkdirSync(join(root, "agent"));
		symlinkSync("agents", join(root, "agent", "agents"));
		write(project("good.md"), "good");
		expect(load().diagnostics).toEqual([
			error(join(root, "agent", "agents"), expect.stringMatching(/^cannot be read: ELOOP/)),
		]);
		expect(described("good")).toBe("good");
	});

	it("is reported when it lies where the folder should be, until there is one", () => {
		const folder = dirname(project("x"));
		mkdirSync(dirname(folder), { recursive: true });
		writeFileSync(folder, "no folder");
		expect(load().diagnostics).toEqual([error(folder, "cannot be read: it is a file; expected a folder")]);
		rmSync(folder);
		write(project("good.md"), "good");
		expect([described("good"), load().diagnostics]).toEqual(["good", []]);
	});

	it("is reported when it is a folder", () => {
		mkdirSync(project("six.md"), { recursive: true });
		expect(load().diagnostics).toEqual([error(project("six.md"), "cannot be read: it is a folder; expected a file")]);
	});

	it.skipIf(process.platform === "win32")(
		"is reported when it is a pipe or a device, without waiting for either",
		() => {
			write(project("good.md"), "good");
			execFileSync("mkfifo", [project("pipe.md")]);
			symlinkSync("/dev/zero", project("zero.md"));
			const message = "cannot be read: it is a device or a pipe; expected a file";
			expect(load().diagnostics).toEqual([error(project("pipe.md"), message), error(project("zero.md"), message)]);
			expect(described("good")).toBe("good");
		},
	);

	describe.runIf(canBeShutOut)("that may not be read", () => {
		const shutOut = (mode: number) => {
			write(project("secret.md"), "secret");
			chmodSync(project("secret.md"), mode);
		};

		it("is reported", () => {
			shutOut(0);
			expect(load().diagnostics).toEqual([
				error(project("secret.md"), expect.stringMatching(/^cannot be read: EACCES/)),
			]);
		});

		it("is read when it may be", () => {
			shutOut(0);
			load();
			chmodSync(project("secret.md"), 0o600);
			expect([load().diagnostics, described("secret")]).toEqual([[], "secret"]);
		});
	});

	it("is no longer told when it is mended", () => {
		write(project("review.md"), "[open");
		expect(load().diagnostics).toHaveLength(1);
		write(project("review.md"), "mended");
		expect([load().diagnostics, described("review")]).toEqual([[], "mended"]);
	});

	it("is reported for each file by its own name, the person's first", () => {
		write(project("b.md"), "[open");
		write(personal("a.md"), "[open");
		expect(load().diagnostics.map(({ file }) => file)).toEqual([personal("a.md"), project("b.md")]);
	});
});

describe("the catalog of the files", () => {
	it("is the same object while nothing has changed", () => {
		write(project("review.md"), "as it was");
		write(personal("bad.md"), "[open");
		expect(load()).toBe(load());
	});

	it("is another when a file came, changed or went, in either folder", () => {
		const seen = [described("review")];
		for (const file of [personal, project]) {
			write(file("review.md"), "as it was");
			seen.push(described("review"));
			write(file("review.md"), "as it is!");
			seen.push(described("review"));
		}
		rmSync(project("review.md"));
		seen.push(described("review"));
		rmSync(dirname(personal("review.md")), { recursive: true });
		seen.push(described("review"));
		expect(seen).toEqual(["near", "as it was", "as it is!", "as it was", "as it is!", "as it is!", "near"]);
	});

	it("has the newest of texts of one length that are written within a tick of the disk's clock", () => {
		const seen: string[] = [];
		const versions = Array.from({ length: 40 }, (_, index) => `version ${10 + index}`);
		mkdirSync(dirname(project("x")), { recursive: true });
		for (const version of versions) {
			writeFileSync(project("review.md"), `---\ndescription: ${version}\n---\nbody`);
			seen.push(described("review"));
		}
		expect(seen).toEqual(versions);
	});

	it("has the files that came and went within a tick of the disk's clock", () => {
		mkdirSync(dirname(project("x")), { recursive: true });
		const seen = Array.from({ length: 40 }, () => {
			writeFileSync(project("a.md"), "a");
			const there = described("a");
			rmSync(project("a.md"));
			return [there, described("a")];
		});
		expect(seen).toEqual(Array(40).fill(["a", "unknown"]));
	});

	it("is the same object when a file was written anew as it was", async () => {
		write(project("review.md"), "as it was");
		const before = load();
		write(project("review.md"), "as it was");
		expect(load()).toBe(before);
	});

	it("goes back to the built-in agent when the file that replaced it goes", () => {
		write(project("explore.md"), "mine");
		expect(described("Explore")).toBe("mine");
		rmSync(project("explore.md"));
		expect(load().find("Explore")).toMatchObject({ definition: { origin: "built-in", name: "Explore" } });
	});

	it("reads only the files that have changed", () => {
		write(project("a.md"), "a");
		write(project("b.md"), "b");
		const before = load();
		write(project("b.md"), "B");
		const after = load();
		const definition = (catalog: typeof before, type: string) => {
			const found = catalog.find(type);
			return found.kind === "found" ? found.definition : undefined;
		};
		expect(definition(after, "a")).toBe(definition(before, "a"));
		expect(definition(after, "b")).not.toBe(definition(before, "b"));
	});

	it("is not changed by a later look", () => {
		write(project("a.md"), "a");
		const before = load();
		rmSync(project("a.md"));
		load();
		expect(before.find("a").kind).toBe("found");
	});
});
