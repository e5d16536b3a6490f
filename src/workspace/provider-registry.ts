import type { WorkspaceProvider } from "../domain/workspace.ts";
import { within } from "../platform/cancellation.ts";

/** A reload loads the provider's extension again, which takes a moment; a run must not begin without it meanwhile. */
const RELOAD_AT_MOST_MS = 5000;

interface Registration {
	/** Absent once it was taken away. */
	provider: WorkspaceProvider | undefined;
}

/** The place for the one provider of workspaces. */
export class WorkspaceProviderRegistry {
	private registration: Registration = { provider: undefined };
	private arrival: Promise<void> | undefined;
	private arrived = () => {};

	/** @returns takes it away again, and no other; nothing when there is a provider already */
	register(provider: WorkspaceProvider): (() => void) | undefined {
		if (this.registration.provider) return undefined;
		const registration: Registration = { provider };
		this.accept(registration);
		return () => {
			registration.provider = undefined;
		};
	}

	/** The extensions are about to be loaded again: the one that registered will come back as another. */
	expectAgain(): void {
		if (!this.registration.provider) return;
		this.registration = { provider: undefined };
		this.arrival = new Promise((resolve) => {
			this.arrived = resolve;
		});
	}

	/** After a reload: who registered before the session started did so with the new instance's slot. */
	takeFrom({ registration }: WorkspaceProviderRegistry): void {
		if (registration.provider) this.accept(registration);
	}

	/** The provider to ask now. After a reload it waits a moment for the one that was there before. */
	async current(): Promise<WorkspaceProvider | undefined> {
		if (!this.registration.provider && this.arrival) await within(RELOAD_AT_MOST_MS, this.arrival);
		this.arrival = undefined;
		return this.registration.provider;
	}

	private accept(registration: Registration): void {
		this.registration = registration;
		this.arrived();
	}
}
