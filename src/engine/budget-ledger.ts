import {
	hitOf,
	type LimitHit,
	type LimitKeeper,
	type LimitName,
	type LimitScope,
	type LimitValues,
	NOTHING_SPENT,
	type RunLimit,
	RunLimits,
	type RunUsage,
	ScopeLimit,
	type Spent,
	spentBy,
	spentOfText,
	TurnLimit,
} from "../domain/run-limits.ts";
import type { OnLimit } from "../domain/subagent-state.ts";

/** So many subagents a session may start where nobody says otherwise: no work needs them, but a chain that starts itself does. */
const DEFAULT_SPAWNS = 1000;

/** How often time is looked at, in milliseconds. */
const CLOCK_MS = 200;

/** What of a scope ends runs that count in it. Subagents that would be one too many are refused when they are asked for. */
const OF_RUN: readonly LimitName[] = ["usd", "tokens", "minutes", "tool_calls"];
const OF_TREE: readonly LimitName[] = [...OF_RUN, "turns"];
const NO_LIMITS = () => ({});

/** One that runs: its figures as they are at the moment. */
export interface RunningSubagent {
	readonly id: string;
	/** The subagent that started it; absent for the session's own. */
	readonly parentId?: string | undefined;
	/** Its own limits at the moment. */
	readonly limits: () => LimitValues;
	readonly graceTurns: number;
	readonly onLimit: OnLimit;
	/** Of this run alone: turns are limited for each run. */
	readonly runUsage: () => RunUsage;
	/** Of its whole life: a resume draws on what is left. */
	readonly lifeUsage: () => RunUsage;
}

/** The accounts of one subagent and all below it, or of the session. What is spent is added all the way to the root. */
class Account {
	spent: Spent = NOTHING_SPENT;
	readonly live = new Set<RunBudget>();
	/** The most that one model call cost. */
	private largestCall = { usd: 0, tokens: 0 };
	/** When a limit of money or tokens was reached: how many ran, and what was spent. */
	private reached: { readonly live: number; readonly spent: Spent } | undefined;

	constructor(
		readonly of: string,
		readonly parent: Account | undefined,
		public limits: () => LimitValues,
	) {}

	add(delta: Spent): void {
		this.spent = sum(this.spent, delta);
		this.parent?.add(delta);
	}

	called(usd: number, tokens: number): void {
		this.largestCall = { usd: Math.max(usd, this.largestCall.usd), tokens: Math.max(tokens, this.largestCall.tokens) };
		this.parent?.called(usd, tokens);
	}

	/** From the account itself to the root. */
	chain(): readonly Account[] {
		return [this, ...(this.parent?.chain() ?? [])];
	}

	/** @param of `run` for the subagent whose account it is */
	scope(of = this.of): LimitScope {
		const values = this.limits();
		// What a subagent spends is its own; where several share a limit, a last answer of each has to fit in.
		const reserved = of === "run" || !hasAmounts(values) ? NOTHING_RESERVED : this.lastAnswers();
		return { of, values, spent: this.spent, reserved };
	}

	/** All together never spend more than the limit and the calls that were in flight when it was reached. */
	mayHandBack(limit: LimitName): boolean {
		if (limit !== "usd" && limit !== "tokens") return true;
		const value = this.limits()[limit];
		if (value === undefined) return true;
		this.reached ??= { live: this.live.size, spent: this.spent };
		const next = this.largestCall[limit];
		const inFlight = this.reached.live * next;
		// A limit that was lowered while they ran is overrun by more than calls in flight, and by nobody's fault.
		const base = this.reached.spent[limit] > value + inFlight ? this.reached.spent[limit] : value;
		const open = [...this.live].reduce(
			(total, run) => total + (run.isHandingBack ? run.lastAnswer(this)[limit] : 0),
			0,
		);
		return this.spent[limit] + open + next <= base + inFlight;
	}

	get largest(): Pick<Spent, "usd" | "tokens"> {
		return this.largestCall;
	}

	ended(run: RunBudget): void {
		this.live.delete(run);
		if (this.live.size === 0) this.reached = undefined;
	}

