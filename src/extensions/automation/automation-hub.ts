import { plainLine } from "../../platform/plain-text.ts";
import type { ProcessDescriptor } from "../../platform/process-identity.ts";
import { leaseHolder, ProcessLock } from "../../platform/process-lock.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import { Automation, type AutomationParts, type AutomationSnapshot, type FireOutcome } from "./automation.ts";
import type { AutomationDefinition } from "./definition.ts";
import type { LogEntry, StateFile } from "./state-file.ts";

export interface HubParts extends Omit<AutomationParts, "state" | "save" | "saved" | "writers"> {
	/** Names the process that runs the project's automations. */
	readonly lockFile: string;
	/** This process and, in it, this session. */
	readonly owner: ProcessDescriptor & { readonly instance: string };
	readonly state: StateFile;
	/** Looks at the files again; called now and then. */
	lookAgain(): void;
}

/** An automation that is to run. */
export interface Configured {
	readonly definition: AutomationDefinition;
	/** Changes when the definition does. */
	readonly digest: string;
}

interface Entry extends Configured {
	/** By a program, not by a file. */
	readonly isStarted: boolean;
	/** Absent where another process runs the project's automations. */
	automation?: Automation;
}

/** How long another pi is given before it is looked whether it is still there, and files are looked at again. */
const LOOK_EVERY_MS = 5_000;

/** The automations of one project, in the one process that owns them. */
export class AutomationHub {
	private readonly entries = new Map<string, Entry>();
	private lock: ProcessLock | undefined;
	private cancelLook: (() => void) | undefined;
	private isClosed = false;
	private trouble: string | undefined;

	constructor(private readonly parts: HubParts) {}

	/** What files describe now. One that has changed begins anew; its runs go on. */
	configure(configured: readonly Configured[]): void {
		if (this.isClosed) return;
		const wanted = new Map(configured.map((one) => [one.definition.name, one]));
		for (const [id, entry] of this.entries) {
			const now = wanted.get(id);
			if (entry.isStarted && !now) continue;
			if (now?.digest === entry.digest) wanted.delete(id);
			else this.remove(id, entry, now !== undefined);
		}
		for (const [id, one] of wanted) this.entries.set(id, { ...one, isStarted: false });
		this.begin();
	}

	/** @returns its id */
	add(configured: Configured): string {
		const { name } = configured.definition;
		let id = name;
		for (let number = 2; this.entries.has(id); number++) id = `${name}-${number}`;
		const definition = { ...configured.definition, name: id };
		this.entries.set(id, { definition, digest: configured.digest, isStarted: true });
		this.begin();
		return id;
	}

	async stop(id: string): Promise<boolean> {
		const entry = this.entries.get(id);
		if (!entry) return false;
		await entry.automation?.stop();
		if (entry.isStarted) this.entries.delete(id);
		this.parts.changed();
		return true;
	}

	async stopAll(): Promise<number> {
		const ids = [...this.entries.keys()];
		await Promise.all(ids.map((id) => this.stop(id)));
		return ids.length;
	}

	fire(id: string, data: unknown, source: "manual-trigger" | "manual-api", firedBy?: string): FireOutcome {
		const entry = this.entries.get(id);
		if (!entry) return { ok: false, reason: `There is no automation "${id}". ${this.known()}` };
		const { automation } = entry;
		if (!automation) return { ok: false, reason: `${id} did not run: ${this.elsewhere()}` };
		if (automation.status === "stopped" && !automation.snapshot().isPaused) automation.start();
		return automation.fireByHand(data, source, firedBy);
	}

	/** @returns why it cannot be done */
	async pause(id: string, isPaused: boolean): Promise<string | undefined> {
		const automation = this.entries.get(id)?.automation;
		if (!automation) return this.entries.has(id) ? this.elsewhere() : `There is no automation "${id}". ${this.known()}`;
		if (isPaused) await automation.pause();
		else automation.resume();
		return undefined;
	}

	log(id: string): readonly LogEntry[] {
		return this.entries.get(id)?.automation?.log() ?? [];
	}

