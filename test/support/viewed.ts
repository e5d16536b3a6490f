import { stripVTControlCharacters } from "node:util";
import { type ExtensionUIContext, getAgentDir } from "@mariozechner/pi-coding-agent";
import { type Component, KeybindingsManager, setKeybindings, TUI_KEYBINDINGS } from "@mariozechner/pi-tui";
import { createViewerPort } from "../../src/app/agents-command.ts";
import type { SessionRuntime } from "../../src/app/session-runtime.ts";
import { snapshotOf } from "../../src/app/subagent-commands.ts";
import type { SubagentCommands } from "../../src/ui/subagent-commands.ts";
import { openViewer } from "../../src/ui/viewer/open-viewer.ts";
import { hostTheme } from "../ui/host-theme.ts";
import type { ScriptedHost } from "./scripted-host.ts";

/** A port to the runtime of a real host. */
export function portOf(host: ScriptedHost, runtime: SessionRuntime) {
	const { manager } = runtime;
	const done = (text: string) => ({ kind: "done" as const, text });
	const commands: Pick<SubagentCommands, "find" | "steer" | "stop" | "detach" | "resume"> = {
		stop: (id) => done(`stopped: ${manager.stop(id, "user")}`),
		detach: (id) => done(`detached: ${manager.detach(id)}`),
		resume: () => done("not here"),
		find: (id) => {
			const subagent = manager.find(id);
			return subagent && snapshotOf(subagent, manager);
		},
		steer: async (id, message) => {
			const subagent = manager.find(id);
			const outcome = subagent && (await manager.steer(subagent, message));
			const text = `It was ${outcome?.kind}.`;
			return outcome?.kind === "refused" ? { kind: "refused", reason: text } : { kind: "done", text };
		},
	};
	return createViewerPort({
		commands,
		manager,
		ctx: host.session.extensionRunner.createContext(),
		agentDir: getAgentDir(),
	});
}

/** A viewer on a screen of 100 by 40, as the host's terminal shows it. */
export function viewed(port: ReturnType<typeof portOf>, id: string, closed = new AbortController().signal) {
	const keys = new KeybindingsManager(TUI_KEYBINDINGS);
	setKeybindings(keys);
	let shown: (Component & { dispose?(): void }) | undefined;
	const state = { draws: 0 };
	const tui = {
		requestRender: () => {
			state.draws++;
		},
		terminal: { rows: 40, columns: 100 },
	};
	const ui = {
		getToolsExpanded: () => false,
		custom: (factory: (...parts: unknown[]) => Component) =>
			new Promise((resolve) => {
				const done = (result: unknown) => {
					resolve(result);
					shown?.dispose?.();
				};
				shown = factory(tui, hostTheme("dark"), keys, done);
			}),
	} as unknown as ExtensionUIContext;
	const ending = openViewer(ui, port, id, { closed, closeAll: () => {} });
	return {
		ending,
		state,
		screen: () => stripVTControlCharacters(shown?.render(100).join("\n") ?? ""),
		press: (...pressed: readonly string[]) => {
			for (const key of pressed) shown?.handleInput?.(key);
		},
	};
}
