import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { type OverlayHandle, setKeybindings } from "@mariozechner/pi-tui";
import type { Screens } from "../dialogs/dialogs.ts";
import { EditorPlace } from "../dialogs/editor-place.ts";
import { TranscriptViewer } from "./transcript-viewer.ts";
import type { ViewerPort } from "./viewer-port.ts";

/**
 * Shows a subagent's conversation on the whole screen until the person closes it.
 *
 * @param screens it is closed with them when the session ends, for the host does not tell those whose screens it takes away
 * @returns `not-shown` where there is no terminal to show it on
 */
export async function openViewer(
	ui: ExtensionUIContext,
	port: ViewerPort,
	id: string,
	{ closed, closeAll }: Screens,
): Promise<"closed" | "not-shown"> {
	if (closed.aborted) return "closed";
	let viewer: TranscriptViewer | undefined;
	let close = () => {};
	const ended = new Promise<void>((resolve) => {
		close = resolve;
	});
	const end = () => close();
	let handle: OverlayHandle | undefined;
	let stopWaiting = () => {};
	closed.addEventListener("abort", end, { once: true });
	try {
		const shown = ui.custom<void>(
			(tui, theme, keys, done) => {
				setKeybindings(keys); // as for every screen of ours: the host loads us with a copy of its terminal kit
				const resolve = close;
				close = () => {
					done();
					resolve();
				};
				const place = EditorPlace.in(tui);
				viewer = new TranscriptViewer({
					...{ id, port, tui, theme, keys },
					expanded: ui.getToolsExpanded(),
					clock: Date.now,
					close: () => close(),
					closeAll,
					onFocus: (isFocused) => {
						stopWaiting();
						if (isFocused || !place || place.isFree) return;
						// A subagent may ask for permission, for example: behind this screen the person would not see the question.
						handle?.setHidden(true);
						stopWaiting = place.whenFree(() => handle?.setHidden(false));
					},
				});
				return viewer;
			},
			{
				overlay: true,
				onHandle: (given) => {
					handle = given;
				},
				overlayOptions: { anchor: "top-left", width: "100%", maxHeight: "100%", margin: 0 },
			},
		);
		await Promise.race([shown, ended]);
		return viewer ? "closed" : "not-shown";
	} finally {
		closed.removeEventListener("abort", end);
		stopWaiting();
		viewer?.dispose();
	}
}
