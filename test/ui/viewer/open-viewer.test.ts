import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";
import { type Component, getKeybindings } from "@mariozechner/pi-tui";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openViewer } from "../../../src/ui/viewer/open-viewer.ts";
import type { ViewerPort } from "../../../src/ui/viewer/viewer-port.ts";
import { sampleRecord } from "../../domain/sample-record.ts";
import { hostTheme } from "../host-theme.ts";
import { CraftedConversation, reply } from "./crafted-conversation.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const ESCAPE = "\x1b";
const screensUntil = (closed: AbortSignal) => ({ closed, closeAll: () => {} });
const FULL_SCREEN = { anchor: "top-left", width: "100%", maxHeight: "100%", margin: 0 };

function portOf(conversation = new CraftedConversation().say(reply("hello"))): ViewerPort {
	const record = sampleRecord({ status: "running" });
	return {
		snapshot: () => ({
			record,
			activity: "",
			contextPercent: undefined,
			condition: { kind: "running" },
			queuePosition: 0,
			isAwaited: false,
		}),
		conversation: () => conversation.now(),
		hidesThinking: () => false,
		steer: async () => ({ kind: "done", text: "" }),
		resume: () => ({ kind: "done", text: "" }),
		stop: () => ({ kind: "done", text: "" }),
		detach: () => ({ kind: "done", text: "" }),
		exportHtml: async () => ({ kind: "done", text: "" }),
	};
}

/** The host's way with screens of extensions. */
function terminal() {
	const shown: { component?: Component; options?: unknown; dones: number } = { dones: 0 };
	const tui = { requestRender: () => {}, terminal: { rows: 20 } };
	const ui = {
		getToolsExpanded: () => true,
		custom: (factory: (...parts: unknown[]) => Component & { dispose?(): void }, options: unknown) =>
			new Promise((resolve, reject) => {
				shown.options = options;
				const done = () => {
					shown.dones++;
					resolve(undefined);
				};
				try {
					shown.component = factory(tui, hostTheme("dark"), getKeybindings(), done);
				} catch (error) {
					reject(error);
				}
			}),
	} as unknown as ExtensionUIContext;
	return { ui, shown };
}

it("shows the conversation on the whole screen until Escape, and leaves no timer", async () => {
	const { ui, shown } = terminal();
	const ending = openViewer(ui, portOf(), "id", screensUntil(new AbortController().signal));
	expect(shown.options).toMatchObject({ overlay: true, overlayOptions: FULL_SCREEN });
	expect(shown.component?.render(60).join("\n")).toContain("hello");
	expect(vi.getTimerCount()).toBe(1);
	shown.component?.handleInput?.(ESCAPE);
	expect(await ending).toBe("closed");
	expect([vi.getTimerCount(), shown.dones]).toEqual([0, 1]);
});

it("closes when the session ends, though the host sends no event", async () => {
	const { ui, shown } = terminal();
	const session = new AbortController();
	const ending = openViewer(ui, portOf(), "id", screensUntil(session.signal));
	session.abort();
	expect(await ending).toBe("closed");
	expect([vi.getTimerCount(), shown.dones]).toEqual([0, 1]);
	const again = terminal();
	expect(await openViewer(again.ui, portOf(), "id", screensUntil(session.signal))).toBe("closed");
	expect(again.shown.component).toBeUndefined();
});

it("leaves no listener on a session that continues", async () => {
	const { ui, shown } = terminal();
	const { signal } = new AbortController();
	const added = vi.spyOn(signal, "addEventListener");
	const removed = vi.spyOn(signal, "removeEventListener");
	const ending = openViewer(ui, portOf(), "id", screensUntil(signal));
	shown.component?.handleInput?.(ESCAPE);
	await ending;
	expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(added.mock.calls.map(([, listener]) => listener));
});

it("says that it was not shown where there is no terminal", async () => {
	const ui = { getToolsExpanded: () => false, custom: async () => undefined } as unknown as ExtensionUIContext;
	expect(await openViewer(ui, portOf(), "id", screensUntil(new AbortController().signal))).toBe("not-shown");
	expect(vi.getTimerCount()).toBe(0);
});

it("opens though the conversation cannot be read, and says so", async () => {
	const { ui, shown } = terminal();
	const port = {
		...portOf(),
		conversation: () => {
			throw new Error("no disk");
		},
	};
	const ending = openViewer(ui, port, "id", screensUntil(new AbortController().signal));
	expect(shown.component?.render(60).join("\n")).toContain("cannot be read: Error: no disk");
	shown.component?.handleInput?.(ESCAPE);
	expect(await ending).toBe("closed");
});
