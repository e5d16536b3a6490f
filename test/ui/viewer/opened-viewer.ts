import { stripVTControlCharacters } from "node:util";
import { KeybindingsManager, setKeybindings, TUI_KEYBINDINGS } from "@mariozechner/pi-tui";
import { onTestFinished } from "vitest";
import type { SubagentRecord } from "../../../src/domain/subagent-record.ts";
import type { Answer } from "../../../src/ui/subagent-commands.ts";
import { TranscriptViewer, type ViewerParts } from "../../../src/ui/viewer/transcript-viewer.ts";
import { conditionAt } from "../../domain/sample-condition.ts";
import { sampleRecord } from "../../domain/sample-record.ts";
import { hostTheme } from "../host-theme.ts";
import { TYPED } from "../typed-keys.ts";
import type { CraftedConversation } from "./crafted-conversation.ts";

export const KEYS = { ...TYPED, expand: "\x0f", thinking: "\x14" };

/** The host's own bindings, as far as the viewer knows them. */
const bindings = new KeybindingsManager({
	...TUI_KEYBINDINGS,
	"app.tools.expand": { defaultKeys: "ctrl+o" },
	"app.thinking.toggle": { defaultKeys: "ctrl+t" },
} as ConstructorParameters<typeof KeybindingsManager>[0]);

/** A viewer as the host would open it, and what a person does and sees there. */
export function openedViewer(
	conversation: CraftedConversation,
	{
		rows = 24,
		width = 80,
		record = {},
		place = "here",
	}: {
		rows?: number;
		width?: number;
		record?: Partial<SubagentRecord>;
		place?: Parameters<typeof conditionAt>[0];
	} = {},
) {
	setKeybindings(bindings); // the host's hints name the keys of these
	const theme = hostTheme("dark");
	const state = {
		rows,
		width,
		record: sampleRecord({ status: "running", ...record }),
		closed: false,
		draws: 0,
		closedAll: false,
		isAwaited: false,
		did: [] as string[][],
		steered: [] as string[],
		exported: [] as string[],
		answer: { kind: "done", text: "It is done." } as Answer,
		now: 5000,
	};
	const parts: ViewerParts = {
		id: state.record.id,
		port: {
			snapshot: () => ({
				record: state.record,
				activity: "reading",
				contextPercent: 45,
				condition: conditionAt(place, state.record.status),
				queuePosition: 0,
				isAwaited: state.isAwaited,
			}),
			conversation: () => conversation.now(),
			hidesThinking: () => false,
			steer: async (_id, message) => {
				state.steered.push(message);
				return state.answer;
			},
			resume: (_id, message) => {
				state.did.push(["resume", message]);
				return state.answer;
			},
			stop: () => {
				state.did.push(["stop"]);
				return state.answer;
			},
			detach: () => {
				state.did.push(["detach"]);
				return state.answer;
			},
			exportHtml: async (_id, file) => {
				state.exported.push(file);
				return state.answer;
			},
		},
		tui: {
			requestRender: () => {
				state.draws++;
			},
			terminal: {
				get rows() {
					return state.rows;
				},
			},
		},
		theme,
		keys: bindings as ViewerParts["keys"],
		expanded: false,
		clock: () => state.now,
		close: () => {
			state.closed = true;
		},
		closeAll: () => {
			state.closedAll = true;
		},
		onFocus: () => {},
	};
	const viewer = new TranscriptViewer(parts);
	onTestFinished(() => viewer.dispose());
	const lines = () => viewer.render(state.width).map((line) => stripVTControlCharacters(line).trimEnd());
	lines(); // the host draws a screen as soon as it is there
	return {
		viewer,
		state,
		lines,
		screen: () => lines().join("\n"),
		press: (...keys: readonly string[]) => {
			for (const key of keys) {
				viewer.handleInput(key);
				lines();
			}
		},
		type: (text: string) => {
			for (const key of text) viewer.handleInput(key);
		},
	};
}
