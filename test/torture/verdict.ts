import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as host from "@mariozechner/pi-coding-agent";
import type { StoredRun } from "../../src/domain/stored-run.ts";
import type { Story } from "./lives.ts";
import { type Book, type Details, type Entry, openBook } from "./session-book.ts";

/** What is found in the files when a session's lives are over. Lists are violations, numbers are only reported. */
export interface Verdict {
	readonly violations: Readonly<Record<Violation, readonly string[]>>;
	readonly figures: Readonly<Record<Figure, number>>;
}

export const VIOLATIONS = [
	"troubles",
	"unsettled",
	"lost",
	"twice",
	"unreadable",
	"unknown",
	"orphans",
	"workLost",
	"workLeft",
	"executedTwice",
] as const;
type Violation = (typeof VIOLATIONS)[number];

export const FIGURES = [
	"subagents",
	"runs",
	"notified",
	"byTool",
	"inForeground",
	"interrupted",
	"resumed",
	"held",
	"tornLines",
	"effects",
	"litter",
] as const;
type Figure = (typeof FIGURES)[number];

export function judge(story: Story): Verdict {
	const violations = Object.fromEntries(VIOLATIONS.map((name) => [name, [] as string[]])) as Record<
		Violation,
		string[]
	>;
	const figures = Object.fromEntries(FIGURES.map((name) => [name, 0])) as Record<Figure, number>;
	violations.troubles.push(...story.troubles);
	const { sessionDir } = story.workspace;
	const names = existsSync(sessionDir) ? readdirSync(sessionDir, { recursive: true, encoding: "utf8" }) : [];
	for (const name of names.filter((file) => file.endsWith(".jsonl"))) {
		const file = join(sessionDir, name);
		const book = openBook(file);
		figures.tornLines += book.damaged;
		if (book.entries[0]?.type !== "session") continue; // the host stores a session with the first reply, and begins anew
		violations.unreadable.push(...unreadable(file, book));
		if (book.records.length > 0) judgeBook(book, violations, figures);
	}
	figures.litter += names.filter((name) => /lease\.json\./.test(name)).length;
	judgeWork(
		story,
		names.flatMap((name) => readIfSession(join(sessionDir, name))),
		violations,
		figures,
	);
	violations.orphans.push(...processesOf(story.workspace.sessionDir));
	return { violations, figures };
}

function judgeBook(book: Book, violations: Record<Violation, string[]>, figures: Record<Figure, number>): void {
	for (const { record } of book.last.values()) {
		figures.subagents++;
		if (record.status === "running") violations.unsettled.push(`${record.id} runs`);
		if (record.status === "queued") figures.held++;
	}
	for (const id of announcedIds(book))
		if (!book.last.has(id)) violations.unknown.push(`${id} was announced and has no record`);
	const ways = deliveries(book, violations);
	for (const [run, stored] of lastOfRuns(book)) {
		figures.runs++;
		if (stored.attempt > 1) figures.resumed++;
		if (stored.record.status === "interrupted") figures.interrupted++;
		const how = ways.get(run) ?? [];
		for (const way of how) figures[way]++;
		const isTold = how.length > 0;
		if (how.indexOf("notified") !== how.lastIndexOf("notified")) violations.twice.push(`${run} was notified ${how}`);
		else if (how.includes("notified") && how[0] !== "notified") violations.twice.push(`${run} came by ${how}`);
		const isSettled = stored.record.status !== "queued" && stored.record.status !== "running";
		if (isTold || !isSettled || stored.record.delivery.state === "withheld") continue;
		const isSuperseded = book.last.get(stored.record.id)?.attempt !== stored.attempt;
		if (!isSuperseded || !isSaidSomewhere(book, stored))
			violations.lost.push(`${run} ${stored.record.status} ${JSON.stringify(stored.record.delivery)}`);
	}
}

/** A run by its subagent and the number of the attempt. */
function lastOfRuns({ records }: Book): Map<string, StoredRun> {
	return new Map(records.map((stored) => [runKey(stored.record.id, stored.attempt), stored]));
}

const runKey = (id: string, attempt: number) => `${id}#${attempt}`;

type Way = "notified" | "byTool" | "inForeground";

