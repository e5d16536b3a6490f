import type { Usage } from "@mariozechner/pi-ai";
import { type Refused, refuse } from "../domain/refusal.ts";
import type { ProcessIdentity, StoredRun } from "../domain/stored-run.ts";
import type { SubagentRecord } from "../domain/subagent-record.ts";
import type { StoppedBy } from "../domain/subagent-state.ts";
import type { SubagentEvent, SubagentEvents } from "../events/subagent-events.ts";
import type { ChildSession } from "../host/child-session.ts";
import { type Conversation, writtenConversation } from "../host/conversation.ts";
import type { ChildSessionParts } from "../host/create-child-session.ts";
import type { RunPlan } from "../planning/run-plan.ts";
import { outsideChildren } from "../platform/child-scope.ts";
import { shorten } from "../platform/shorten.ts";
import type { WorkspaceProviderRegistry } from "../workspace/provider-registry.ts";
import { WorkspaceReturns } from "../workspace/workspace-scope.ts";
import type { ConcurrencyLimiter } from "./concurrency-limiter.ts";
import { type Attended, type ForegroundCaller, LiveRun } from "./live-run.ts";
import type { SteerOutcome } from "./message-queue.ts";
import type { Run } from "./run.ts";
import {
	type Clock,
	newSubagent,
	Subagent,
	type SubagentObserver,
	type SubagentParts,
	type UndeliveredRun,
} from "./subagent.ts";
import type { WatchSettings } from "./watchdog.ts";

export interface SupervisorParts {
	readonly factory: ChildSessionParts;
	readonly workspaces: WorkspaceProviderRegistry;
	readonly limiter: ConcurrencyLimiter;
	readonly events: SubagentEvents;
	readonly clock: Clock;
	readonly newId: () => string;
	/** Stores what outlives the process, before anybody is notified. Must not throw. */
	readonly store: (stored: StoredRun) => void;
	/** Puts into the costs of the parent's session what no tool result carries there. Must not throw. */
	readonly countUsage: (usage: Usage, record: SubagentRecord) => void;
	/** How a run that begins now is watched; absent: not at all. */
	readonly watch?: () => WatchSettings;
	/** This process. */
	readonly owner: ProcessIdentity;
}

/** What is asked of one parent's subagents again and again. */
export interface ChildrenOfParent {
	readonly parentId: string | undefined;
	/** Results that the parent is to be notified of now, oldest first. */
	readonly due: () => readonly UndeliveredRun[];
	/** Those the parent's model should know of: they live, or ended without the parent having their result. */
	readonly open: () => readonly SubagentRecord[];
	/** How many runs of this process wait or work. */
	readonly liveCount: () => number;
}

/** How many subagents a refusal names. */
const LISTED_IDS = 20;
const LONGEST_ASKED = 80;

/** Every subagent of one parent: registered here, admitted, found, steered, stopped. */
export class SubagentSupervisor {
	/** In the order in which they came. Those of earlier sessions that need nothing are made when somebody asks for them. */
	private readonly subagents = new Map<string, Subagent | (() => Subagent)>();
	private readonly live = new Map<string, LiveRun>();
	private readonly sessions = new Map<string, ChildSession>();
	private readonly returns = new WorkspaceReturns();
	private isShutDown = false;
	private readonly observer: SubagentObserver;

	constructor(private readonly parts: SupervisorParts) {
		this.observer = {
			onProgress: (subagent) => this.live.get(subagent.id)?.progressed(),
			onCompacted: (subagent, compaction) => {
				this.announce({ type: "compacted", record: subagent.record(), compaction });
			},
			onDurableChange: (subagent, run) => void this.store(subagent, run),
		};
	}

	/** Registers a subagent and starts it, or queues it where the plan says so. */
	spawn(plan: RunPlan): Subagent {
		const { newId, clock } = this.parts;
		const subagent = new Subagent(newSubagent(newId(), plan, clock()), clock, this.observer);
		this.subagents.set(subagent.id, subagent);
		this.launch(subagent, plan, "created");
		return subagent;
	}

	/** Takes over a subagent of an earlier process, and reports now what that process could not. */
	restore(parts: SubagentParts, stored: StoredRun): Subagent {
		const subagent = new Subagent(parts, this.parts.clock, this.observer);
		this.subagents.set(subagent.id, subagent);
		if (subagent.isElsewhere) return subagent;
		const record = subagent.record();
		if (record.status !== stored.record.status) this.announceStored(subagent, "settled");
		else if (record.delivery.state !== stored.record.delivery.state || subagent.condition.kind === "suspended")
			this.storeAndCount(subagent);
		return subagent;
	}

