import { createHash, randomUUID } from "node:crypto";
import { realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { outsideChildren } from "../../platform/child-scope.ts";
import { diskTrouble } from "../../platform/describe.ts";
import { identifyProcess } from "../../platform/process-identity.ts";
import type { SubagentsService } from "../../service/subagents-service.ts";
import { loadLayeredSettings } from "../../settings/layered-settings.ts";
import { type AutomationFile, AutomationFolders, type FileProblem, problemText } from "./automation-files.ts";
import { AutomationHub } from "./automation-hub.ts";
import { ALLOW_TITLE, allowText, type PagePort, WHEN_THEY_RUN } from "./automations-page.ts";
import type { Clock } from "./clock.ts";
import { readDefinition } from "./definition.ts";
import { Permissions } from "./permissions.ts";
import { type Automations, callingSubagent } from "./published-automations.ts";
import { StateFile } from "./state-file.ts";
import { subagentRunner } from "./subagent-runner.ts";
import { clockTime, fromNow } from "./time-text.ts";
import { watchFilesIn } from "./watch-files.ts";

export interface SessionPlace {
	readonly agentDir: string;
	readonly cwd: string;
	readonly isTrusted: boolean;
	/** Somebody can be asked, and pi stays until they leave. */
	readonly isAttended: boolean;
}

export interface SessionParts {
	readonly place: SessionPlace;
	readonly clock: Clock;
	service(): SubagentsService;
	tell(text: string, tone: "info" | "warning"): void;
	confirm(title: string, message: string): Promise<boolean>;
	/** What is to be seen of them may be different now. */
	changed(): void;
}

/** The automations of one session: which there are, whether they may run, and what can be done with them. */
export class AutomationSession {
	readonly hub: AutomationHub;
	private readonly folders = new AutomationFolders();
	private readonly permissions: Permissions;
	private files: readonly AutomationFile[] = [];
	private toldProblems = "";
	private isAsking = false;

	constructor(private readonly parts: SessionParts) {
		const { place, clock, tell } = parts;
		const folder = stateFolder(place);
		const unsaved = (error: unknown) =>
			tell(`The state of automations cannot be saved in ${folder}: ${diskTrouble(error)}.`, "warning");
		this.permissions = new Permissions(join(folder, "allowed.json"), unsaved);
		this.hub = new AutomationHub({
			clock,
			tell: (text, tone) => tell(text, tone),
			changed: () => parts.changed(),
			runner: subagentRunner(() => parts.service()),
			events: parts.service().events,
			watcher: watchFilesIn(place.cwd),
			state: new StateFile(join(folder, "state.json"), unsaved),
			lockFile: join(folder, "owner.json"),
			owner: { ...identifyProcess(process.pid), instance: randomUUID() },
			newId: randomUUID,
			random: Math.random,
			lookAgain: () => this.look(),
		});
	}

	/** Reads the files and runs what may run; asks once for those of a project that are new. */
	begin(): void {
		this.look();
		const why = this.hindrance();
		if (why !== undefined && this.runnable().length > 0) this.parts.tell(why, "warning");
		void this.askForWaiting();
	}

	/** Files came, went or changed. */
	lookAgain(): void {
		this.look();
		void this.askForWaiting();
	}

	async close(): Promise<void> {
		await this.hub.close();
		await this.permissions.flush();
	}

	/** Why none of the files runs; nothing when they may. */
	hindrance(): string | undefined {
		const { isAttended } = this.parts.place;
		if (!this.isEnabled()) return "Automations of files do not run: `enabled` is false in subagents-automations.json.";
		if (!isAttended)
			return "Automations of files do not run without a UI: nobody could be asked, and pi ends with its answer.";
		return undefined;
	}

	api(): Automations {
		const { hub } = this;
		const status = ((id?: string) => (id === undefined ? hub.list() : hub.snapshot(id))) as Automations["status"];
		return Object.freeze<Automations>({
			start: (config) => outsideChildren(() => this.start(config)),
			describe: (id) => this.describe(id),
			stop: (id) => outsideChildren(() => hub.stop(id)),
			stopAll: () => outsideChildren(() => hub.stopAll()),
			status,
			fire: (id, data) => {
				const caller = callingSubagent();
				return outsideChildren(() => {
					this.look();
					return hub.fire(id, plainJson(data), "manual-api", caller);
				});
			},
		});
	}

	pagePort(): PagePort {
		const { hub, parts } = this;
		const { agentDir, cwd, isTrusted } = parts.place;
		return {
			agentDir,
			cwd,
			isTrusted,
			now: () => parts.clock.now(),
			list: () => hub.list(),
			log: (id) => hub.log(id),
			fire: (id, data) => hub.fire(id, data, "manual-trigger"),
			pause: (id, isPaused) => hub.pause(id, isPaused),
			resultOf: (id) => parts.service().getRecord(id)?.result,
			problems: () => this.files.flatMap(({ problems }) => problems),
			waiting: () => this.waiting(),
			allow: (files, isAllowed) => this.allow(files, isAllowed),
			hindrance: () => this.hindrance(),
			lookAgain: () => this.look(),
			agentTypes: () =>
				parts
					.service()
					.listTypes()
					.map(({ name }) => name),
			written: (file) => {
				this.allow([file], true);
				parts.tell(this.describe(file.id)?.message ?? `${file.id} is written to ${file.file}.`, "info");
			},
		};
	}

	private start(config: Readonly<Record<string, unknown>>): string {
		const { definition, problems } = readDefinition(config);
		if (!definition)
			throw new Error(`The automation cannot start: ${problems.map(({ message }) => message).join("; ")}.`);
		return this.hub.add({ definition, digest: JSON.stringify(definition) });
	}

	private describe(id: string): ReturnType<Automations["describe"]> {
		const one = this.hub.snapshot(id);
		if (!one) return undefined;
		const { nextFire } = one;
		const next =
			nextFire === undefined
				? "No time fires it."
				: `It fires next ${fromNow(nextFire, this.parts.clock.now())} (${clockTime(nextFire)}).`;
		const why = one.reason === undefined ? "" : ` Now it is ${one.status}: ${one.reason}`;
		return {
			id,
			message: `${id} is ready. ${WHEN_THEY_RUN} ${next}${why}`,
			...(nextFire !== undefined && { nextFire }),
		};
	}

	private look(): void {
		this.files = this.folders.load(this.parts.place);
		if (this.files.some(({ origin }) => origin === "project")) this.permissions.load();
		this.tellProblems(this.files.flatMap(({ problems }) => problems));
		const mayRun = this.hindrance() === undefined;
		const allowed = mayRun ? this.runnable().filter((file) => this.mayRun(file)) : [];
		this.hub.configure(allowed.flatMap(({ definition, digest }) => (definition ? [{ definition, digest }] : [])));
	}

	private runnable(): readonly AutomationFile[] {
		return this.files.filter(({ definition }) => definition?.enabled);
	}

	private mayRun({ origin, file, digest }: AutomationFile): boolean {
		return origin === "personal" || this.permissions.answerTo(file, digest) === true;
	}

	private waiting(): readonly AutomationFile[] {
		return this.runnable().filter((file) => !this.mayRun(file));
	}

	/** Once for each content of a file; who said no can say yes in `/agents automations`. */
	private async askForWaiting(): Promise<void> {
		const unasked = this.waiting().filter(({ file, digest }) => this.permissions.answerTo(file, digest) === undefined);
		if (unasked.length === 0 || this.isAsking || this.hindrance() !== undefined) return;
		this.isAsking = true;
		try {
			this.allow(unasked, await this.parts.confirm(ALLOW_TITLE, allowText(unasked)));
		} finally {
			this.isAsking = false;
		}
	}

	private allow(files: readonly AutomationFile[], isAllowed: boolean): void {
		this.permissions.answer(files, isAllowed);
		this.look();
	}

	private tellProblems(problems: readonly FileProblem[]): void {
		const text = problems.map(problemText).join("\n");
		if (text !== "" && text !== this.toldProblems) this.parts.tell(`Automations that do not run:\n${text}`, "warning");
		this.toldProblems = text;
	}

	private isEnabled(): boolean {
		const { agentDir, cwd, isTrusted } = this.parts.place;
		const { enabled = true } = loadLayeredSettings<{ enabled: boolean }>({
			agentDir,
			cwd,
			filename: "subagents-automations.json",
			warnLabel: "automations",
			projectTrusted: isTrusted,
			warn: (message) => this.parts.tell(message, "warning"),
			sanitize: (raw) => (isSettings(raw) ? { enabled: raw.enabled } : {}),
		});
		return enabled;
	}
}

function isSettings(raw: unknown): raw is { readonly enabled: boolean } {
	return typeof raw === "object" && raw !== null && typeof (raw as { enabled?: unknown }).enabled === "boolean";
}

/** Beside the person's automations, for the project's folder would show up in its version control. */
function stateFolder({ agentDir, cwd }: Pick<SessionPlace, "agentDir" | "cwd">): string {
	const real = realpathSync(cwd);
	const digest = createHash("sha256").update(real).digest("hex").slice(0, 12);
	return join(
		agentDir,
		"automations",
		".state",
		`${basename(real)
			.replace(/[^\w.-]/g, "_")
			.slice(0, 40)}-${digest}`,
	);
}

/** @throws Error where it is none */
function plainJson(data: unknown): unknown {
	if (data === undefined) return null;
	const text = JSON.stringify(data);
	if (text === undefined) throw new Error("`data` must be plain JSON.");
	return JSON.parse(text);
}