	snapshot(id: string): AutomationSnapshot | undefined {
		const entry = this.entries.get(id);
		return entry && (entry.automation?.snapshot() ?? this.notOurs(id, entry));
	}

	list(): readonly AutomationSnapshot[] {
		return [...this.entries.keys()].sort().flatMap((id) => this.snapshot(id) ?? []);
	}

	/** Whether this process runs the automations of the project. */
	get isOwner(): boolean {
		return this.lock !== undefined;
	}

	/** Leaves everything to whoever comes next; runs are not stopped here. Resolves when the state is on the disk. */
	async close(): Promise<void> {
		if (this.isClosed) return;
		this.isClosed = true;
		this.cancelLook?.();
		const wasOwner = this.isOwner;
		for (const { automation } of this.entries.values()) automation?.leave();
		if (wasOwner) await this.parts.state.flush();
		this.lock?.release();
		this.lock = undefined;
	}

	private begin(): void {
		if (this.entries.size > 0 && !this.lock) this.take();
		if (this.lock) for (const [id, entry] of this.entries) if (!entry.automation) this.run(id, entry);
		if (this.entries.size > 0) this.lookLater();
		this.parts.changed();
	}

	private take(): void {
		try {
			this.lock = ProcessLock.acquire(this.parts.lockFile, this.parts.owner, this.parts.clock.now());
		} catch (error) {
			const trouble = `Automations do not run: ${this.parts.lockFile} cannot be written: ${reasonOf(error)}`;
			if (trouble !== this.trouble) this.parts.tell(trouble, "warning");
			this.trouble = trouble;
		}
		if (!this.lock) return;
		this.lock.beat();
		this.parts.state.load();
	}

	private run(id: string, entry: Entry): void {
		const { state } = this.parts;
		entry.automation = new Automation(id, entry.definition, {
			...this.parts,
			state: state.of(id),
			save: () => state.changed(),
			saved: () => state.flush(),
			writers: () => [...this.entries.values()].flatMap(({ automation }) => automation?.writers() ?? []),
		});
		if (entry.definition.enabled) entry.automation.start();
	}

	/** @param isReplaced its runs are taken over by the new one */
	private remove(id: string, { automation }: Entry, isReplaced: boolean): void {
		this.entries.delete(id);
		if (isReplaced) automation?.leave();
		else void automation?.stop("Its file is gone.");
	}

	private lookLater(): void {
		this.cancelLook ??= this.parts.clock.after(LOOK_EVERY_MS, () => {
			this.cancelLook = undefined;
			this.look();
		});
	}

	private look(): void {
		if (this.isClosed) return;
		if (this.lock && !this.lock.isHeld()) this.lose();
		this.parts.lookAgain();
		this.begin();
	}

	/** Another process took this one for dead, which can happen with a disk of several machines only. */
	private lose(): void {
		this.lock?.rest();
		this.lock = undefined;
		for (const entry of this.entries.values()) {
			entry.automation?.leave();
			delete entry.automation;
		}
	}

	private elsewhere(): string {
		const holder = leaseHolder(this.parts.lockFile, this.parts.clock.now());
		return holder
			? `The automations of this project run in another pi (${holder}).`
			: (this.trouble ?? "It is not started yet.");
	}

	private known(): string {
		const ids = [...this.entries.keys()].sort();
		return plainLine(ids.length > 0 ? `There are: ${ids.join(", ")}.` : "There are none.");
	}

	private notOurs(id: string, { definition }: Entry): AutomationSnapshot {
		const none = { fired: 0, completed: 0, failed: 0, stopped: 0, dropped: 0, ignored: 0, missed: 0 };
		return Object.freeze({
			id,
			name: definition.name,
			agent: definition.agent,
			status: "stopped" as const,
			reason: this.elsewhere(),
			isPaused: false,
			active: [],
			queued: 0,
			restarts: 0,
			counts: none,
			triggers: definition.triggers.map(({ type }) => type),
		});
	}
}
