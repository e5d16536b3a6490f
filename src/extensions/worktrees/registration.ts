import type { SubagentsError, SubagentsService, WorkspaceProvider } from "../../service/subagents-service.ts";
import type { ConfiguredType } from "./worktree-settings.ts";

export interface RegistrationParts {
	/** The service of this session, as soon as there is one. */
	readonly service: () => SubagentsService | undefined;
	readonly provider: WorkspaceProvider;
	readonly isConfigured: (type: ConfiguredType) => boolean;
	readonly tell: (problem: string) => void;
}

/** Takes the one place of a workspace provider when a type needs it, and not before: others may want it. */
export class Registration {
	private takeAway: (() => void) | undefined;

	constructor(private readonly parts: RegistrationParts) {}

	/** Registers if one of the types is configured. @returns whether the provider is registered */
	consider(isMeant: (type: ConfiguredType) => boolean): boolean {
		const service = this.parts.service();
		if (this.takeAway || !service) return this.takeAway !== undefined;
		if (typesOf(service).some((type) => isMeant(type) && this.parts.isConfigured(type))) this.register(service);
		return this.takeAway !== undefined;
	}

	end(): void {
		this.takeAway?.();
		this.takeAway = undefined;
	}

	private register(service: SubagentsService): void {
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
