import type { Random } from "./random.ts";

/** What pi writes and may be killed at: see `saboteur.ts`, which looks for these in the process itself. */
export const WRITES = ["record", "settled", "notification", "tool-result", "transcript", "lease"] as const;

/** When a life of pi ends. */
export type Moment =
	| { readonly kind: "time"; readonly ms: number }
	/** So long after the session's file grew for the nth time, or after it first holds this text; seen from outside. */
	| { readonly kind: "growth"; readonly nth: number; readonly ms: number }
	| { readonly kind: "text"; readonly text: string; readonly ms: number }
	/** At the nth write of a kind, when this share of it is on the disk; 0 is before it, 1 right after it. */
	| { readonly kind: "write"; readonly what: (typeof WRITES)[number]; readonly nth: number; readonly share: number }
	/** So long after the nth workspace began to be given back. */
	| { readonly kind: "disposal"; readonly nth: number; readonly ms: number };

/** A life that never reaches its moment ends after this long. */
export const LONGEST_LIFE_MS = 2500;

export function drawMoment(random: Random, hasWorkspaces: boolean): Moment {
	const kinds = ["time", "growth", "text", "write", "write", "write"] as const;
	const kind = hasWorkspaces && random.chance(0.2) ? "disposal" : random.pick(kinds);
	switch (kind) {
		case "time":
			return { kind, ms: random.integer(0, LONGEST_LIFE_MS) };
		case "growth":
			return { kind, nth: random.integer(1, 25), ms: random.integer(0, 3) };
		case "text":
			return { kind, text: random.pick(TEXTS), ms: random.integer(0, 20) };
		case "write": {
			const what = random.pick(WRITES);
			return {
				kind,
				what,
				nth: random.integer(1, what === "lease" ? 2 : 5),
				share: random.pick([0, 0.01, 0.5, 0.999, 1]),
			};
		}
		case "disposal":
			return { kind, nth: random.integer(1, 3), ms: random.integer(0, 90) };
		default:
			return kind satisfies never;
	}
}

const TEXTS = [
	'"customType":"subagents:record"',
	'"status":"running"',
	'"status":"completed"',
	'"status":"interrupted"',
	'"via":"notification"',
	'"via":"tool"',
	'"via":"foreground"',
	'"customType":"subagent-notification"',
];
