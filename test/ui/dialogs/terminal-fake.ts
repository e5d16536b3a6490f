import { stripVTControlCharacters } from "node:util";
import type { ExtensionUIContext, Theme } from "@mariozechner/pi-coding-agent";
import { type Component, type KeybindingsConfig, KeybindingsManager, TUI_KEYBINDINGS } from "@mariozechner/pi-tui";
import { until } from "../../support/condition.ts";
import { TYPED } from "../typed-keys.ts";

type Screen = Component & { dispose?(): void; focused?: boolean };

/** What a person types, by the names of keys. */
const keyNamed: Readonly<Record<string, string>> = TYPED;

/** A terminal that shows what takes the editor's place as the host does, and the host's own dialogs as nothing. */
export function fakeTerminal(theme: Theme, bindings: KeybindingsConfig = {}) {
	const size = { width: 80, rows: 24 };
	const notices: [string, string | undefined][] = [];
	const state = {
		screen: undefined as Screen | undefined,
		redraws: 0,
		opened: 0,
		options: undefined as object | undefined,
	};
	const tui = {
		terminal: {
			get rows() {
				return size.rows;
			},
		},
		requestRender: () => {
			state.redraws++;
		},
	};
	const keys = new KeybindingsManager(TUI_KEYBINDINGS, bindings);
	const custom = async (factory: (...parts: unknown[]) => Screen, options?: object) =>
		new Promise((resolve, reject) => {
			let own: Screen | undefined;
			let closed = false;
			const done = (result: unknown) => {
				if (closed) return;
				closed = true;
				if (state.screen === own) state.screen = undefined;
				resolve(result);
				own?.dispose?.();
			};
			try {
				own = factory(tui, theme, keys, done);
			} catch (error) {
				reject(error);
			}
			if (closed || !own) return;
			state.screen = own;
			state.opened++;
			state.options = options;
			own.focused = true;
		});
	const ui = {
		custom,
		notify: (text: string, type?: string) => void notices.push([text, type]),
		editor: async (_title: string, text?: string) => `${text} edited`,
		select: () => Promise.reject(new Error("a terminal has screens for that")),
		input: () => Promise.reject(new Error("a terminal has screens for that")),
		confirm: () => Promise.reject(new Error("a terminal has screens for that")),
	} as unknown as ExtensionUIContext;
	const lines = (width = size.width) => state.screen?.render(width) ?? [];
	return {
		ui,
		size,
		notices,
		state,
		lines,
		/** What a person sees. */
		seen: (width?: number) => lines(width).map((line) => withoutCursor(line).trimEnd()),
		/** Key by key; after each the screen is drawn, as the host does. */
		press: async (...typed: string[]) => {
			for (const key of typed) {
				await until(`a screen for ${key}`, () => state.screen !== undefined);
				state.screen?.handleInput?.(keyNamed[key] ?? key);
				lines();
				await new Promise(setImmediate);
			}
		},
		/** Resolves with what is seen when it has this in it. */
		shows: async (text: string) => {
			await until(`a screen with ${text}`, () => lines().map(withoutCursor).join("\n").includes(text));
		},
	};
}

function withoutCursor(line: string): string {
	return stripVTControlCharacters(line.replaceAll("\x1b_pi:c\x07", ""));
}
