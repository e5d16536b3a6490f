import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import { folderSetting } from "../agents/additional-folders.ts";
import { AgentFolders } from "../agents/agent-folders.ts";
import { subagentsError } from "../domain/refusal.ts";
import type { LimitValues } from "../domain/run-limits.ts";
import { Launcher, type SessionSubagents } from "../engine/launcher.ts";
import type { Router } from "../events/router.ts";
import { ParentTools } from "../host/parent-tools.ts";
import { noteProjectTrust, projectOf } from "../planning/parent-snapshot.ts";
import type { PlanningParts } from "../planning/run-plan.ts";
import { ReloadHandover } from "../platform/reload-handover.ts";
import { AgentsPages } from "../service/agents-pages.ts";
import type { ServedSession } from "../service/subagents-adapter.ts";
import { AGENTS_WORDS } from "../ui/agents/command-parser.ts";
import { type OwnBindings, readOwnBindings } from "../ui/keys/key-bindings.ts";
import { WorkspaceProviderRegistry } from "../workspace/provider-registry.ts";
import { parentApi } from "./parent-api.ts";
import { type OpenedSession, recover } from "./recovery.ts";
import { buildSessionRuntime, type SessionRuntime } from "./session-runtime.ts";
import { removeSurplusSoon } from "./transcript-cleanup.ts";

const handover = new ReloadHandover<SessionRuntime>(Symbol.for("pi-crew:session-runtime/v2"));

/**
 * The parent session that one loading of this extension serves. Its runtime is built when the session starts; a reload hands
 * it whole to the next loading. After the session's end it can still be read.
 */
export class ActiveSession implements ServedSession, SessionSubagents {
	readonly agentFiles: AgentFolders;
	readonly parentTools: ParentTools;
	readonly pages = new AgentsPages(Object.keys(AGENTS_WORDS));
	readonly planning: PlanningParts;
	/** The person's own keys for us, as they were when we were loaded. */
	readonly bindings: OwnBindings;
	private readonly earlyWorkspaces = new WorkspaceProviderRegistry();
	private started: { readonly runtime: SessionRuntime; readonly launcher: Launcher } | undefined;
	private current: ExtensionContext | undefined;

	constructor(
		private readonly pi: ExtensionAPI,
		private readonly paths: { readonly agentDir: string; readonly ownEntry: string },
	) {
		this.agentFiles = new AgentFolders(paths.agentDir);
		this.parentTools = new ParentTools(pi, paths.agentDir);
		this.bindings = readOwnBindings(paths.agentDir);
		this.planning = {
			pi,
			catalog: (place) => this.agentFiles.load(place, folderSetting(this.runtime.settings.now(place))),
			settings: (place) => this.runtime.settings.now(place).settings,
		};
	}

	/** The session's own context, from its start to its shutdown: the one that a key hands in cannot plan a run. */
	get ctx(): ExtensionContext | undefined {
		return this.current;
	}

	/** @throws SubagentsError `no-session` before the first session has started */
	get runtime(): SessionRuntime {
		return this.begun.runtime;
	}

	get manager() {
		return this.begun.runtime.manager;
	}

	get launcher(): Launcher {
		return this.begun.launcher;
	}

	readonly limitsOfEachRun = (ctx: ExtensionContext): LimitValues => this.planning.settings(projectOf(ctx)).limits;

	get subagents(): SessionSubagents | undefined {
		return this.started && this;
	}

	get events(): Router | undefined {
		return this.started?.runtime.router;
	}

	get workspaces(): WorkspaceProviderRegistry {
		return this.started?.runtime.workspaces ?? this.earlyWorkspaces;
	}

	/** Takes over what a reload left, or builds the runtime and reads the session's file. In RPC mode a session starts twice. */
	begin(ctx: ExtensionContext): void {
		noteProjectTrust(ctx);
		this.current = ctx;
		const { pi, parentTools, paths } = this;
		const left = handover.take(ctx.sessionManager.getSessionId());
		left?.workspaces.takeFrom(this.workspaces);
		parentTools.begin(ctx);
		const api = parentApi({ pi, parentTools, ctx });
		const built = () =>
			buildSessionRuntime(api, { ...paths, workspaces: this.earlyWorkspaces, planning: this.planning });
		const runtime = left ?? this.started?.runtime ?? built();
		this.started = { runtime, launcher: new Launcher(runtime.manager, this.planning) };
		runtime.link.connect(api);
		runtime.settings.begin(projectOf(ctx));
		if (left) {
			runtime.mailbox.open();
		} else if (!runtime.atStart.recovery) {
			runtime.atStart.recovery = recover(runtime, openedSession(ctx), Date.now());
			removeSurplusSoon(ctx.sessionManager.getSessionDir(), this.planning.settings(projectOf(ctx)));
		}
	}

	/** At a reload the subagents keep running for the next loading; else they are stopped and recorded. */
	async end(reason: string, ctx: ExtensionContext): Promise<void> {
		this.current = undefined;
		if (!this.started) return;
		const { runtime } = this.started;
		runtime.mailbox.close();
		if (reason === "reload") {
			runtime.link.disconnect();
			runtime.workspaces.expectAgain();
			handover.offer(ctx.sessionManager.getSessionId(), runtime);
			return;
		}
		await runtime.manager.shutdown();
		runtime.ownership.close();
	}

	private get begun() {
		if (this.started) return this.started;
		throw subagentsError("no-session", "The session has not started. Wait for `session_start`.");
	}
}

function openedSession({ sessionManager }: ExtensionContext): OpenedSession {
	return {
		sessionId: sessionManager.getSessionId(),
		sessionFile: sessionManager.getSessionFile(),
		entries: sessionManager.getEntries(),
	};
}