	/** The same for one that has settled and is delivered: there may be a thousand of them in an old session. */
	restoreLater(id: string, parts: () => SubagentParts): void {
		this.subagents.set(id, () => new Subagent(parts(), this.parts.clock, this.observer));
	}

	/** Runs a settled or suspended subagent again. The caller has made sure that it is one. */
	resume(subagent: Subagent, plan: RunPlan): Subagent {
		subagent.requeue(plan);
		this.launch(subagent, plan, "resumed");
		return subagent;
	}

	/**
	 * Stays with a run that was just launched until it settles or is detached; until then the caller's signal ends it. Never
	 * rejects.
	 */
	async attend(subagent: Subagent, caller: ForegroundCaller): Promise<Attended> {
		return this.live.get(subagent.id)?.attend(caller) ?? { kind: "settled", record: subagent.record() };
	}

	/** Lets a foreground run of the parent's model continue in the background. @returns whether there was one */
	detach(id: string): boolean {
		return this.live.get(id)?.detach() ?? false;
	}

	/** The same with all of them. @returns how many there were */
	detachAll(): number {
		return [...this.live.values()].filter((run) => run.detach()).length;
	}

	find(id: string): Subagent | undefined {
		const found = this.subagents.get(id);
		if (typeof found !== "function") return found;
		const made = found();
		this.subagents.set(id, made);
		return made;
	}

	/** @param id whole, or the beginning of exactly one. @returns a refusal that lists ids where that names none or several */
	lookUp(id: string): Subagent | Refused {
		const asked = id.trim();
		const whole = this.find(asked);
		if (whole) return whole;
		const begun = asked === "" ? [] : [...this.subagents.keys()].filter((known) => known.startsWith(asked));
		const [only] = begun;
		if (only !== undefined && begun.length === 1) return this.find(only) ?? this.unknownId(asked);
		return begun.length > 1 ? ambiguousId(asked, begun) : this.unknownId(asked);
	}

	/** Newest first. */
	list(): readonly Subagent[] {
		return [...this.subagents.keys()].reverse().flatMap((id) => this.find(id) ?? []);
	}

	/** All but those of earlier sessions that need nothing, oldest first. */
	all(): readonly Subagent[] {
		return [...this.subagents.values()].filter((subagent) => typeof subagent !== "function");
	}

	/**
	 * What one parent is notified of: the subagents that it started, and no others.
	 *
	 * @param parentId a subagent; undefined for the session itself
	 */
	childrenOf(parentId: string | undefined): ChildrenOfParent {
		const isChild = ({ identity }: Subagent) => identity.lineage.parentId === parentId;
		return {
			parentId,
			due: () =>
				this.all()
					.filter(isChild)
					.flatMap((subagent) => subagent.dueResults()),
			open: () =>
				this.all()
					.filter((subagent) => isChild(subagent) && subagent.isOpen)
					.map((subagent) => subagent.record()),
			liveCount: () => this.working().filter(isChild).length,
		};
	}

	/** Those that wait or work in this process, oldest first. */
	working(): readonly Subagent[] {
		return [...this.live.values()].map((run) => run.subagent);
	}

	/** 1 for the next in the queue; 0 for one that does not wait. */
	queuePosition(id: string): number {
		return this.live.get(id)?.queuePosition() ?? 0;
	}

	/** Resolves with the outcome of the subagent's present run; at once when it has none. */
	async whenSettled(subagent: Subagent): Promise<SubagentRecord> {
		return this.live.get(subagent.id)?.settled ?? subagent.record();
	}

	/** Resolves when no run lives any more, those that begin meanwhile included. */
	async whenAllSettled(): Promise<void> {
		while (this.live.size > 0) await Promise.all([...this.live.values()].map((run) => run.settled));
	}

	/** How many runs of this process wait or work; what an earlier one left behind does neither. */
	get liveCount(): number {
		return this.live.size;
	}

	/** What was said in a subagent: from its session as long as there is one, then from its file. */
	conversation({ id, identity, workedIn, hasReplied }: Subagent): Conversation {
		const file = identity.transcriptFile;
		const written = () => writtenConversation({ file, cwd: workedIn ?? "", hasReplied });
		return this.sessions.get(id)?.conversation() ?? written();
	}

