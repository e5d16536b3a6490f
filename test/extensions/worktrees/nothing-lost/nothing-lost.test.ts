import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { worktreeFolder } from "../../../../src/extensions/worktrees/prepare-worktree.ts";
import { leftWorkText } from "../../../../src/extensions/worktrees/report-text.ts";
import { findRepository } from "../../../../src/extensions/worktrees/repository.ts";
import { clearStaleWorktrees } from "../../../../src/extensions/worktrees/stale-worktrees.ts";
import { WorktreeProvider } from "../../../../src/extensions/worktrees/worktree-provider.ts";
import { InTurn } from "../../../../src/platform/keyed-mutex.ts";
import { requestFor } from "../request.ts";
import { COMPLETED, changeEnvironment } from "../sample-repository.ts";
import { type Setting, settings, variables } from "./configurations.ts";
import { ACTS, type Subagent } from "./subagent-acts.ts";
import { findableBy, onReferences } from "./what-is-left.ts";
import { configure, readJson, SHAPES, type Shape, Templates, type World } from "./world.ts";

const RUNS = Number(process.env.PI_CREW_PROPERTY_RUNS ?? 8);
/** The same cases at each run of the suite; `PI_CREW_PROPERTY_SEED=random` tries others, and a failure prints its seed. */
const SEED = process.env.PI_CREW_PROPERTY_SEED ?? "20261128";
/** Shrinking a failure ends here; the seed and the path are printed then too. */
const AT_MOST_MS = 120_000 + RUNS * 6000;

interface Case {
	readonly shape: Shape;
	readonly before: readonly Setting[];
	/** Set by the subagent in the middle of its work. */
	readonly during: readonly Setting[];
	readonly variables: Readonly<Record<string, string>>;
	readonly acts: readonly string[];
	readonly ending: "ends" | "is killed" | "is killed and resumed";
}

const cases: fc.Arbitrary<Case> = fc.record({
	shape: fc.constantFrom(...SHAPES),
	before: settings,
	during: settings,
	variables,
	acts: fc.array(fc.constantFrom(...Object.keys(ACTS)), { minLength: 1, maxLength: 5 }),
	ending: fc.constantFrom("ends", "ends", "is killed", "is killed and resumed"),
});

it(
	"whatever a subagent wrote is on a branch or on the disk, and named, in any repository with any configuration",
	async () => {
		const folder = realpathSync(mkdtempSync(join(tmpdir(), "nothing-lost-")));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
		writeFileSync(join(folder, "gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.com\n");
		changeEnvironment({ GIT_CONFIG_GLOBAL: join(folder, "gitconfig"), GIT_CONFIG_NOSYSTEM: "1" });
		const templates = new Templates(join(folder, "templates"));
		let ran = 0;
		let number = 0;
		const property = fc.asyncProperty(fc.noBias(cases), async (one) => {
			const root = join(folder, `${number++}`);
			mkdirSync(root);
			if (await holds(one, templates.copy(one.shape, root))) ran += 1;
			rmSync(root, { recursive: true, force: true, maxRetries: 5 });
		});
		const seed = SEED === "random" ? {} : { seed: Number(SEED) };
		await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: AT_MOST_MS, ...seed });
		expect(ran, "most cases get a worktree").toBeGreaterThan(RUNS / 2);
	},
	AT_MOST_MS + 120_000,
);

/** @returns false when no worktree could be made, so that nothing was written */
async function holds(one: Case, world: World): Promise<boolean> {
	configure(world, one.before);
	const path = join(worktreeFolder(world.agentDir, world), ID);
	const prepared = await inEnvironment(one.variables, () => prepare(world, false).catch(() => undefined));
	if (!prepared) return false;
	const subagent: Subagent = { cwd: path, written: new Map(), variables: one.variables };
	const { GIT_REFLOG_ACTION } = one.variables;
	await inEnvironment(GIT_REFLOG_ACTION === undefined ? {} : { GIT_REFLOG_ACTION }, async () => {
		for (const [index, act] of one.acts.entries()) {
			if (index === 1) configure(world, one.during);
			attempt(() => ACTS[act]?.(subagent));
		}
	});
	const said = await inEnvironment(one.variables, () => end(one, world, { path, dispose: prepared.dispose }));
	const findable = findableBy(said, world.commonDir, [path, subagent.cwd]);
	const known = one.ending === "ends" ? findable : `${findable}\n${onReferences(world.commonDir)}`;
	const lost = [...subagent.written].filter(([text, place]) => !known.includes(text) && !isNamedAsIgnored(said, place));
	if (lost.length > 0)
		throw new Error(`lost: ${lost.map(([text, place]) => `${text} (${place})`).join(", ")}\nsaid: ${said}`);
	return true;
}

const ID = "agent-1";

async function end(
	{ ending }: Case,
	world: World,
	{ path, dispose }: { readonly path: string; readonly dispose: () => Promise<string> },
): Promise<string> {
	if (ending === "ends") return dispose();
	const owner = readJson(`${path}.json`);
	writeFileSync(`${path}.json`, JSON.stringify({ ...owner, process: { host: hostname(), pid: 2 ** 30 } }));
	const named = await look(world);
	if (ending === "is killed") return named;
	const resumed = await prepare(world, true).catch((error: Error) => error);
	return `${named}\n${resumed instanceof Error ? resumed.message : await resumed.dispose()}\n${await look(world)}`;
}

async function prepare({ agentDir, cwd }: World, isResume: boolean): Promise<{ dispose: () => Promise<string> }> {
	const read = () => ({ worktreeAgents: ["worker"], includeUncommitted: false });
	const provider = new WorktreeProvider({ agentDir, settings: read, inTurn: new InTurn() });
	const workspace = await provider.prepare(requestFor({ baseCwd: cwd, agentId: ID, isResume }));
	return { dispose: async () => (await workspace?.dispose(COMPLETED))?.resultAddendum ?? "" };
}

/** What the next pi says at its start. */
async function look(world: World): Promise<string> {
	const { agentDir, cwd } = world;
	const lookup = await findRepository(cwd);
	// Git does not take the parent's directory for a working tree any more: nothing is looked at, and nothing is removed.
	if (lookup.kind !== "found") return join(worktreeFolder(agentDir, world), ID);
	const { repository } = lookup;
	return leftWorkText(await clearStaleWorktrees(worktreeFolder(agentDir, repository), repository, new InTurn()));
}

/** The place may be a part of what is named: "build/" of "build/new.txt". */
function isNamedAsIgnored(said: string, place: string): boolean {
	const named = [...said.matchAll(/because git ignores it: (.*?)\.(?= [A-Z]|\n|$)/gs)].flatMap(([, names = ""]) =>
		names.split(", "),
	);
	return named.some((name) => name !== "" && place.startsWith(name));
}

async function inEnvironment<T>(changed: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
	const before = { ...process.env };
	Object.assign(process.env, changed);
	try {
		return await work();
	} finally {
		for (const name of Object.keys(changed)) {
			if (before[name] === undefined) delete process.env[name];
			else process.env[name] = before[name];
		}
	}
}

function attempt(work: () => void): void {
	try {
		work();
	} catch {
		// a command that git refused, as it refuses those of a model
	}
}
