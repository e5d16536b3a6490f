import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TestRunner } from "vitest";
import { startTests } from "vitest/internal/browser";

type Task = Parameters<TestRunner["onBeforeRunTask"]>[0];
type File = Awaited<ReturnType<typeof startTests>>[number];
/** What vitest keeps in a runner without showing it. */
interface Insides {
	readonly config: ConstructorParameters<typeof TestRunner>[0];
	readonly moduleRunner: unknown;
	readonly _otel: unknown;
	readonly workerState: { readonly evaluatedModules: { readonly idToModuleMap: Map<string, EvaluatedModule> } };
}

interface EvaluatedModule {
	promise?: unknown;
	exports?: unknown;
	evaluated: boolean;
	importers: Set<string>;
}

interface Job {
	readonly mutants: readonly { readonly id: string; readonly path: string }[];
	readonly tests: readonly string[];
	/** Milliseconds of tests for each mutant. */
	readonly budget: number;
}

/** A test that passes while nothing is changed, and the mutants whose places it comes by. */
interface Witness {
	readonly file: string;
	readonly id: string;
	readonly name: string;
	readonly ms: number;
}

type Sighting = Witness & { readonly hits: readonly string[] };

type Line =
	| { readonly event: "look"; readonly file: string }
	| { readonly event: "seen"; readonly file: string; readonly witnesses: readonly Sighting[] }
	/** With nothing changed: what fails in one process with all others proves nothing. */
	| { readonly event: "broken"; readonly file: string; readonly reason: string }
	| { readonly event: "try"; readonly mutant: string; readonly test: string }
	| { readonly event: "end"; readonly mutant: string; readonly by: string }
	| { readonly event: "doubt"; readonly mutant: string; readonly test: string }
	| { readonly event: "done" };

const folder = process.env.PI_CREW_MUTATION ?? "";
const journal = join(folder, "mutation.jsonl");
/** A test that takes longer does not share a run with others: it is tried last. */
const SLOW_MS = 200;
const heartbeat = join(folder, "heartbeat");
const tell = (line: Line) => appendFileSync(journal, `${JSON.stringify(line)}\n`);

/** Asked at each place that has mutants. */
let active = "";
let hits = new Set<string>();
Object.assign(globalThis, {
	__mutant__: (id: string) => {
		hits.add(id);
		return id === active;
	},
});

/** Which mutant lives, here and in the processes that tests start. */
function activate(id: string): void {
	active = id;
	process.env.PI_CREW_MUTANT = id;
}

/** Runs test files as often as needed, in the same process, before the one file that vitest knows of. */
export default class MutationRunner extends TestRunner {
	async onBeforeCollect(): Promise<void> {
		await this.tryMutants();
	}

	private async tryMutants(): Promise<void> {
		const job = JSON.parse(readFileSync(join(folder, "mutation.json"), "utf8")) as Job;
		const witnesses = (await this.witnesses(job)).map((one) => ({ ...one, hits: new Set(one.hits) }));
		const before = told();
		const ended = new Set(before.flatMap((line) => (line.event === "end" ? [line.mutant] : [])));
		const doubts = before.flatMap((line) => (line.event === "doubt" ? [`${line.mutant} ${line.test}`] : []));
		const successes = new Map<string, number>();
		for (const { id, path } of job.mutants.filter((mutant) => !ended.has(mutant.id))) {
			const best = (one: Witness) => successes.get(`${path} ${one.id}`) ?? 0;
			const known = witnesses.filter((one) => one.hits.has(id) && !doubts.includes(`${id} ${one.id}`));
			const by = await this.killer(id, batches(known, best), job.budget);
			if (by) successes.set(`${path} ${by.id}`, best(by) + 1);
			tell({ event: "end", mutant: id, by: by?.name ?? (known.length === 0 ? "nothing comes by" : "") });
		}
		tell({ event: "done" });
	}

	/** Runs all tests once with nothing changed. What fails here, in one process with all others, proves nothing later. */
	private async witnesses(job: Job): Promise<readonly Sighting[]> {
		const looked = new Set(told().flatMap((line) => (line.event === "look" ? [line.file] : [])));
		for (const file of job.tests.filter((one) => !looked.has(one))) {
			tell({ event: "look", file });
			const run = new Run(this);
			const { passed, broken } = await run.files([file]);
			if (broken !== undefined) tell({ event: "broken", file, reason: broken });
			const always = [...run.fileHits];
			const found = passed.map((test): Sighting => {
				const ms = (test.result?.duration ?? 0) + 1;
				return { file, id: test.id, name: test.fullName, ms, hits: [...always, ...(run.hitsOf.get(test.id) ?? [])] };
			});
			tell({ event: "seen", file, witnesses: found });
		}
		return told().flatMap((line) => (line.event === "seen" ? line.witnesses : []));
	}

