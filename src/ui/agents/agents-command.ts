import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { AgentCatalog } from "../../agents/agent-catalog.ts";
import type { AgentsPage } from "../../domain/agents-page.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import { catalogText, diagnosticsText, removalsText, type TranscriptRemoval } from "../../format/catalog-text.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import type { ChangeOutcome, LoadedSettings } from "../../settings/settings-store.ts";
import type { SettingChange } from "../../settings/settings-writer.ts";
import { subagentLabel, subagentName } from "../components/subagent-line.ts";
import { createDialogs, unattendedDialogs } from "../dialogs/create-dialogs.ts";
import type { Dialogs, Screens, SessionDialogs } from "../dialogs/dialogs.ts";
import type { SubagentCommands, SubagentSnapshot } from "../subagent-commands.ts";
import { openAgents } from "./agents-menu.ts";
import { type Completed, completeAgentsWords } from "./command-completions.ts";
import { type AgentsRequest, readAgentsWords } from "./command-parser.ts";
import { type ActionParts, performWord, stopAll, tellAnswer } from "./perform-action.ts";
import { openRunning } from "./running-menu.ts";
import { changeSetting, openSettings, type SettingsParts, settingsText } from "./settings-menu.ts";

interface AgentsCommandParts {
	readonly catalog: (ctx: ExtensionContext) => AgentCatalog;
	/** Of agent files and settings alike. */
	readonly diagnostics: (ctx: ExtensionContext) => readonly Diagnostic[];
	readonly settings: (ctx: ExtensionContext) => LoadedSettings;
	/** What the next start would remove. */
	readonly removals: (ctx: ExtensionContext) => Promise<readonly TranscriptRemoval[]>;
	readonly change: (ctx: ExtensionContext, change: SettingChange) => Promise<ChangeOutcome>;
	readonly commands: (ctx: ExtensionContext) => SubagentCommands;
	/** What can be named, for completion, which knows no context. */
	readonly known: () => Completed;
	/** The conversation of a subagent as text. */
	readonly transcriptText: (snapshot: SubagentSnapshot) => string;
	/** The same on a screen of its own; only called where there is a terminal. */
	readonly openTranscript: (id: string, ctx: ExtensionContext, screens: Screens) => Promise<void>;
	/** The menu of agent types. */
	readonly openTypes: (dialogs: Dialogs, ctx: ExtensionContext) => Promise<void>;
	/** Only called where there is a UI. @param name as it was typed, or `""` */
	readonly openNewAgent: (dialogs: Dialogs, ctx: ExtensionContext, name: string) => Promise<void>;
	/** What extensions have added. */
	readonly pages: () => readonly AgentsPage[];
	/** To the clipboard; rejects where there is none. */
	readonly copy: (text: string) => Promise<void>;
	/** Aborted when the session ends: what is open then is closed. */
	readonly closed: () => AbortSignal;
	/** Epoch milliseconds. */
	readonly clock: () => number;
}

const ALL_IS_WELL = "No problems with agent files and settings.";

/** `/agents`: a menu of all there is to see and do, and a word for each of its parts. */
export function createAgentsCommand(parts: AgentsCommandParts) {
	return {
		description: "Subagents, agent types, settings, and what is wrong with their files",
		getArgumentCompletions: (typed: string) => completeAgentsWords(typed, parts.known(), parts.pages()),
		handler: async (words: string, ctx: ExtensionContext): Promise<void> => {
			const visit = new AbortController();
			const closed = AbortSignal.any([parts.closed(), visit.signal]);
			const dialogs = ctx.hasUI ? createDialogs(ctx.ui, closed) : unattendedDialogs();
			const screens = { closed, closeAll: () => visit.abort() };
			const visited = new AgentsVisit(parts, ctx, dialogs, screens);
			const pages = parts.pages();
			const request = readAgentsWords(words, wordsOf(pages));
			if (request.kind !== "page") return visited.answer(request);
			await visited.openPage(
				pages.find(({ word }) => word === request.word),
				request.text,
			);
		},
	};
}

function wordsOf(pages: readonly AgentsPage[]): readonly string[] {
	return pages.map(({ word }) => word);
}

/** One use of the command, by a person or by a client. */
class AgentsVisit {
	private readonly acting: ActionParts;
	private readonly setting: SettingsParts;

	constructor(
		private readonly parts: AgentsCommandParts,
		private readonly ctx: ExtensionContext,
		private readonly dialogs: SessionDialogs,
		private readonly screens: Screens,
	) {
		const { copy, clock } = parts;
		const { closeAll } = screens;
		const showTranscript = (snapshot: SubagentSnapshot) => this.showTranscript(snapshot);
		this.acting = { dialogs, commands: parts.commands(ctx), showTranscript, closeAll, copy, clock };
		this.setting = {
			dialogs,
			settings: () => parts.settings(ctx),
			change: (change) => parts.change(ctx, change),
		};
	}

	async answer(request: Exclude<AgentsRequest, { readonly kind: "page" }>): Promise<void> {
		return request.kind === "limits" ? this.limits(request) : this.answerWord(request);
	}

