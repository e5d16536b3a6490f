import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { type Component, isKeyRelease, matchesKey } from "@mariozechner/pi-tui";
import { isEditor } from "../dialogs/editor-place.ts";
import { isScreen } from "../dialogs/open-screen.ts";
import { TranscriptViewer } from "../viewer/transcript-viewer.ts";
import type { KeyAction, OwnBindings } from "./key-bindings.ts";

export type KeysUi = Pick<ExtensionUIContext, "onTerminalInput" | "getEditorText" | "setWidget">;

export interface SessionKeysParts {
	readonly bindings: OwnBindings;
	/** Whether there is anything for the action to do now; where there is not, a key of the editor stays the editor's. */
	readonly applies: (action: KeyAction) => boolean;
	readonly act: (action: KeyAction) => void;
	/** Epoch milliseconds. */
	readonly clock: () => number;
}

/** So long after a key went to a screen of ours, Escape is taken for one too many and not for the parent's turn. */
const ESCAPE_GRACE_MS = 800;

/** Its name at the host: of no height, it is there to learn who has the focus. */
const FOCUS_WIDGET = "pi-crew-keys";

type FocusTui = { readonly getFocusedComponent?: () => Component | null; readonly focusedComponent?: Component | null };

/**
 * The keys that are ours while the editor has the focus and is empty, in one session's terminal: the host's own shortcuts
 * cannot be given back, and these are the editor's where there is text in it. A client that speaks RPC has no keys.
 *
 * @returns ends it
 */
export function listenForKeys(ui: KeysUi, { bindings, applies, act, clock }: SessionKeysParts): () => void {
	let tui: FocusTui | undefined;
	let lastOnScreen = Number.NEGATIVE_INFINITY;
	ui.setWidget(FOCUS_WIDGET, (given) => {
		tui = given as unknown as FocusTui;
		return { render: () => [], invalidate: () => {} };
	});
	return ui.onTerminalInput((data) => {
		const focused = tui?.getFocusedComponent?.() ?? tui?.focusedComponent;
		if (!focused || isKeyRelease(data)) return undefined;
		if (isOurScreen(focused)) lastOnScreen = clock();
		if (!isEditor(focused)) return undefined;
		if (bindings.interrupt.some((key) => matchesKey(data, key))) {
			const isOneTooMany = Math.abs(clock() - lastOnScreen) < ESCAPE_GRACE_MS; // clocks are set back
			return isOneTooMany ? { consume: true } : undefined;
		}
		const action = editorsAction(data, bindings);
		if (!action || ui.getEditorText() !== "" || !applies(action)) return undefined;
		act(action);
		return { consume: true };
	});
}

function editorsAction(data: string, { keys }: OwnBindings): KeyAction | undefined {
	const actions = Object.keys(keys) as KeyAction[];
	return actions.find((action) => keys[action].some(({ key, isEditors }) => isEditors && matchesKey(data, key)));
}

function isOurScreen(component: Component): boolean {
	return isScreen(component) || component instanceof TranscriptViewer;
}
