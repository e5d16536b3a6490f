import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Workspace, WorkspaceEnd, WorkspaceRequest } from "../../src/domain/workspace.ts";
import { currentChild, insideChild } from "../../src/platform/child-scope.ts";
import { reasonOf } from "../../src/platform/reason-of.ts";
import { openWorkspace, WorkspaceReturns } from "../../src/workspace/workspace-scope.ts";
import { HOSTILE_VALUES, throwsOnEverything } from "../support/hostile-values.ts";

const root = mkdtempSync(join(tmpdir(), "pi-crew-scope-"));
const FILE = join(root, "a-file");
writeFileSync(FILE, "");
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => void vi.useRealTimers());

const REQUEST = { agentId: "id", agentType: "Explore", baseCwd: "/base" } as WorkspaceRequest;
const END: WorkspaceEnd = { status: "completed", description: "a task" };

/** A run that asks for a workspace, and what its provider was asked. */
function user() {
	const abort = new AbortController();
	const returns = new WorkspaceReturns();
	const ends: WorkspaceEnd[] = [];
	const dispose = (end: WorkspaceEnd) => {
		ends.push(end);
		return undefined;
	};
	const open = (prepare: () => unknown) =>
		openWorkspace({ prepare: prepare as () => Promise<Workspace> }, REQUEST, {
			signal: abort.signal,
			description: "a task",
			returns,
		});
	return { abort, returns, ends, dispose, open };
}

describe("a workspace", () => {
	it("is what the provider prepared, as a promise or plainly, and is given back with the run's end", async () => {
		const { ends, dispose, open } = user();
		for (const prepared of [{ cwd: root, dispose }, Promise.resolve({ cwd: root, dispose })]) {
			const scope = await open(() => prepared);
			expect(scope).toMatchObject({ cwd: root, isOwn: true });
			expect(await scope.close(END)).toBe("");
		}
		expect(ends).toEqual([END, END]);
	});

	it.each([undefined, null])("is the parent's directory where the provider gives %s", async (nothing) => {
		const scope = await user().open(() => nothing);
		expect(scope).toMatchObject({ cwd: "/base", isOwn: false });
		expect(await scope.close(END)).toBe("");
	});

	it.each([
		["a relative path", "work"],
		["no path", undefined],
		["a number", 7],
		["something huge", 7n],
		["a folder that is not there", join(root, "none")],
		["a file", FILE],
		["a path that no path can be", "/a\0b"],
	])("is refused and given back when it is %s", async (_what, cwd) => {
		const { ends, dispose, open } = user();
		await expect(open(() => ({ cwd, dispose }))).rejects.toThrow("the workspace provider gave ");
		expect(ends).toEqual([{ status: "error", description: expect.stringContaining("the workspace provider gave ") }]);
	});

	it.each(["text", "", 7, 0, true, false])("is refused when it is %o and no workspace at all", async (value) => {
		await expect(user().open(() => value)).rejects.toThrow("expected { cwd, dispose }");
	});

	it("is refused when it is a function", async () => {
		await expect(user().open(() => () => root)).rejects.toThrow("expected an absolute path");
	});

	it.each(HOSTILE_VALUES)("fails with a reason in words when the provider rejects with %s", async (_what, make) => {
		const failure = await user()
			.open(() => Promise.reject(make()))
			.then(
				() => "opened",
				(thrown) => reasonOf(thrown),
			);
		expect(failure).not.toBe("opened");
	});

	it("whose directory cannot be read is given back, once, and its getters are read once", async () => {
		const { ends, dispose, open } = user();
		let reads = 0;
		const workspace = {
			get cwd(): string {
				reads++;
				throw Object.create(null);
			},
			dispose,
		};
		await expect(open(() => workspace)).rejects.toThrow("gave a directory that cannot be read");
		expect({ reads, ends: ends.length }).toEqual({ reads: 1, ends: 1 });
	});

	it("is the directory it first said, and its first dispose is called, whatever its getters say later", async () => {
		const { ends, dispose, open } = user();
		let reads = 0;
		const changing = {
			get cwd() {
				return reads++ === 0 ? root : "/elsewhere";
			},
			get dispose() {
				return reads < 3 ? dispose : undefined;
			},
		};
		const scope = await open(() => changing);
		reads = 9;
		expect(scope.cwd).toBe(root);
		expect(await scope.close(END)).toBe("");
		expect(ends).toEqual([END]);
	});

	it.each(HOSTILE_VALUES.filter(([what]) => !/^(nothing|null)$/.test(what)))(
		"is refused and the parent's directory is not used when it is %s",
		async (_what, make) => {
			await expect(user().open(() => make())).rejects.toBeDefined();
		},
	);

	it.each([
		["throws", () => JSON.parse("{")],
		["rejects", () => Promise.reject(new SyntaxError("at once"))],
	])("fails as the provider does that %s", async (_how, prepare) => {
		await expect(user().open(prepare)).rejects.toThrow(SyntaxError);
	});

	it("is asked for and given back outside every child", async () => {
		const { open } = user();
		const seen: unknown[] = [];
		const look = () => void seen.push(currentChild());
		await insideChild({ subagentId: "id", agentName: "Explore" }, async () => {
			const scope = await open(async () => {
				look();
				await Promise.resolve();
				look();
				return { cwd: root, dispose: look };
			});
			await scope.close(END);
		});
		expect(seen).toEqual([undefined, undefined, undefined]);
	});
});

