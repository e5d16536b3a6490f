import type { ExtensionContext } from "@mariozechner/pi-coding-agent";
import { LiveDisplay } from "../ui/widget/live-display.ts";
import type { SessionRuntime } from "./session-runtime.ts";
import { snapshotOf } from "./subagent-commands.ts";

/** Widget and status line of one instance of us: connected while a session lasts, fed by the runtime's facts. */
export function createDisplay(runtime: () => SessionRuntime, listKeys: string | undefined) {
	const display = new LiveDisplay({
		live: () =>
			runtime()
				.manager.working()
				.map((subagent) => snapshotOf(subagent, runtime().manager)),
		find: (id) => {
			const subagent = runtime().manager.find(id);
			return subagent && snapshotOf(subagent, runtime().manager);
		},
		mode: () => runtime().settings.latest.widget,
		listKeys,
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
			unsubscribe = runtime().events.subscribe(({ type, record }) => {
				if (type !== "steered" && type !== "compacted") display.changed(record);
			});
			display.connect(ui);
		},
		disconnect,
	};
}
