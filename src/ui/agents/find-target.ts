import { shownValue } from "../../config/shown-value.ts";
import { subagentName } from "../subagent-text.ts";
import type { SubagentSnapshot, SubagentsDesk } from "../subagents-desk.ts";
import { type OneWord, SHAPES } from "./command-words.ts";
import { isFit } from "./subagent-actions.ts";

/** `unclear`: the message says what was wrong with the id, and which would have done. */
export type Target =
	| { readonly kind: "found"; readonly snapshot: SubagentSnapshot }
	| { readonly kind: "unclear"; readonly message: string };

/** Stands for the newest subagent where an id is asked for. */
const LATEST = "latest";

const SHOWN = 8;
const NONE = "There is no subagent in this session.";

/** @param typed a whole id, the beginning of exactly one, or `latest` */
export function findTarget(desk: Pick<SubagentsDesk, "list" | "find">, word: OneWord, typed: string): Target {
	const all = desk.list();
	const isLatest = typed.toLowerCase() === LATEST;
	if (all.length === 0 && (typed === "" || isLatest)) return { kind: "unclear", message: NONE };
	if (typed === "") return unclear(`It is /agents ${SHAPES[word]}`, fitFor(word, all));
	const whole = isLatest ? all[0] : desk.find(typed);
	if (whole) return { kind: "found", snapshot: whole };
	const begun = all.filter(({ record }) => record.id.startsWith(typed));
	const [only] = begun;
	if (only && begun.length === 1) return { kind: "found", snapshot: only };
	if (only) return unclear(`${shownValue(typed)} is the beginning of several ids`, begun);
	return unclear(`No subagent's id is ${shownValue(typed)} or begins with it`, fitFor(word, all));
}

/** Those the word makes sense for; all of them when it makes sense for none. */
function fitFor(word: OneWord, all: readonly SubagentSnapshot[]): readonly SubagentSnapshot[] {
	const fit = all.filter((snapshot) => isFit(word, snapshot));
	return fit.length > 0 ? fit : all;
}

function unclear(reason: string, known: readonly SubagentSnapshot[]): Target {
	if (known.length === 0) return { kind: "unclear", message: `${reason}. ${NONE}` };
	const lines = known.slice(0, SHOWN).map((snapshot) => {
		return `${snapshot.record.id} ${subagentName(snapshot)} ${snapshot.record.status}`;
	});
	const more = known.length > SHOWN ? [`and ${known.length - SHOWN} more`] : [];
	const message = [`${reason}; there are, newest first:`, ...lines, ...more].join("\n");
	return { kind: "unclear", message };
}
