import type { WorkspaceProvider } from "../domain/workspace.ts";
import { within } from "./abort.ts";

/** A reload loads the provider's extension again, which takes a moment; a run must not begin without it meanwhile. */
const RELOAD_AT_MOST_MS = 5000;

/** The place for the one provider of workspaces. */
export class WorkspaceProviderSlot {
	private provider: WorkspaceProvider | undefined;
	private arrival: Promise<void> | undefined;
	private arrived = () => {};

	/** @returns takes it away again, and no other; nothing when there is a provider already */
	register(provider: WorkspaceProvider): (() => void) | undefined {
		if (this.provider) return undefined;
		this.provider = provider;
		this.arrived();
		return () => {
			if (this.provider === provider) this.provider = undefined;
		};
	}

	/** The extensions are about to be loaded again: the one that registered will come back as another. */
	expectAgain(): void {
		if (!this.provider) return;
		this.provider = undefined;
		this.arrival = new Promise((resolve) => {
			this.arrived = resolve;
		});
	}

	/** The provider to ask now. After a reload it waits a moment for the one that was there before. */
	async current(): Promise<WorkspaceProvider | undefined> {
		if (!this.provider && this.arrival) await within(RELOAD_AT_MOST_MS, this.arrival);
		this.arrival = undefined;
		return this.provider;
	}
}