describe("giving a workspace back", () => {
	it.each([
		[{ resultAddendum: "on a branch" }, "on a branch"],
		[Promise.resolve({ resultAddendum: "on a branch" }), "on a branch"],
		[{ resultAddendum: 7 }, "(The workspace provider's `resultAddendum` is 7, expected a string.)"],
		[{ resultAddendum: null }, ""],
		["text", ""],
		[null, ""],
	])("says after the result what %o says", async (disposal, said) => {
		const scope = await user().open(() => ({ cwd: root, dispose: () => disposal }));
		expect(await scope.close(END)).toBe(said);
	});

	it.each([
		["throws", () => JSON.parse("{")],
		["rejects", () => Promise.reject(new Error("disk full"))],
		["rejects with nothing", () => Promise.reject()],
		["is not there", undefined],
	])("never rejects, and says so when dispose %s", async (_how, dispose) => {
		const scope = await user().open(() => ({ cwd: root, dispose }));
		expect(await scope.close(END)).toMatch(/^\(The workspace .* could not be given back: .+\)$/s);
	});

	it.each(HOSTILE_VALUES)("never rejects, and says so when dispose throws %s", async (_what, make) => {
		const throws = () => {
			throw make();
		};
		const scope = await user().open(() => ({ cwd: root, dispose: throws }));
		expect(await scope.close(END)).toMatch(/^\(The workspace .* could not be given back: .+\)$/s);
	});

	it("says so when what dispose returns cannot be read", async () => {
		for (const disposal of [
			throwsOnEverything(),
			throwsOnEverything(() => undefined),
			Object.defineProperty({}, "resultAddendum", { get: () => JSON.parse("{") }),
		]) {
			const scope = await user().open(() => ({ cwd: root, dispose: () => disposal }));
			expect(await scope.close(END)).toContain("could not be given back: ");
		}
	});

	it("bounds what is said after the result", async () => {
		const flood = "\u{1F600}".repeat(5_000_000);
		const scope = await user().open(() => ({ cwd: root, dispose: () => ({ resultAddendum: flood }) }));
		const said = await scope.close(END);
		expect(said.length).toBeLessThan(51_000);
		expect(said).toContain("10000000 characters");
		expect(said).not.toContain("\uFFFD");
	});

	it("is given up after a minute, ten seconds after the session's end or a stop, and leaves no timer", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		for (const haste of ["none", "the end", "a stop"]) {
			const { open, returns, abort } = user();
			const scope = await open(() => ({ cwd: root, dispose: () => new Promise(() => undefined) }));
			let said = "";
			void scope.close(END).then((text) => {
				said = text;
			});
			if (haste === "the end") returns.hurry();
			if (haste === "a stop") abort.abort();
			await vi.advanceTimersByTimeAsync(haste === "none" ? 59_999 : 9999);
			expect(said).toBe("");
			await vi.advanceTimersByTimeAsync(1);
			expect(said).toBe(`(The workspace ${root} was not given back in time.)`);
			expect(vi.getTimerCount()).toBe(0);
		}
	});
});

describe("a run that is stopped while its workspace is prepared", () => {
	it("does not wait, and what comes too late is given back, which the session's end waits for", async () => {
		const { abort, returns, ends, dispose, open } = user();
		let finish: (workspace: unknown) => void = () => undefined;
		const opening = open(
			() =>
				new Promise((resolve) => {
					finish = resolve;
				}),
		);
		abort.abort();
		await expect(opening).rejects.toThrow("stopped");
		let isOver = false;
		const over = returns.whenNoneIsLeft().then(() => {
			isOver = true;
		});
		await new Promise((resolve) => setImmediate(resolve));
		expect(isOver).toBe(false);
		finish({ cwd: root, dispose });
		await over;
		expect(ends).toEqual([{ status: "stopped", description: "a task" }]);
	});

	it("has nothing to give back when the provider failed or gave nothing, and nothing is stray", async () => {
		for (const late of [() => Promise.reject(new Error("late")), async () => undefined]) {
			const { abort, returns, open } = user();
			const opening = open(late);
			abort.abort();
			await expect(opening).rejects.toThrow("stopped");
			await returns.whenNoneIsLeft();
		}
	});

	it("is not given a workspace when it was stopped before", async () => {
		const { abort, open } = user();
		let asked = 0;
		abort.abort();
		await expect(open(() => void asked++)).rejects.toThrow("stopped");
		expect(asked).toBe(0);
	});

	it("keeps the session's end waiting no longer than ten seconds", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const { abort, returns, open } = user();
		const opening = open(() => new Promise(() => undefined));
		abort.abort();
		await expect(opening).rejects.toThrow("stopped");
		returns.hurry();
		let isOver = false;
		void returns.whenNoneIsLeft().then(() => {
			isOver = true;
		});
		await vi.advanceTimersByTimeAsync(9999);
		expect(isOver).toBe(false);
		await vi.advanceTimersByTimeAsync(1);
		expect(isOver).toBe(true);
	});
});
