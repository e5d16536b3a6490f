import { createHash } from "node:crypto";
import type { Api, AssistantMessage, Context, Model } from "@mariozechner/pi-ai";

/** The longest that a sibling waits for the first one's answer to begin. */
const MOST_STAGGER_MS = 2000;
/** Providers keep a prefix for five minutes or more. */
const WARM_MS = 4.5 * 60_000;
/** Shorter prefixes are not cached: 1,024 tokens is the least of the large providers. */
const LEAST_CHARACTERS = 4000;
/** So many siblings in a row that read nothing from a cache: this model has none. */
const MISSES = 2;

/** The part that a call has in the start of its siblings. */
export interface StaggeredCall {
	/** Absent for one that need not wait; resolves when the first one's answer has begun, or after two seconds at the latest. */
	readonly wait: Promise<void> | undefined;
	/** Its answer has begun, or will not: who waits for it may ask. */
	begun(): void;
	answered(message: AssistantMessage): void;
}

interface Prefix {
	readonly begun: Promise<void>;
	warmUntil: number;
}

/**
 * Siblings whose prompts begin alike start one after the other: the first one's request writes the provider's cache, which can be
 * read once its answer begins, and the others read it for a tenth of the price. Only where the provider is known to cache: its
 * price list has a lower price for cached tokens, or an answer has reported some. Two siblings in a row that read nothing though
 * they waited end it for that model.
 */
export class PrefixStagger {
	private readonly prefixes = new Map<string, Prefix>();
	/** By model: how many siblings in a row read nothing from the cache; 0 after one that did. */
	private readonly misses = new Map<string, number>();

	constructor(private readonly clock: { now(): number }) {}

	/** @returns nothing for a call that has no part in this: a later turn, a short prompt, a model without cache */
	enter(model: Model<Api>, context: Context, signal: AbortSignal | undefined): StaggeredCall | undefined {
		const name = `${model.provider}/${model.id}`;
		if (!this.caches(name, model) || !isFirstTurn(context)) return undefined;
		const text = prefixText(context);
		if (text.length < LEAST_CHARACTERS) return undefined;
		const key = createHash("sha1").update(name).update(text).digest("base64");
		const now = this.clock.now();
		const known = this.prefixes.get(key);
		if (known && known.warmUntil > now) return this.follow(name, known, signal);
		return this.lead(name, key, now);
	}

	private caches(name: string, { cost }: Model<Api>): boolean {
		const misses = this.misses.get(name);
		if (misses !== undefined) return misses < MISSES;
		return cost.cacheRead > 0 && cost.cacheRead < cost.input;
	}

	private lead(name: string, key: string, now: number): StaggeredCall {
		for (const [other, { warmUntil }] of this.prefixes) if (warmUntil <= now) this.prefixes.delete(other);
		let begun = () => {};
		const prefix: Prefix = {
			begun: new Promise((resolve) => {
				begun = resolve;
			}),
			warmUntil: now + WARM_MS,
		};
		this.prefixes.set(key, prefix);
		return { wait: undefined, begun, answered: (message) => this.learn(name, message, "first") };
	}

	private follow(name: string, prefix: Prefix, signal: AbortSignal | undefined): StaggeredCall {
		return {
			wait: sooner(prefix.begun, signal),
			begun: () => undefined,
			answered: (message) => this.learn(name, message, "sibling"),
		};
	}

	private learn(name: string, { usage }: AssistantMessage, which: "first" | "sibling"): void {
		if (usage.cacheRead > 0) this.misses.set(name, 0);
		else if (which === "sibling") this.misses.set(name, (this.misses.get(name) ?? 0) + 1);
	}
}

function isFirstTurn({ messages }: Context): boolean {
	return messages.every(({ role }) => role !== "assistant");
}

/** What siblings have in common: the newer host keeps the system prompt and the tools among the messages. */
function prefixText({ systemPrompt, messages, tools }: Context): string {
	const system = messages.filter(({ role }) => (role as string) === "system");
	return JSON.stringify([systemPrompt, tools?.map(({ name }) => name), system]);
}

function sooner(begun: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", done);
			resolve();
		};
		const timer = setTimeout(done, MOST_STAGGER_MS);
		signal?.addEventListener("abort", done, { once: true });
		void begun.then(done);
	});
}