	private async answerWord(request: Exclude<AgentsRequest, { readonly kind: "limits" | "page" }>): Promise<void> {
		switch (request.kind) {
			case "menu":
				return this.showMenu();
			case "list":
				return this.tellList();
			case "running":
				return this.showRunning();
			case "one":
				return performWord(request, this.acting);
			case "run":
				return tellAnswer(this.acting.commands.start(request.type, request.task), this.dialogs);
			case "stop all":
				return stopAll(this.acting);
			case "background all":
				return tellAnswer(this.acting.commands.detachAll(), this.dialogs);
			case "types":
				return this.showTypes();
			case "new":
				return this.makeAgent(request.name);
			case "settings":
				return this.showSettings();
			case "change":
				return changeSetting(request.change, this.setting);
			case "diagnostics":
				return this.tellWithProblems([]);
			case "transcripts":
				return this.dialogs.tell(removalsText(await this.parts.removals(this.ctx)), "info");
			case "misunderstood":
				return this.dialogs.tell(request.message, "error");
			default:
				return request satisfies never;
		}
	}

	private async showMenu(): Promise<void> {
		if (!this.ctx.hasUI) return this.tellList();
		await openAgents({
			dialogs: this.dialogs,
			commands: this.acting.commands,
			typeCount: () => this.parts.catalog(this.ctx).list().length,
			problemCount: () => this.parts.diagnostics(this.ctx).length,
			pages: this.parts.pages(),
			openPage: (page) => this.openPage(page, ""),
			open: {
				running: () => openRunning(this.acting),
				types: () => this.showTypes(),
				new: () => this.makeAgent(""),
				settings: () => openSettings(this.setting),
				diagnostics: () => this.dialogs.read("Diagnostics", this.problemsText() || ALL_IS_WELL),
			},
		});
	}

	/** The page is somebody else's: what it throws is said and ends nothing. */
	async openPage(page: AgentsPage | undefined, words: string): Promise<void> {
		const { dialogs } = this;
		try {
			await page?.open(words, {
				isAttended: this.ctx.hasUI,
				choose: (menu) => dialogs.choose(menu),
				ask: (title, prefill) => dialogs.ask(title, prefill),
				confirm: (title, message) => dialogs.confirm(title, message),
				edit: (title, text) => dialogs.edit(title, text),
				read: (title, text) => dialogs.read(title, text),
				tell: (text, tone) => dialogs.tell(text, tone),
			});
		} catch (error) {
			dialogs.tell(`/agents ${page?.word} failed: ${reasonOf(error)}`, "error");
		}
	}

	private async showRunning(): Promise<void> {
		if (this.ctx.hasUI) return openRunning(this.acting);
		this.dialogs.tell(this.subagentsText(), "info");
	}

	private async showSettings(): Promise<void> {
		if (await this.dialogs.isTerminal()) return openSettings(this.setting);
		this.dialogs.tell(settingsText(this.setting.settings()), "info");
	}

	private async showTranscript(snapshot: SubagentSnapshot): Promise<void> {
		const { openTranscript, transcriptText } = this.parts;
		if (await this.dialogs.isTerminal()) return openTranscript(snapshot.record.id, this.ctx, this.screens);
		const name = subagentName(snapshot);
		let text = "";
		try {
			text = transcriptText(snapshot);
		} catch (error) {
			return this.dialogs.tell(`The transcript of ${name} cannot be read: ${error}`, "error");
		}
		if (text === "") return this.dialogs.tell(`${name} has not said anything yet.`, "warning");
		await this.dialogs.read(`Transcript of ${name}`, text);
	}

	private async limits({ target, changes }: AgentsRequest & { kind: "limits" }): Promise<void> {
		const { commands } = this.acting;
		if (target !== "") return tellAnswer(commands.grant(target, changes), this.dialogs);
		if (Object.keys(changes).length > 0) {
			const { sessionLimits } = this.setting.settings().settings;
			const merged = Object.entries({ ...sessionLimits, ...changes }).filter(([, value]) => value !== "none");
			await changeSetting({ key: "sessionLimits", value: Object.fromEntries(merged) }, this.setting);
		}
		this.dialogs.tell(commands.limitsText(), "info");
	}

	private showTypes(): Promise<void> {
		return this.parts.openTypes(this.dialogs, this.ctx);
	}

	private async makeAgent(name: string): Promise<void> {
		if (this.ctx.hasUI) return this.parts.openNewAgent(this.dialogs, this.ctx, name);
		this.dialogs.tell(
			"/agents new needs pi's user interface. Without it, write a file such as .pi/agents/NAME.md; docs/agents.md describes the format.",
			"error",
		);
	}

	private tellList(): void {
		this.tellWithProblems([this.subagentsText(), catalogText(this.parts.catalog(this.ctx).list())]);
	}

	private tellWithProblems(texts: readonly string[]): void {
		const problems = this.problemsText();
		const said = [...texts, problems].filter((text) => text !== "");
		this.dialogs.tell(said.join("\n\n") || ALL_IS_WELL, problems === "" ? "info" : "warning");
	}

	private subagentsText(): string {
		const now = this.parts.clock();
		const lines = this.acting.commands.list().map((snapshot) => subagentLabel(snapshot, now));
		return lines.join("\n") || "No subagents in this session.";
	}

	private problemsText(): string {
		return diagnosticsText(this.parts.diagnostics(this.ctx));
	}
}
