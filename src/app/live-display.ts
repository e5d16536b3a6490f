import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { keysHint } from "../ui/keys/key-bindings.ts";
import { LiveDisplay } from "../ui/widget/live-display.ts";
import type { ActiveSession } from "./active-session.ts";
import { snapshotOf } from "./subagent-commands.ts";

/** Widget and status line of one instance of us: connected while a session lasts, fed by the runtime's facts. */
export function createDisplay(session: ActiveSession) {
	const display = new LiveDisplay({
		live: () => {
			const { manager } = session.runtime;
			return manager.working().map((subagent) => snapshotOf(subagent, manager));
		},
		find: (id) => {
			const { manager } = session.runtime;
			const subagent = manager.find(id);
			return subagent && snapshotOf(subagent, manager);
		},
		mode: () => session.runtime.settings.latest.widget,
		listKeys: keysHint(session.bindings, "pi-crew.list"),
		clock: Date.now,
	});
	let unsubscribe = () => {};
	const disconnect = () => {
		unsubscribe();
		display.disconnect();
	};
	return {
		/** In RPC mode a session starts twice. */
		connect: ({ hasUI, ui }: ExtensionContext): void => {
			disconnect();
			if (!hasUI) return;
			unsubscribe = session.runtime.events.subscribe(({ type, record }) => {
				if (type !== "steered" && type !== "compacted") display.changed(record);
			});
			display.connect(ui);
		},
		disconnect,
	};
}