	private lastAnswers(): Pick<Spent, "usd" | "tokens"> {
		const total = { usd: 0, tokens: 0 };
		for (const run of this.live) {
			const { usd, tokens } = run.lastAnswer(this);
			total.usd += usd;
			total.tokens += tokens;
		}
		return total;
	}
}

const NOTHING_RESERVED = Object.freeze({ usd: 0, tokens: 0 });

function hasAmounts({ usd, tokens }: LimitValues): boolean {
	return usd !== undefined || tokens !== undefined;
}

function sum(one: Spent, other: Spent): Spent {
	return {
		usd: one.usd + other.usd,
		tokens: one.tokens + other.tokens,
		minutes: one.minutes + other.minutes,
		turns: one.turns + other.turns,
		tool_calls: one.tool_calls + other.tool_calls,
		spawns: one.spawns + other.spawns,
	};
}

const ONE_SPAWN: Spent = { ...NOTHING_SPENT, spawns: 1 };

/**
 * What the subagents of one session have spent, and what they may. Each has an account below that of the subagent that started
 * it, the session's is the root, and whoever asks whether there is something left asks all of them up to the root.
 */
export class BudgetLedger {
	private readonly root: Account;
	private readonly accounts = new Map<string, Account>();
	private readonly running = new Set<RunBudget>();
	private clock: NodeJS.Timeout | undefined;
	/** Granted by an extension; for this session and process. */
	private granted: LimitValues = {};

	/** @param sessionLimits as they are at the moment */
	constructor(sessionLimits: () => LimitValues = NO_LIMITS) {
		this.root = new Account("session", undefined, () => ({
			...{ spawns: DEFAULT_SPAWNS },
			...sessionLimits(),
			...this.granted,
		}));
	}

	/** Other limits of the session in the place of the settings', until the process ends. */
	grantSession(limits: LimitValues): void {
		this.granted = { ...this.granted, ...limits };
	}

	/** All subagents of the session together. */
	get session(): LimitScope {
		this.refresh();
		return this.root.scope();
	}

	/** One of an earlier process. Those that started others come first. */
	remember(id: string, parentId: string | undefined, life: RunUsage): void {
		this.spawned(id, parentId);
		this.account(id, parentId).add(spentBy(life));
	}

	/** There is one subagent more. */
	spawned(id: string, parentId: string | undefined): void {
		this.account(id, parentId).parent?.add(ONE_SPAWN);
	}

	/** @returns the limit because of which no run may begin below that parent; nothing where one may */
	hitBefore(parentId: string | undefined, beginning: "spawn" | "resume"): LimitHit | undefined {
		this.refresh();
		const names: readonly LimitName[] = beginning === "spawn" ? [...OF_TREE, "spawns"] : OF_TREE;
		const parent = parentId === undefined ? this.root : this.account(parentId, undefined);
		for (const account of parent.chain()) {
			const hit = hitOf(account.scope(), names);
			if (hit) return hit;
		}
		return undefined;
	}

	/** A run begins: from now on until its end it counts. */
	begin(subagent: RunningSubagent): RunBudget {
		const account = this.account(subagent.id, subagent.parentId);
		account.limits = subagent.limits;
		const budget = new RunBudget(subagent, account, (ended) => {
			this.running.delete(ended);
			if (this.running.size > 0) return;
			clearInterval(this.clock);
			this.clock = undefined;
		});
		this.running.add(budget);
		this.clock ??= setInterval(() => this.tick(), CLOCK_MS);
		return budget;
	}

	private tick(): void {
		this.refresh();
		for (const run of this.running) run.tick();
	}

	private refresh(): void {
		for (const run of this.running) run.refresh();
	}

	private account(id: string, parentId: string | undefined): Account {
		const known = this.accounts.get(id);
		if (known) return known;
		const parent = parentId === undefined ? this.root : this.account(parentId, undefined);
		const account = new Account(id, parent, NO_LIMITS);
		this.accounts.set(id, account);
		return account;
	}
}

/** The accounts of one run while it lasts. */
export class RunBudget implements LimitKeeper {
	/** It was asked for its last answer. */
	isHandingBack = false;
	private counted: Spent;
	private largestCall: { usd: number; tokens: number } | undefined;
	private readonly listeners = new Set<() => void>();