	/** @returns a test that fails with the mutant, and passes again without it */
	private async killer(id: string, tries: readonly Witness[][], budget: number): Promise<Witness | undefined> {
		let spent = 0;
		for (const batch of tries) {
			if (spent > budget) return undefined;
			tell({ event: "try", mutant: id, test: batch[0]?.name ?? "" });
			const started = performance.now();
			activate(id);
			const { failed } = await new Run(this, batch).files([...new Set(batch.map((one) => one.file))]);
			activate("");
			spent += performance.now() - started;
			const suspect = batch.find((one) => one.id === failed) ?? (failed === undefined ? undefined : batch[0]);
			if (!suspect) continue;
			if ((await new Run(this, [suspect]).files([suspect.file])).failed === undefined) return suspect;
			// It fails without the mutant, too: what earlier ones left behind disturbs it. A new process has another look.
			tell({ event: "doubt", mutant: id, test: suspect.id });
			process.kill(process.pid, "SIGKILL");
		}
		return undefined;
	}
}

/** The tests of a file run together, but slow ones apart. First what has killed neighbours, then what is quick. */
function batches(witnesses: readonly Witness[], successes: (one: Witness) => number): Witness[][] {
	const found = new Map<string, Witness[]>();
	for (const one of witnesses) {
		const key = one.ms < SLOW_MS ? one.file : `${one.file} ${one.id}`;
		found.set(key, [...(found.get(key) ?? []), one]);
	}
	const value = (batch: Witness[]) => Math.max(...batch.map(successes));
	const cost = (batch: Witness[]) => batch.reduce((sum, { ms }) => sum + ms, 0);
	return [...found.values()].sort((a, b) => value(b) - value(a) || cost(a) - cost(b));
}

/** One run of test files with new instances of all our modules; it ends with the first test that fails. */
class Run extends TestRunner {
	readonly hitsOf = new Map<string, Set<string>>();
	readonly fileHits = new Set<string>();
	private readonly only: ReadonlySet<string> | undefined;
	private failed: string | undefined;
	private readonly passed: Task[] = [];

	constructor(
		private readonly outer: TestRunner,
		witnesses?: readonly Witness[],
	) {
		const { config, moduleRunner, _otel } = outer as unknown as Insides;
		super(config);
		Object.assign(this, { moduleRunner, _otel }); // vitest gives them to the runner it makes itself
		this.only = witnesses && new Set(witnesses.map((one) => one.id));
	}

	async files(files: readonly string[]) {
		forgetModules(this.outer);
		hits = this.fileHits;
		const ended = await startTests([...files], this as unknown as Parameters<typeof startTests>[1]);
		const broken = ended.find((file: File) => file.result?.state === "fail");
		return { passed: this.passed, failed: this.failed ?? broken?.id, broken: broken && reasonIn(broken) };
	}

	override async onBeforeRunTask(test: Task): Promise<void> {
		if (this.failed !== undefined && this.only) test.mode = "skip";
		if (this.only && !this.only.has(test.id)) test.mode = "skip";
		if (test.mode === "run") hits = new Set();
		writeFileSync(heartbeat, "");
		await super.onBeforeRunTask(test);
	}

	override onAfterRunTask(test: Task): void {
		super.onAfterRunTask(test);
		if (test.result?.state === "fail") this.failed ??= test.id;
		if (test.result?.state === "pass") this.passed.push(test);
		this.hitsOf.set(test.id, hits);
		hits = this.fileHits;
	}
}

function reasonIn(file: File): string {
	const failed = [file, ...file.tasks].find((task) => task.result?.errors?.length);
	return failed?.result?.errors?.[0]?.message ?? "a test failed";
}

function forgetModules(runner: TestRunner): void {
	const { workerState } = runner as unknown as Insides;
	for (const [path, module] of workerState.evaluatedModules.idToModuleMap) {
		if (/\/vitest\/dist\/|\/test\/mutation\//.test(path)) continue;
		Object.assign(module, { promise: undefined, exports: undefined, evaluated: false });
		module.importers.clear();
	}
}

function told(): Line[] {
	return readFileSync(journal, "utf8")
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as Line);
}
