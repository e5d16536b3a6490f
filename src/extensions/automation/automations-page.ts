import { plainLine } from "../../platform/plain-text.ts";
import { shorten } from "../../platform/shorten.ts";
import type { AgentsPage, PageChoice, PageDialogs } from "../../service/subagents-service.ts";
import type { AutomationSnapshot, FireOutcome } from "./automation.ts";
import { type AutomationFile, type FileProblem, problemText } from "./automation-files.ts";
import { createAutomation, type NewAutomationPort } from "./new-automation.ts";
import type { LogEntry } from "./state-file.ts";
import { clockTime, fromNow } from "./time-text.ts";

/** What the page shows and does. */
export interface PagePort extends NewAutomationPort {
	now(): number;
	list(): readonly AutomationSnapshot[];
	log(id: string): readonly LogEntry[];
	fire(id: string, data: unknown): FireOutcome;
	/** @returns why it cannot be done */
	pause(id: string, isPaused: boolean): Promise<string | undefined>;
	/** The whole result of a subagent, where this session has it. */
	resultOf(subagentId: string): string | undefined;
	problems(): readonly FileProblem[];
	/** Files of the project that the person has not allowed yet. */
	waiting(): readonly AutomationFile[];
	allow(files: readonly AutomationFile[], isAllowed: boolean): void;
	/** Why none of the files runs at all. */
	hindrance(): string | undefined;
	lookAgain(): void;
}

/** They end with pi; the answer to whoever schedules something says so. */
export const WHEN_THEY_RUN = "Automations run while a pi that has this project open runs.";

const WORDS = ["fire", "pause", "resume", "log", "result", "new", "allow"] as const;
type Word = (typeof WORDS)[number];

/** `/agents automations`. */
export function automationsPage(port: PagePort): AgentsPage {
	return {
		word: "automations",
		label: "Automations",
		description: "runs that start by themselves: fire, pause, resume, log, result <name>; new; allow",
		summary: () => summaryText(port),
		completions: () =>
			WORDS.flatMap((word) =>
				word === "new" || word === "allow" ? [word] : port.list().map(({ id }) => `${word} ${id}`),
			),
		open: async (words, dialogs) => {
			port.lookAgain();
			await new PageVisit(port, dialogs).answer(words.trim());
		},
	};
}

function summaryText(port: PagePort): string {
	const all = port.list();
	const problems = port.problems().length + port.waiting().length;
	const parts = [
		`${all.length === 0 ? "none" : all.length}`,
		nextText(all, port.now()),
		problems > 0 ? `${problems} to look at` : "",
	];
	return parts.filter((part) => part !== "").join(" · ");
}

/** `nightly in 3 h`; nothing where time fires none. */
export function nextText(all: readonly AutomationSnapshot[], now: number): string {
	const timed = all.filter(({ nextFire }) => nextFire !== undefined);
	const [next] = timed.sort((a, b) => (a.nextFire ?? 0) - (b.nextFire ?? 0));
	return next?.nextFire === undefined ? "" : `${next.id} ${fromNow(next.nextFire, now)}`;
}

class PageVisit {
	constructor(
		private readonly port: PagePort,
		private readonly dialogs: PageDialogs,
	) {}

