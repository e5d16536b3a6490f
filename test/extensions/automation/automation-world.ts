import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Router } from "../../../src/events/router.ts";
import type { RunEnd, Runner } from "../../../src/extensions/automation/automation.ts";
import { AutomationHub } from "../../../src/extensions/automation/automation-hub.ts";
import { readDefinition } from "../../../src/extensions/automation/definition.ts";
import { StateFile } from "../../../src/extensions/automation/state-file.ts";
import type { FileChange, WatchPort } from "../../../src/extensions/automation/triggers.ts";
import { identifyProcess } from "../../../src/platform/process-identity.ts";
import { FakeClock } from "./fake-clock.ts";

export const START = Date.parse("2026-06-01T00:00:00Z");

export const DONE: RunEnd = { kind: "completed", status: "completed", text: "done", durationMs: 5 };
export const BROKEN: RunEnd = { kind: "failed", status: "error", text: "", error: "the model failed", durationMs: 5 };

export interface StartedRun {
	readonly id: string;
	readonly automation: string;
	readonly prompt: string;
	readonly cause: number | undefined;
	readonly at: number;
	end(how?: RunEnd): Promise<void>;
	isAborted: boolean;
}

/** A project, with as many pis as a test opens on it. */
export class World {
	readonly folder = mkdtempSync(join(tmpdir(), "pi-crew-automations-"));
	readonly clock: FakeClock;
	/** Of all pis, in the order in which they began. */
	readonly runs: StartedRun[] = [];
	private readonly pis: Pi[] = [];

	constructor(start = START) {
		this.clock = new FakeClock(start, () => this.settle());
		onTestFinished(async () => {
			await this.settle(); // something may be written still
			rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
		});
	}

	/** @param ending how each run ends at once; absent: when the test says so */
	open(ending?: (prompt: string) => RunEnd | Error | undefined): Pi {
		const pi = new Pi(this, `pi-${this.pis.length + 1}`, ending);
		this.pis.push(pi);
		return pi;
	}

	/** Waits until what was begun can get no further without time: writing to the disk takes some of the real one. */
	async settle(): Promise<void> {
		for (let turn = 0; turn < 4; turn++) {
			await new Promise(setImmediate);
			for (const { state } of this.pis) await state.flush();
		}
	}
}

export class Pi {
	readonly told: string[] = [];
	readonly router: Router;
	readonly hub: AutomationHub;
	/** Reports a change to every trigger that watches files. */
	changed: (change: FileChange) => void = () => undefined;
	private readonly ends = new Map<string, { promise: Promise<RunEnd>; end: (how: RunEnd) => void }>();
	readonly state: StateFile;

	constructor(
		private readonly world: World,
		readonly name: string,
		private readonly ending: ((prompt: string) => RunEnd | Error | undefined) | undefined,
	) {
		const { clock, folder } = world;
		this.router = new Router(() => clock.now());
		this.state = new StateFile(join(folder, "state.json"), (error) => void this.told.push(`unsaved: ${error}`));
		let ids = 0;
		this.hub = new AutomationHub({
			clock,
			runner: this.runner(),
			events: this.router,
			watcher: this.watcher(),
			state: this.state,
			tell: (text) => void this.told.push(text),
			changed: () => undefined,
			newId: () => `${name}-fire-${++ids}`,
			random: () => 0,
			lockFile: join(folder, "owner.json"),
			owner: { ...identifyProcess(process.pid), instance: name },
			lookAgain: () => undefined,
		});
	}

	/** @param configs by name, as files would have them */
	async configure(configs: Record<string, Record<string, unknown>>): Promise<void> {
		this.hub.configure(
			Object.entries(configs).map(([name, config]) => {
				const { definition, problems } = readDefinition({ agent: "worker", ...config }, name);
				if (!definition) throw new Error(JSON.stringify(problems));
				return { definition, digest: JSON.stringify(config) };
			}),
		);
		await this.world.settle();
	}

	of(id: string) {
		const snapshot = this.hub.snapshot(id);
		if (!snapshot) throw new Error(`there is no ${id}`);
		return snapshot;
	}

	log(id: string): string[] {
		return this.hub.log(id).map(({ text }) => text);
	}

	/** As after a kill: nothing is tidied up but that the process, and with it its lock, is gone. */
	async killed(): Promise<void> {
		await this.hub.close();
	}

	private runner(): Runner {
		const { world } = this;
		return {
			start: (definition, prompt, cause) => {
				const ending = this.ending?.(prompt);
				if (ending instanceof Error) throw ending;
				const id = `${this.name}-run-${world.runs.length + 1}`;
				let end: (how: RunEnd) => void = () => undefined;
				const promise = new Promise<RunEnd>((resolve) => {
					end = resolve;
				});
				this.ends.set(id, { promise, end });
				if (cause !== undefined) this.router.sourceStarted(id, cause);
				world.runs.push({
					id,
					automation: definition.name,
					prompt,
					cause,
					at: world.clock.now(),
					isAborted: false,
					end: async (how = DONE) => {
						end(how);
						await world.settle();
					},
				});
				if (ending) end(ending);
				return id;
			},
			ended: (id) => this.ends.get(id)?.promise ?? Promise.resolve(DONE),
			abort: (id) => {
				const run = world.runs.find((one) => one.id === id);
				if (run) run.isAborted = true;
				this.ends.get(id)?.end({ kind: "stopped", status: "stopped", text: "", durationMs: 1 });
			},
			isKnown: (id) => this.ends.has(id),
		};
	}

	private watcher(): WatchPort {
		const watching = new Set<(change: FileChange) => void>();
		this.changed = (change) => {
			for (const one of watching) one(change);
		};
		return {
			watch: (_globs, changed) => {
				watching.add(changed);
				return () => watching.delete(changed);
			},
		};
	}
}