	constructor(
		private readonly subagent: RunningSubagent,
		private readonly account: Account,
		private readonly onEnd: (run: RunBudget) => void,
	) {
		this.counted = spentBy(subagent.lifeUsage());
		for (const one of account.chain()) one.live.add(this);
	}

	/** All limits that hold for it, the tightest of which counts. */
	limits(): RunLimits {
		const { subagent, account } = this;
		const turns: RunLimit = new TurnLimit({
			get turns() {
				return subagent.limits().turns;
			},
			graceTurns: subagent.graceTurns,
		});
		const own = new ScopeLimit(() => this.fresh(account, "run"), OF_RUN);
		const above = account.chain().slice(1);
		const shared = above.map((one) => new ScopeLimit(() => this.fresh(one), OF_TREE));
		return new RunLimits([turns, own, ...shared], subagent.runUsage, this);
	}

	/** The limit because of which it may not even begin. */
	hit(): LimitHit | undefined {
		const [, ...above] = this.account.chain();
		const own = hitOf(this.fresh(this.account, "run"), OF_RUN);
		return own ?? above.map((one) => hitOf(one.scope(), OF_TREE)).find((hit) => hit !== undefined);
	}

	/** The hit with what was spent by now. */
	latest(hit: LimitHit): LimitHit {
		this.refresh();
		const account = hit.of === "run" ? this.account : this.account.chain().find(({ of }) => of === hit.of);
		const spent = hit.of === "run" && hit.limit === "turns" ? hit.spent : account?.spent[hit.limit];
		return { ...hit, spent: Number(Math.max(hit.spent, spent ?? 0).toFixed(6)) };
	}

	/** One that is paused is not asked for an answer: it is to continue where it is. */
	mayHandBack({ limit, of }: LimitHit): boolean {
		if (this.subagent.onLimit === "pause" || (of === "run" && limit === "turns")) return false;
		const shared = this.account.chain().slice(1);
		if (!shared.every((one) => one.mayHandBack("usd") && one.mayHandBack("tokens"))) return false;
		this.isHandingBack = true;
		return true;
	}

	/** There is a limit that may become known to be reached between the steps of a run. */
	get isLimited(): boolean {
		return this.account.chain().some((one) => OF_TREE.some((name) => one.limits()[name] !== undefined));
	}

	onClock(listener: () => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	tick(): void {
		for (const listener of this.listeners) listener();
	}

	/** What a last answer of it will probably cost: as much as its dearest call so far, or that of others. */
	lastAnswer(account: Account): Pick<Spent, "usd" | "tokens"> {
		return this.largestCall ?? account.largest;
	}

	/** Takes over what it has used since it was last looked at. */
	refresh(): void {
		const now = spentBy(this.subagent.lifeUsage());
		const { counted } = this;
		this.counted = now;
		const delta: Spent = {
			usd: now.usd - counted.usd,
			tokens: now.tokens - counted.tokens,
			minutes: now.minutes - counted.minutes,
			turns: now.turns - counted.turns,
			tool_calls: now.tool_calls - counted.tool_calls,
			spawns: 0,
		};
		this.account.add(delta);
		if (delta.usd <= 0 && delta.tokens <= 0) return;
		const { usd = 0, tokens = 0 } = this.largestCall ?? {};
		this.largestCall = { usd: Math.max(usd, delta.usd), tokens: Math.max(tokens, delta.tokens) };
		this.account.called(delta.usd, delta.tokens);
	}

	end(): void {
		this.refresh();
		for (const one of this.account.chain()) one.ended(this);
		this.listeners.clear();
		this.onEnd(this);
	}

	private fresh(account: Account, of?: string): LimitScope {
		this.refresh();
		return account.scope(of);
	}
}

/** Why nothing may begin, and what can be done about it. */
export function refusalText({ limit, of, spent, value }: LimitHit): string {
	const used = spentOfText(limit, spent, value);
	if (of === "session")
		return `The subagents of this session have used ${used}, the limit \`${limit}\` in \`sessionLimits\`. A person can raise it: /agents limits ${limit} <value>.`;
	if (of === "run") return `It has used ${used}, its limit \`${limit}\`.`;
	return `Subagent ${of} and those below it have used ${used}, its limit \`${limit}\`.`;
}