	async answer(words: string): Promise<void> {
		const [, typed = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(words) ?? [];
		const word = WORDS.find((one) => one === typed.toLowerCase());
		if (typed === "" && this.dialogs.isAttended) return this.menu();
		if (typed === "" || typed.toLowerCase() === "list") return this.dialogs.tell(this.listText(), "info");
		if (word === undefined)
			return this.dialogs.tell(
				`Usage: /agents automations [${WORDS.join(" | ")}] [name] (got "${plainLine(typed)}")`,
				"error",
			);
		return this.perform(word, rest.trim());
	}

	private async perform(word: Word, rest: string): Promise<void> {
		const [, id = "", data = ""] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
		switch (word) {
			case "new":
				if (!this.dialogs.isAttended)
					return this.dialogs.tell(
						"/agents automations new needs a screen. docs/automations.md describes the files.",
						"error",
					);
				return createAutomation(this.dialogs, this.port, id);
			case "allow":
				return this.allow();
			case "fire":
				return this.fire(id, data === "" ? null : data);
			case "pause":
			case "resume":
				return this.pause(id, word === "pause");
			case "log":
				return this.show(id, (one) => this.logText(one));
			case "result":
				return this.show(id, (one) => this.resultText(one));
			default:
				return word satisfies never;
		}
	}

	private async menu(): Promise<void> {
		for (;;) {
			const chosen = await this.dialogs.choose<string | Action>({
				title: "Automations",
				about: () => [WHEN_THEY_RUN, this.port.hindrance() ?? ""].filter((line) => line !== "").join("\n"),
				choices: () => this.choices(),
			});
			if (chosen === undefined) return;
			if (typeof chosen === "string") await this.one(chosen);
			else await chosen.act();
			this.port.lookAgain();
		}
	}

	private choices(): readonly PageChoice<string | Action>[] {
		const { port } = this;
		const waiting = port.waiting().length;
		const problems = port.problems().length;
		return [
			...port.list().map((one) => ({ value: one.id, label: one.id, description: lineText(one, port.now()) })),
			...(waiting > 0
				? [{ value: ALLOW(this), label: "Allow those of this project", description: `${waiting} waiting` }]
				: []),
			...(problems > 0 ? [{ value: PROBLEMS(this), label: "Problems", description: `${problems} in files` }] : []),
			{ value: NEW(this), label: "New automation", description: "when, which agent, and what to do" },
		];
	}

	private async one(id: string): Promise<void> {
		for (;;) {
			if (!this.find(id)) return;
			const isPaused = () => this.find(id)?.isPaused === true;
			const chosen = await this.dialogs.choose<"fire" | "pause" | "resume" | "log" | "result">({
				title: id,
				about: () => this.facts(id),
				choices: () => [
					{ value: "fire", label: "Fire now" },
					isPaused() ? { value: "resume", label: "Resume" } : { value: "pause", label: "Pause" },
					{ value: "result", label: "Last result" },
					{ value: "log", label: "Log" },
				],
			});
			if (chosen === undefined) return;
			await this.perform(chosen, id);
		}
	}

	private facts(id: string): string {
		const snapshot = this.find(id);
		return snapshot ? factsOf(snapshot, this.port.now()).join("\n") : "It is gone.";
	}

	private fire(id: string, data: unknown) {
		const outcome = this.port.fire(id, data);
		if (!outcome.ok) return this.dialogs.tell(outcome.reason, "error");
		this.dialogs.tell(
			`${id} ${outcome.state === "started" ? "runs now" : "waits for a free place in its pool"}.`,
			"info",
		);
	}

	private async pause(id: string, isPaused: boolean): Promise<void> {
		const refusal = await this.port.pause(id, isPaused);
		if (refusal !== undefined) return this.dialogs.tell(refusal, "error");
		const next = this.find(id)?.nextFire;
		const then = next === undefined ? "" : ` It fires next ${fromNow(next, this.port.now())} (${clockTime(next)}).`;
		this.dialogs.tell(isPaused ? `${id} is paused.` : `${id} is resumed. ${WHEN_THEY_RUN}${then}`, "info");
	}

	private async show(id: string, textOf: (one: AutomationSnapshot) => string): Promise<void> {
		const snapshot = this.find(id);
		if (!snapshot) return this.dialogs.tell(`There is no automation "${plainLine(id)}".`, "error");
		await this.dialogs.read(id, textOf(snapshot));
	}

	private find(id: string): AutomationSnapshot | undefined {
		return this.port.list().find((one) => one.id === id);
	}

	private logText({ id }: AutomationSnapshot): string {
		const lines = this.port.log(id).map(({ at, text }) => `${clockTime(at)}  ${text}`);
		return lines.reverse().join("\n") || "Nothing has happened yet.";
	}

	private resultText({ last }: AutomationSnapshot): string {
		if (!last) return "It has not run yet.";
		const whole = last.subagentId === undefined ? undefined : this.port.resultOf(last.subagentId);
		const head = `${last.status}, ${clockTime(last.at)}${last.error === undefined ? "" : `: ${last.error}`}`;
		return `${head}\n\n${whole ?? last.text}`;
	}

	async allow(): Promise<void> {
		const waiting = this.port.waiting();
		if (waiting.length === 0) return this.dialogs.tell("No automation waits for your permission.", "info");
		if (!this.dialogs.isAttended)
			return this.dialogs.tell("Only a person can allow automations of a project.", "error");
		this.port.allow(waiting, await this.dialogs.confirm(ALLOW_TITLE, allowText(waiting)));
	}

	async problems(): Promise<void> {
		await this.dialogs.read("Problems", this.port.problems().map(problemText).join("\n"));
	}

	async create(): Promise<void> {
		await createAutomation(this.dialogs, this.port);
	}

	private listText(): string {
		const { port } = this;
		const lines = port.list().map((one) => `${one.id}: ${lineText(one, port.now())}`);
		const waiting = port.waiting().map(({ file }) => `${file}: waits for your permission`);
		const said = [...lines, ...waiting, ...port.problems().map(problemText)];
		const why = port.hindrance();
		return [...(said.length > 0 ? said : ["No automations."]), ...(why === undefined ? [] : [why]), WHEN_THEY_RUN].join(
			"\n",
		);
	}
}

interface Action {
	act(): Promise<void>;
}

const NEW = (visit: PageVisit): Action => ({ act: () => visit.create() });
const ALLOW = (visit: PageVisit): Action => ({ act: () => visit.allow() });
const PROBLEMS = (visit: PageVisit): Action => ({ act: () => visit.problems() });

export const ALLOW_TITLE = "Run the automations of this project?";

export function allowText(files: readonly AutomationFile[]): string {
	const lines = files.map(({ id, definition }) => {
		const when = definition?.triggers.map(({ type }) => type).join(", ") || "by hand";
		return `${id}: ${definition?.agent ?? "?"} (${when})`;
	});
	return `${lines.join("\n")}\nThey start subagents without asking. You are asked again when a file changes.`;
}

/** What a line of the menu says. */
function lineText(one: AutomationSnapshot, now: number): string {
	const parts = [
		one.active.length > 0 ? `${one.status}, ${one.active.length} active` : one.status,
		one.queued > 0 ? `${one.queued} waiting` : "",
		one.nextFire === undefined ? "" : `next ${fromNow(one.nextFire, now)}`,
		one.last ? `last ${one.last.status} ${fromNow(one.last.at, now)}` : "",
		one.reason ?? "",
	];
	return plainLine(shorten(parts.filter((part) => part !== "").join(" · "), 300));
}

function factsOf(one: AutomationSnapshot, now: number): readonly string[] {
	const { fired, completed, failed, dropped, ignored, missed } = one.counts;
	const counted = { fired, completed, failed, dropped, ignored, missed };
	const counts = Object.entries(counted).filter(([, count]) => count > 0);
	return [
		lineText(one, now),
		one.retryAt === undefined ? "" : `Tries again ${fromNow(one.retryAt, now)}`,
		counts.map(([name, count]) => `${count} ${name}`).join(" · "),
	].filter((line) => line !== "");
}
