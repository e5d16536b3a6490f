import type { Api, Model } from "@mariozechner/pi-ai";
import { readTrouble } from "../domain/provider-trouble.ts";
import { clockTime, type Waiting } from "../domain/waiting.ts";
import { modelKey } from "../planning/model-match.ts";
import type { StaggeredCall } from "./prefix-stagger.ts";
import type { Permit } from "./provider-gate.ts";
import { type ProviderAccount, type ProviderGates, QUOTA_CHECK_MS } from "./provider-gates.ts";
import type { AfterError, CallBegin, CallInterceptor, ModelCall, RequestEnd } from "./stream-wrapper.ts";

/** The child whose calls are admitted. */
export interface AdmittedChild {
	/** The model of its plan, and those its agent file names after that one, in order. */
	readonly models: readonly [Model<Api>, ...Model<Api>[]];
	readonly isForeground: boolean;
	/** The person's settings for retries in pi. */
	readonly retry: RetrySettings;
	/** What tells accounts of a provider apart. */
	readonly credentialOf: (provider: string) => unknown;
	/** Told when it begins to wait, when the wait changes, and with nothing when it is over. */
	readonly onWaiting: (waiting: Waiting | undefined) => void;
	readonly onSwitched: (change: ModelSwitch) => void;
}

export interface RetrySettings {
	readonly enabled: boolean;
	readonly maxRetries: number;
	readonly baseDelayMs: number;
}

/** Another model of the agent file's list took over. */
export interface ModelSwitch {
	/** `provider/id`. */
	readonly from: string;
	readonly to: string;
	/** The provider's words. */
	readonly reason: string;
}

/** How often one call may be refused with a time to wait; those without one count against the person's `maxRetries`. */
const MOST_NAMED_WAITS = 20;
/** How long one call may take until it is made at last. */
const MOST_WAITING_MS = 15 * 60_000;

interface Tries {
	named: number;
	blind: number;
}

/**
 * Lets a child's requests to its provider wait for their turn, and again after the provider refused one for its load, within
 * bounds. Then, or at once where a quota is used up, the next model of the agent file's list takes over for the rest of the run;
 * where there is none the provider's error ends the turn.
 */
export class Admission implements CallInterceptor {
	private current = 0;
	/** Answers in a row that the provider broke off for its load. */
	private brokenOff = 0;
	private readonly tries = new WeakMap<ModelCall, Tries>();

	constructor(
		private readonly gates: ProviderGates,
		private readonly child: AdmittedChild,
		private readonly clock: () => number,
	) {}

	begin(call: ModelCall): CallBegin | Promise<CallBegin> {
		const model = this.modelFor(call);
		const account = this.gates.of(model, this.child.credentialOf(model.provider));
		const quota = this.quotaOf(account);
		if (quota) {
			if (this.switchModel(model, quota.text)) return this.begin(call);
			return { kind: "refused", message: quotaText(account.provider, quota.until, quota.text, this.clock()) };
		}
		const staggered = this.gates.stagger.enter(model, call.context, call.signal);
		if (staggered?.wait) return staggered.wait.then(() => this.admit(call, model, account, staggered));
		return this.admit(call, model, account, staggered);
	}

	private admit(
		call: ModelCall,
		model: Model<Api>,
		account: ProviderAccount,
		staggered: StaggeredCall | undefined,
	): CallBegin | Promise<CallBegin> {
		const { isForeground, onWaiting } = this.child;
		const asked = account.gate.request({
			isForeground,
			signal: call.signal,
			onWaiting: (until) => onWaiting({ for: "rate-limit", ...(until !== undefined && { until }) }),
		});
		const proceed = (permit: Permit) => this.proceed({ call, model, account, permit, staggered });
		if (!(asked instanceof Promise)) return proceed(asked);
		return asked.then((permit) => {
			onWaiting(undefined);
			if (permit !== "aborted" && !this.quotaOf(account)) return proceed(permit);
			staggered?.begun();
			if (permit === "aborted") return { kind: "refused", message: "Request was aborted" };
			permit.ended("neutral");
			return this.begin(call); // the quota was used up while it waited
		});
	}

	private proceed(request: MadeRequest): CallBegin {
		const { call, model, account, permit, staggered } = request;
		const endWatch = account.watch();
		return {
			kind: "proceed",
			options: { maxRetries: 0 }, // the SDKs would ask again by themselves, past everybody who waits
			...(model !== call.model && { model }),
			watch: {
				accepted: () => {
					permit.accepted();
					staggered?.begun();
				},
				ended: (end) => {
					const headerMs = endWatch();
					staggered?.begun();
					if (end.kind === "answered") staggered?.answered(end.message);
					return this.ended(request, end, headerMs);
				},
			},
		};
	}