	async steer(subagent: Subagent, message: string): Promise<SteerOutcome> {
		const outcome = await subagent.steer(message);
		if (outcome.kind !== "refused") this.announce({ type: "steered", record: subagent.record(), message });
		return outcome;
	}

	/** Asks a live run to end, in whatever phase it is, or drops a suspended one. @returns whether there was one */
	stop(id: string, by: StoppedBy): boolean {
		const run = this.live.get(id);
		run?.stop(by);
		return run !== undefined || this.dropSuspended(id, by);
	}

	/** @returns how many there were */
	stopAllBackground(by: StoppedBy): number {
		const runs = [...this.live.values()].filter(({ subagent }) => subagent.spec.isBackground);
		for (const run of runs) run.stop(by);
		return runs.length;
	}

	/**
	 * Stops all that lives and waits for sessions to be disposed and workspaces to be given back; each has its own limit.
	 * What is still asked for while the parent ends settles as stopped without having begun.
	 */
	async shutdown(): Promise<void> {
		this.isShutDown = true;
		this.returns.hurry();
		const runs = [...this.live.values()];
		for (const run of runs) run.stop("shutdown");
		await Promise.all(runs.map((run) => run.settled));
		await this.returns.whenNoneIsLeft();
	}

	private unknownId(id: string): Refused {
		const all = this.list();
		const asked = shorten(id, LONGEST_ASKED);
		if (all.length === 0)
			return refuse("not-found", `There is no subagent "${asked}": none was started in this session.`);
		const listed = all.slice(0, LISTED_IDS).map((subagent) => {
			return `${subagent.id} (${shorten(subagent.identity.type, LONGEST_ASKED)}, ${subagent.status})`;
		});
		const older = all.length > LISTED_IDS ? `${all.length - LISTED_IDS} older ones, ` : "";
		const known = `${older}${listed.reverse().join(", ")}`;
		return refuse("not-found", `There is no subagent "${asked}". There are, newest last: ${known}.`);
	}

	private launch(subagent: Subagent, plan: RunPlan, beginning: "created" | "resumed"): void {
		const { limiter, factory, workspaces } = this.parts;
		const shared = { factory, workspaces, returns: this.returns, sessions: this.sessions };
		const watch = this.parts.watch?.();
		const steer = (message: string) => void this.steer(subagent, message).catch(() => undefined); // it is ending
		const parts = { subagent, plan, shared, limiter, steer, ...(watch && { watch }) };
		const run = new LiveRun(parts, (type) => {
			if (type === "settled") this.live.delete(subagent.id);
			this.announceStored(subagent, type);
		});
		this.live.set(subagent.id, run); // before it is announced: a listener may wait for it or stop it
		this.announceStored(subagent, beginning);
		if (this.isShutDown) run.stop("shutdown");
		else run.enter();
	}

	private dropSuspended(id: string, by: StoppedBy): boolean {
		const subagent = this.find(id);
		if (subagent?.condition.kind !== "suspended") return false;
		subagent.settle({ status: "stopped", by, result: "" });
		this.announceStored(subagent, "settled");
		return true;
	}

	private announceStored(subagent: Subagent, type: "created" | "resumed" | "started" | "settled"): void {
		// The result of a tool brings the usage along with the result.
		const isCounted = type === "settled" && subagent.spec.report !== "return";
		const { record, used } = isCounted ? this.storeAndCount(subagent) : this.store(subagent);
		this.announce(type === "settled" ? { type, record, used } : { type, record });
	}

	/** Noted first: after a kill in between a little is missing in the costs, and nothing is in them twice. */
	private storeAndCount(subagent: Subagent): StoredRun {
		const usage = subagent.takeUncountedUsage();
		const stored = this.store(subagent);
		if (usage) outsideChildren(() => this.parts.countUsage(usage, stored.record));
		return stored;
	}

	/** @returns what was stored */
	private store(subagent: Subagent, run?: Run): StoredRun {
		const stored = subagent.stored(this.parts.owner, run);
		outsideChildren(() => this.parts.store(stored));
		return stored;
	}

	private announce(event: SubagentEvent): void {
		outsideChildren(() => this.parts.events.emit(event));
	}
}

function ambiguousId(asked: string, begun: readonly string[]): Refused {
	const newest = begun.slice(-LISTED_IDS).join(", ");
	return refuse(
		"not-found",
		`Several ids begin with "${shorten(asked, LONGEST_ASKED)}": ${newest}. Give more of the id.`,
	);
}
