import { type Component, getKeybindings } from "@mariozechner/pi-tui";
import { expect, it } from "vitest";
import { openScreen, type ScreenPlace } from "../../../src/ui/dialogs/open-screen.ts";
import type { KeyAction } from "../../../src/ui/keys/key-bindings.ts";
import { type KeysUi, listenForKeys } from "../../../src/ui/keys/session-keys.ts";

const EDITOR = { getText: () => "", setText: () => {}, render: () => [], invalidate: () => {} } as Component;
const OTHERS: Component = { render: () => [], invalidate: () => {} };
const OURS = openedScreen();

function openedScreen(): Component {
	let shown = OTHERS;
	const custom = async (made: (...parts: unknown[]) => Component) => {
		shown = made({ requestRender: () => {}, terminal: { rows: 20 } }, {}, getKeybindings(), () => {});
		await new Promise(() => {});
	};
	const place = { ui: { custom }, closed: new AbortController().signal, place: undefined } as unknown as ScreenPlace;
	void openScreen(place, () => ({ render: () => [], invalidate: () => {}, handleInput: () => {} }));
	return shown;
}

const [DOWN, DOWN_RELEASED, CTRL_B, ESCAPE] = ["\x1b[B", "\x1b[1;1:3B", "\x02", "\x1b"];

function session(applies: readonly KeyAction[] = ["pi-crew.list", "pi-crew.background"]) {
	const state = { focused: EDITOR as Component | null, text: "", now: 10_000, acted: [] as KeyAction[] };
	let listener: Parameters<KeysUi["onTerminalInput"]>[0] | undefined;
	const ui = {
		getEditorText: () => state.text,
		setWidget: (_key: string, made: (tui: unknown) => Component) => {
			expect(made({ getFocusedComponent: () => state.focused }).render(80)).toEqual([]);
		},
		onTerminalInput: (handler: typeof listener) => {
			listener = handler;
			return () => {
				listener = undefined;
			};
		},
	} as unknown as KeysUi;
	const stop = listenForKeys(ui, {
		bindings: {
			keys: {
				"pi-crew.list": [
					{ key: "down", isEditors: true },
					{ key: "alt+a", isEditors: false },
				],
				"pi-crew.background": [{ key: "ctrl+b", isEditors: true }],
			},
			interrupt: ["escape"],
			diagnostics: [],
		},
		applies: (action) => applies.includes(action),
		act: (action) => void state.acted.push(action),
		clock: () => state.now,
	});
	/** @returns whether it was taken away from the host */
	const press = (key: string) => listener?.(key)?.consume ?? false;
	return { state, press, stop };
}

it("takes its keys in an empty editor, and leaves to the host those that are the host's shortcuts", () => {
	const { state, press, stop } = session();
	expect([press(DOWN), press(CTRL_B), press("\x1ba"), press("x"), press(DOWN_RELEASED)]).toEqual([
		true,
		true,
		false,
		false,
		false,
	]);
	expect(state.acted).toEqual(["pi-crew.list", "pi-crew.background"]);
	stop();
	expect(press(DOWN)).toBe(false);
});

it("leaves the editor's keys to it where there is text, nothing to do, or somebody else has the focus", () => {
	const { state, press } = session();
	state.text = "hello";
	expect([press(DOWN), press(CTRL_B)]).toEqual([false, false]);
	state.text = "";
	for (const focused of [OTHERS, OURS, null]) {
		state.focused = focused;
		expect([press(DOWN), press(CTRL_B)]).toEqual([false, false]);
	}
	const idle = session([]);
	expect([idle.press(DOWN), idle.press(CTRL_B)]).toEqual([false, false]);
	expect([...state.acted, ...idle.state.acted]).toEqual([]);
});

it("swallows an Escape too many right after a screen of ours had the keys, and no later one", () => {
	const { state, press } = session();
	expect(press(ESCAPE)).toBe(false);
	state.focused = OURS;
	expect(press(ESCAPE)).toBe(false); // it closes the screen
	state.focused = EDITOR;
	state.now += 300;
	expect([press(ESCAPE), press(ESCAPE)]).toEqual([true, true]);
	state.now += 1000;
	expect(press(ESCAPE)).toBe(false);
	state.focused = OTHERS;
	press(ESCAPE);
	state.focused = EDITOR;
	expect(press(ESCAPE)).toBe(false); // that screen was not ours
});
