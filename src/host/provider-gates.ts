import { createHash } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { Api, Model } from "@mariozechner/pi-ai";
import { LONGEST_WAIT_MS, retryAfterMilliseconds, retryAfterMs, TROUBLE_STATUSES } from "../domain/provider-trouble.ts";
import { PrefixStagger } from "./prefix-stagger.ts";
import { type GateClock, ProviderGate } from "./provider-gate.ts";

/** A quota that is used up. Times are epoch milliseconds. */
export interface Quota {
	/** When it resets. */
	readonly until: number;
	/** When the provider was asked last. */
	readonly checkedAt: number;
	/** The provider's own words. */
	readonly text: string;
}

/** What is known of one provider and account, shared by all runs of the process. */
export interface ProviderAccount {
	/** The provider's name, for people. */
	readonly provider: string;
	readonly gate: ProviderGate;
	/** Set while a quota is used up. */
	quota: Quota | undefined;
	/**
	 * Listens to what the provider's responses say while a request is under way: the hosts do not pass on the headers of a refusal.
	 *
	 * @returns how long a response in that time said to wait from now on; and ends the listening
	 */
	watch(): () => number | undefined;
}

/** How often a provider whose quota is used up is asked all the same: somebody may have bought more. */
export const QUOTA_CHECK_MS = LONGEST_WAIT_MS;

interface Sighting {
	/** When the wait is over, epoch milliseconds; 0 where no response named one. */
	waitUntil: number;
	readonly path: string;
	readonly gate: ProviderGate;
}

/** The gates of all providers, and what siblings know of each other's prompts. One per process. */
export class ProviderGates {
	readonly stagger: PrefixStagger;
	private readonly accounts = new Map<string, ProviderAccount>();
	/** Requests under way, by the origin they go to. */
	private readonly underWay = new Map<string, Set<Sighting>>();
	private isListening = false;

	constructor(private readonly clock: GateClock) {
		this.stagger = new PrefixStagger(clock);
	}

	/** @param credential whatever tells accounts of one provider apart; only a digest of it is kept */
	of({ provider, baseUrl }: Pick<Model<Api>, "provider" | "baseUrl">, credential: unknown): ProviderAccount {
		const account = createHash("sha256")
			.update(JSON.stringify(credential ?? ""))
			.digest("base64url")
			.slice(0, 12);
		const key = `${provider} ${baseUrl} ${account}`;
		const known = this.accounts.get(key);
		if (known) return known;
		const gate = new ProviderGate(this.clock);
		const made: ProviderAccount = { provider, gate, quota: undefined, watch: () => this.watch(baseUrl, gate) };
		this.accounts.set(key, made);
		return made;
	}

	private watch(baseUrl: string, gate: ProviderGate): () => number | undefined {
		if (!URL.canParse(baseUrl)) return () => undefined;
		this.listen();
		const { origin, pathname } = new URL(baseUrl);
		const sighting: Sighting = { waitUntil: 0, path: pathname.replace(/\/$/, ""), gate };
		const there = this.underWay.get(origin) ?? new Set();
		this.underWay.set(origin, there.add(sighting));
		return () => {
			there.delete(sighting);
			const left = sighting.waitUntil - this.clock.now();
			return left > 0 ? left : undefined;
		};
	}

	/** Node's own fetch, which the providers' SDKs use, tells of each response here. */
	private listen(): void {
		if (this.isListening) return;
		this.isListening = true;
		subscribe("undici:request:headers", (message) => this.responded(message as Responded));
	}

	private responded({ request, response }: Responded): void {
		if (!TROUBLE_STATUSES.includes(response?.statusCode)) return;
		const there = this.underWay.get(`${request?.origin}`);
		if (!there) return;
		const now = this.clock.now();
		const waitMs = statedWait(response.headers, now);
		if (waitMs === undefined) return;
		for (const sighting of there) {
			if (!`${request.path}`.startsWith(sighting.path)) continue;
			sighting.waitUntil = Math.max(sighting.waitUntil, now + waitMs);
			// At once: until the error has made its way through SDK and host, others would still ask.
			if (waitMs <= LONGEST_WAIT_MS) sighting.gate.hold(waitMs);
		}
	}
}

interface Responded {
	readonly request: { readonly origin: unknown; readonly path: unknown };
	/** Names and values in turn. */
	readonly response: { readonly statusCode: number; readonly headers: readonly (Buffer | string)[] };
}

function statedWait(headers: readonly (Buffer | string)[], now: number): number | undefined {
	const values = new Map<string, string>();
	for (let index = 0; index + 1 < headers.length; index += 2)
		values.set(`${headers[index]}`.toLowerCase(), `${headers[index + 1]}`);
	const precise = values.get("retry-after-ms");
	const coarse = values.get("retry-after");
	return (
		(precise === undefined ? undefined : retryAfterMilliseconds(precise)) ??
		(coarse === undefined ? undefined : retryAfterMs(coarse, now))
	);
}

const PLACE = Symbol.for("pi-crew:provider-gates/v1");

/** The ones of this process, whichever copy of this module made them: reloads and sessions share what was learned. */
export function sharedGates(): ProviderGates {
	const place = globalThis as { [PLACE]?: ProviderGates };
	place[PLACE] ??= new ProviderGates({ now: Date.now, random: Math.random });
	return place[PLACE];
}
