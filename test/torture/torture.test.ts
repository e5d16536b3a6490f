import { expect, it } from "vitest";
import { liveThrough, type Story } from "./lives.ts";
import { Random } from "./random.ts";
import { FIGURES, judge, type Verdict, VIOLATIONS } from "./verdict.ts";

const rounds = Number(process.env.TORTURE_ROUNDS ?? 5);
const seed = Number(process.env.TORTURE_SEED ?? 7);
/** Sessions at the same time: two processors are little. */
const PARALLEL = 2;
const MOST_KILLS = 6;
/** A life starts pi, works, and is killed; a session's last life works until it rests. */
const ROUND_MS = 40_000;

interface Told {
	readonly session: number;
	readonly story: Story;
	readonly verdict: Verdict;
}

function sessionsFor(kills: number): { session: number; kills: number }[] {
	const random = new Random(seed);
	const sessions: { session: number; kills: number }[] = [];
	for (let left = kills; left > 0; ) {
		const next = Math.min(left, random.integer(2, MOST_KILLS));
		sessions.push({ session: sessions.length, kills: next });
		left -= next;
	}
	return sessions;
}

async function torture(): Promise<Told[]> {
	const only = process.env.TORTURE_SESSION;
	const waiting = sessionsFor(rounds).filter(({ session }) => only === undefined || session === Number(only));
	const told: Told[] = [];
	const work = async () => {
		for (let next = waiting.shift(); next; next = waiting.shift()) {
			const story = await liveThrough(new Random(seed * 1000 + next.session), next.kills);
			const verdict = judge(story);
			told.push({ session: next.session, story, verdict });
			if (isClean(verdict)) story.workspace.remove();
			if (process.env.TORTURE_ROUNDS) console.log(progress(told));
		}
	};
	await Promise.all(Array.from({ length: PARALLEL }, work));
	return told;
}

function isClean({ violations }: Verdict): boolean {
	return Object.values(violations).every((found) => found.length === 0);
}

function progress(told: readonly Told[]): string {
	const latest = told.at(-1)!;
	const kills = told.reduce((sum, { story }) => sum + story.moments.length, 0);
	const found = Object.entries(latest.verdict.violations).filter(([, list]) => list.length > 0);
	const head = `${kills}/${rounds} session ${latest.session}: ${latest.story.moments.map((moment) => moment.kind).join(" ")}`;
	if (found.length === 0) return head;
	const moments = latest.story.moments.map((moment) => JSON.stringify(moment)).join("\n  ");
	const lines = found.map(([name, list]) => `  ${name}: ${list.join("\n    ")}`);
	return [head, `  left in ${latest.story.workspace.sessionDir}`, `  ${moments}`, ...lines].join("\n");
}

function summary(told: readonly Told[]): Record<string, number> {
	const sum = (count: (one: Told) => number) => told.reduce((total, one) => total + count(one), 0);
	return {
		sessions: told.length,
		kills: sum(({ story }) => story.moments.length),
		...Object.fromEntries(FIGURES.map((name) => [name, sum(({ verdict }) => verdict.figures[name])])),
		...Object.fromEntries(VIOLATIONS.map((name) => [name, sum(({ verdict }) => verdict.violations[name].length)])),
	};
}

it(
	`loses nothing and tells nothing twice when pi is killed ${rounds} times (seed ${seed})`,
	async () => {
		const told = await torture();
		if (process.env.TORTURE_ROUNDS) console.table(summary(told));
		const found = told.filter(({ verdict }) => !isClean(verdict));
		expect(found.map(({ session, verdict }) => ({ seed, session, violations: verdict.violations }))).toEqual([]);
		expect(summary(told).runs).toBeGreaterThan(0);
	},
	ROUND_MS * rounds,
);