	private ended(request: MadeRequest, end: RequestEnd, headerMs: number | undefined): AfterError | undefined {
		const { account, permit } = request;
		if (end.kind === "error") return this.failed(request, end, headerMs);
		permit.ended(end.kind === "answered" ? "good" : "neutral");
		if (end.kind === "answered") {
			account.quota = undefined;
			this.brokenOff = 0;
		}
		return undefined;
	}

	private failed(request: MadeRequest, end: FailedRequest, headerMs: number | undefined): AfterError | undefined {
		const text = end.message.errorMessage ?? "";
		const trouble = readTrouble(text, this.clock(), headerMs);
		if (trouble?.kind === "busy") return this.busy(request, end, trouble.waitMs);
		request.permit.ended("neutral");
		return trouble && this.exhausted(request, end, trouble.waitMs);
	}

	private busy(
		{ call, model, permit }: MadeRequest,
		{ message, wasDelivered }: FailedRequest,
		waitMs: number | undefined,
	): AfterError | undefined {
		const text = message.errorMessage ?? "";
		const next = permit.refused({ waitMs, backoffMs: this.child.retry.baseDelayMs });
		if (wasDelivered) return this.leaveToHost(model, text);
		if (this.mayRetry(call, waitMs, next)) return { kind: "retry" };
		return this.switchModel(model, text) ? { kind: "retry" } : { kind: "final" };
	}

	private exhausted(
		{ model, account }: MadeRequest,
		{ message, wasDelivered }: FailedRequest,
		waitMs: number | undefined,
	): AfterError | undefined {
		const now = this.clock();
		const text = message.errorMessage ?? "";
		if (waitMs !== undefined) account.quota = { until: now + waitMs, text, checkedAt: now };
		if (this.switchModel(model, text)) return wasDelivered ? undefined : { kind: "retry" };
		if (waitMs === undefined) return { kind: "final" };
		return { kind: "final", message: quotaText(account.provider, now + waitMs, text, now) };
	}

	/** Where the answer broke off: the host asks again, and waits here like everybody. Its last try goes to the next model. */
	private leaveToHost(model: Model<Api>, text: string): undefined {
		this.brokenOff++;
		if (this.brokenOff >= this.child.retry.maxRetries) this.switchModel(model, text);
	}

	private mayRetry(call: ModelCall, waitMs: number | undefined, next: number): boolean {
		const { enabled, maxRetries } = this.child.retry;
		const tries = this.tries.get(call) ?? { named: 0, blind: 0 };
		this.tries.set(call, tries);
		if (waitMs === undefined) tries.blind++;
		else tries.named++;
		const inBounds = tries.blind <= maxRetries && tries.named <= MOST_NAMED_WAITS;
		return enabled && inBounds && next - call.startedAt <= MOST_WAITING_MS;
	}

	/** The session knows of its first model only; a call for any other one is somebody else's choice. */
	private modelFor({ model }: ModelCall): Model<Api> {
		const isOwn = modelKey(model) === modelKey(this.child.models[0]);
		return isOwn && this.current > 0 ? (this.child.models[this.current] ?? model) : model;
	}

	private switchModel(from: Model<Api>, reason: string): boolean {
		const next = this.child.models[this.current + 1];
		const isCurrent = modelKey(from) === modelKey(this.child.models[this.current] ?? from);
		if (!next || !isCurrent) return false;
		this.current++;
		this.child.onSwitched({ from: modelKey(from), to: modelKey(next), reason });
		return true;
	}

	private quotaOf(account: ProviderAccount): ProviderAccount["quota"] {
		const { quota } = account;
		const now = this.clock();
		if (!quota || quota.until <= now) {
			account.quota = undefined;
			return undefined;
		}
		if (now < quota.checkedAt + QUOTA_CHECK_MS) return quota;
		account.quota = { ...quota, checkedAt: now }; // this call finds out, the others do not ask
		return undefined;
	}
}

type FailedRequest = Extract<RequestEnd, { kind: "answered" | "error" }>;

interface MadeRequest {
	readonly call: ModelCall;
	readonly model: Model<Api>;
	readonly account: ProviderAccount;
	readonly permit: Permit;
	readonly staggered: StaggeredCall | undefined;
}

function quotaText(provider: string, until: number, text: string, now: number): string {
	const minutes = Math.ceil((until - now) / 60_000);
	const hours = Math.floor(minutes / 60);
	const span = hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
	const day = new Date(until).toDateString() === new Date(now).toDateString() ? "" : `${dayOf(until)} `;
	return `The usage limit of ${provider} resets at ${day}${clockTime(until)} (in ${span}). It was not waited for. The provider said: ${text}`;
}

function dayOf(time: number): string {
	const date = new Date(time);
	return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => `${part}`.padStart(2, "0")).join("-");
}