/** How each run reached the parent, in the order of the file; judged by the parent's own messages and not by our records. */
function deliveries(book: Book, violations: Record<Violation, string[]>): Map<string, Way[]> {
	const ways = new Map<string, Way[]>();
	const add = (run: string | undefined, way: Way) => run && ways.set(run, [...(ways.get(run) ?? []), way]);
	for (const entry of distinct(book.entries)) {
		if (entry.type === "custom_message" && entry.customType === "subagent-notification") {
			for (const { id = "", attempt = 0 } of [entry.details ?? {}, ...(entry.details?.others ?? [])]) {
				if (!String(entry.content).includes(`<task-id>${id}</task-id>`))
					violations.lost.push(`${id} is not in its notification`);
				add(runKey(id, attempt), "notified");
			}
		}
		const { message } = entry;
		if (entry.type !== "message" || message?.role !== "toolResult" || !message.details?.id) continue;
		const { status, isBackground } = message.details;
		if (status === "running" || status === "queued") continue;
		const run = runOf(book, message.details);
		if (message.toolName === "get_subagent_result") add(run, "byTool");
		else if (message.toolName === "subagent" && !isBackground) add(run, "inForeground");
	}
	return ways;
}

/** The older host writes the beginning of a session again when it was killed while it wrote it. */
function distinct(entries: readonly Entry[]): Entry[] {
	return [...new Map(entries.map((entry, index) => [entry.id ?? index, entry])).values()];
}

function runOf({ records }: Book, { id, completedAt }: Details): string | undefined {
	const stored = records.find(({ record }) => record.id === id && record.completedAt === completedAt);
	return stored && runKey(stored.record.id, stored.attempt);
}

/** A resume that takes the place of a result that was not told yet says it itself, or ends with it when it is killed. */
function isSaidSomewhere({ entries }: Book, { record }: StoredRun): boolean {
	const text = JSON.stringify((record.result ?? record.error ?? "").slice(0, 200)).slice(1, -1);
	return entries.some((entry) => entry.type !== "custom" && JSON.stringify(entry).includes(text));
}

function announcedIds({ entries }: Book): Set<string> {
	const texts = entries
		.filter((entry) => entry.message?.toolName === "subagent")
		.map((entry) => entry.message?.details?.id);
	return new Set(texts.filter((id) => id !== undefined));
}

function unreadable(file: string, book: Book): string[] {
	const ids = new Set(book.entries.map((entry) => entry.id));
	const torn = book.entries.filter((entry) => entry.parentId && !ids.has(entry.parentId));
	const found = torn.map((entry) => `${basename(file)}: ${entry.type} ${entry.id} hangs in the air`);
	try {
		const manager = host.SessionManager.open(file);
		manager.buildSessionContext();
		if (manager.getHeader()?.id !== book.entries[0]?.id) found.push(`${basename(file)}: the host read another session`);
		if (manager.getEntries().length < book.entries.length - 1)
			found.push(`${basename(file)}: the host left something out`);
	} catch (error) {
		found.push(`${basename(file)}: ${(error as Error).message}`);
	}
	return found;
}

function judgeWork(
	{ work, hasWorkspaces, workspace }: Story,
	sessions: Book[],
	violations: Record<Violation, string[]>,
	figures: Record<Figure, number>,
): void {
	const done = existsSync(work.effects) ? readFileSync(work.effects, "utf8").split("\n").filter(Boolean) : [];
	figures.effects += done.length;
	for (const token of new Set(done)) {
		if (done.filter((other) => other === token).length > 1) violations.executedTwice.push(token);
	}
	if (!hasWorkspaces) return;
	const root = join(workspace.cwd, "workspaces");
	const saved = list(join(root, "saved"));
	const open = list(join(root, "open")).map((name) => ({ name, files: list(join(root, "open", name)) }));
	for (const token of done) {
		if (!saved.includes(token) && !open.some(({ files }) => files.includes(token))) violations.workLost.push(token);
	}
	const last = new Map(sessions.flatMap((book) => [...book.last]));
	for (const { name, files } of open) {
		const status = last.get(name.split("-")[0] ?? "")?.record.status;
		const isOver = status !== undefined && !["interrupted", "queued", "running"].includes(status);
		if (isOver && files.some((file) => !saved.includes(file)))
			violations.workLeft.push(`${name} (${status}) still holds ${files}`);
	}
}

function readIfSession(file: string): Book[] {
	return file.endsWith(".jsonl") && !file.includes("tasks") ? [openBook(file)] : [];
}

function list(folder: string): string[] {
	return existsSync(folder) ? readdirSync(folder) : [];
}

/** Processes that have the session's folder in their command line: pi, or somebody it started for us. */
function processesOf(sessionDir: string): string[] {
	if (!existsSync("/proc")) return [];
	return readdirSync("/proc").filter((name) => {
		try {
			return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(sessionDir);
		} catch {
			return false; // gone meanwhile
		}
	});
}
