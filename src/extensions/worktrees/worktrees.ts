import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { debuglog } from "node:util";
import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import { agentDirectory } from "../../platform/agent-directory.ts";
import { InTurn } from "../../platform/keyed-mutex.ts";
import { plainText } from "../../platform/plain-text.ts";
import { ReloadHandover } from "../../platform/reload-handover.ts";
import {
	getSubagentsService,
	SUBAGENT_EVENTS,
	type SubagentResumed,
	type SubagentsError,
	type SubagentsService,
	type WorkspaceProvider,
} from "../../service/subagents-service.ts";
import { worktreeFolder } from "./prepare-worktree.ts";
import { leftWorkText } from "./report-text.ts";
import { findRepository } from "./repository.ts";
import { clearStaleWorktrees } from "./stale-worktrees.ts";
import { WorktreeProvider } from "./worktree-provider.ts";
import { type ConfiguredType, loadWorktreeSettings, whereConfigured } from "./worktree-settings.ts";

/**
 * A reload replaces this extension while subagents run on, and one that starts in between must not find the provider gone. So the
 * old instance leaves it in place, and the next one ends it when it registers its own.
 */
const handover = new ReloadHandover<() => void>(Symbol.for("pi-crew:worktrees-handover/v1"));

type Tell = (message: string) => void;

const debug = debuglog("pi-crew");

/** Connects the worktrees to one parent session. */
export default function connectWorktrees(pi: ExtensionAPI): void {
	const agentDir = agentDirectory(process.env);
	const inTurn = new InTurn();
	const told = new Set<string>();
	let disconnect: (reason: string) => void = () => undefined;

	pi.on("session_start", async (event, ctx) => {
		disconnect("again"); // in RPC mode a session starts twice
		const tell = teller(ctx, told);
		const sessionId = ctx.sessionManager.getSessionId();
		handover.take(sessionId)?.();
		const session = connect(pi, { agentDir, cwd: ctx.cwd, isTrusted: isTrusted(ctx), inTurn, tell });
		disconnect = (reason) => {
			session.unsubscribe();
			if (reason === "reload") handover.offer(sessionId, session.endRegistration);
			else session.endRegistration();
			disconnect = () => undefined;
		};
		if (event.reason !== "startup" || !(session.isRegistered || existsSync(join(agentDir, "worktrees")))) return;
		const looked = tellOfLeftWork({ agentDir, cwd: ctx.cwd, inTurn, tell });
		// In a terminal nobody waits for it. Without one pi may exit before it is reported.
		if (!ctx.hasUI) await Promise.race([looked, sleep(LONGEST_LOOK_MS, undefined, { ref: false })]);
	});
	pi.on("session_shutdown", (event) => disconnect(event.reason));
}

const LONGEST_LOOK_MS = 10_000;

/** The older host knows no trust and counts as trusting. */
function isTrusted(ctx: ExtensionContext & { isProjectTrusted?: () => boolean }): boolean {
	return ctx.isProjectTrusted?.() ?? true;
}

interface Surroundings {
	readonly agentDir: string;
	readonly cwd: string;
	readonly inTurn: InTurn;
	readonly tell: Tell;
}

function connect(
	pi: ExtensionAPI,
	{ agentDir, cwd, isTrusted, inTurn, tell }: Surroundings & { readonly isTrusted: boolean },
) {
	const service = getSubagentsService();
	const settings = (directory: string) =>
		loadWorktreeSettings({ agentDir, cwd: directory, projectTrusted: isTrusted }, tell);
	const registration = new Registration({
		service: () => service ?? getSubagentsService(),
		provider: new WorktreeProvider({ agentDir, settings, inTurn }),
		isConfigured: (type) => whereConfigured(type, settings(cwd)) !== undefined,
		tell,
	});
	const isRegistered = registration.consider(() => true);
	// An agent file or a setting may be new. Report its problems before a run asks for its directory.
	const begins = (payload: unknown) => {
		const { type, isolation } = payload as SubagentResumed;
		if (isolation === "worktree") registration.register();
		else registration.consider(({ name }: ConfiguredType) => name === type);
	};
	const subscriptions = [SUBAGENT_EVENTS.CREATED, SUBAGENT_EVENTS.RESUMED].map((channel) =>
		pi.events.on(channel, begins),
	);
	const unsubscribe = () => {
		for (const end of subscriptions) end();
	};
	return { isRegistered, unsubscribe, endRegistration: () => registration.end() };
}

async function tellOfLeftWork({ agentDir, cwd, inTurn, tell }: Surroundings): Promise<void> {
	try {
		const lookup = await findRepository(cwd);
		if (lookup.kind === "unusable") return;
		const folder = worktreeFolder(agentDir, lookup.repository);
		const left = await clearStaleWorktrees(folder, lookup.repository, inTurn);
		if (left.length > 0) tell(leftWorkText(left));
	} catch (error) {
		debug("could not look for worktrees of earlier subagents: %O", error);
	}
}

/** Reports each message once. Without a UI it writes to stderr, because stdout is the host's. */
function teller({ hasUI, ui }: Pick<ExtensionContext, "hasUI" | "ui">, told: Set<string>): Tell {
	return (message) => {
		if (told.has(message)) return;
		told.add(message);
		try {
			if (hasUI) ui.notify(plainText(message), "warning");
			else console.error(plainText(message));
		} catch (error) {
			debug("not told, for the session is over: %s: %O", message, error);
		}
	};
}

interface RegistrationParts {
	/** The service of this session, as soon as there is one. */
	readonly service: () => SubagentsService | undefined;
	readonly provider: WorkspaceProvider;
	readonly isConfigured: (type: ConfiguredType) => boolean;
	readonly tell: (problem: string) => void;
}

/** Takes the one place of a workspace provider when a type needs it, and not before: others may want it. */
class Registration {
	private takeAway: (() => void) | undefined;

	constructor(private readonly parts: RegistrationParts) {}

	/** Registers if one of the types is configured. @returns whether the provider is registered */
	consider(isMeant: (type: ConfiguredType) => boolean): boolean {
		const service = this.parts.service();
		if (this.takeAway || !service) return this.takeAway !== undefined;
		if (typesOf(service).some((type) => isMeant(type) && this.parts.isConfigured(type))) this.register();
		return this.takeAway !== undefined;
	}

	end(): void {
		this.takeAway?.();
		this.takeAway = undefined;
	}

	/** Registers, if it has not; a run that asks for a worktree needs nothing to be configured. */
	register(): void {
		const service = this.parts.service();
		if (this.takeAway || !service) return;
		try {
			this.takeAway = service.registerWorkspaceProvider(this.parts.provider);
		} catch (error) {
			if ((error as Partial<SubagentsError>).code !== "provider-registered") throw error;
			this.parts.tell("worktrees: another extension decides where subagents work, so none gets a worktree");
		}
	}
}

/** None before the session has begun; they are asked for again when a subagent is created. */
function typesOf(service: SubagentsService): readonly ConfiguredType[] {
	try {
		return service.listTypes();
	} catch (error) {
		if ((error as Partial<SubagentsError>).code === "no-session") return [];
		throw error;
	}
}
