import type { Component, Container, EditorComponent, TUI } from "@mariozechner/pi-tui";

export type PlaceTui = Pick<TUI, "children" | "setFocus" | "requestRender">;

const LOOK_EVERY_MS = 50;

/**
 * Where the host has its editor, or one dialog in its stead. It forgets the one before when another comes, and puts the editor
 * there afterwards: had a subagent to ask for leave while a menu of ours was open, the menu would be gone without an answer, and
 * pi would wait for that for ever. So ours wait until those of others are over, and come back after them.
 */
export class EditorPlace {
	private constructor(
		private readonly tui: PlaceTui,
		private readonly box: Container,
	) {}

	/** Asked while the editor is there; nothing in a host that has it elsewhere. */
	static in(tui: Partial<PlaceTui>): EditorPlace | undefined {
		const box = tui.children?.find(holdsEditor);
		return box && new EditorPlace(tui as PlaceTui, box);
	}

	/** The editor stands there, so nobody is being asked anything. */
	get isFree(): boolean {
		return this.box.children.some(isEditor);
	}

	put(component: Component): void {
		this.box.clear();
		this.box.addChild(component);
		this.tui.setFocus(component);
		this.tui.requestRender();
	}

	/** @returns for when it is not to happen any more */
	whenFree(act: () => void): () => void {
		const timer = setInterval(() => {
			if (!this.isFree) return;
			clearInterval(timer);
			act();
		}, LOOK_EVERY_MS).unref();
		return () => clearInterval(timer);
	}

	/** Resolves when it is free, or when that does not matter any more. */
	async untilFree(closed: AbortSignal): Promise<void> {
		if (this.isFree || closed.aborted) return;
		await new Promise<void>((resolve) => {
			const stop = this.whenFree(end);
			closed.addEventListener("abort", end);
			function end(): void {
				stop();
				closed.removeEventListener("abort", end);
				resolve();
			}
		});
	}

	/** What stands there now comes back as often as it is put aside. @returns ends that */
	keepDialog(): () => void {
		const dialog = this.box.children.find((child) => !isEditor(child));
		if (!dialog) return () => {};
		let stop = () => {};
		const watch = () => {
			stop = this.whenFree(() => {
				this.put(dialog);
				watch();
			});
		};
		watch();
		return () => stop();
	}

	/**
	 * The text in the host's dialog that stands there now, for Escape takes it off the screen without handing it over.
	 *
	 * @returns reads it, also after the dialog is gone; nothing where the dialog has no editor
	 */
	dialogText(): (() => string) | undefined {
		const dialog = this.box.children.find(holdsEditor);
		const editor = dialog?.children.find(isEditor) as Partial<EditorComponent> | undefined;
		return editor && (() => editor.getExpandedText?.() ?? editor.getText?.() ?? "");
	}
}

function holdsEditor(component: Component): component is Container {
	return "children" in component && Array.isArray(component.children) && component.children.some(isEditor);
}

/** The host's, or one that an extension has put in its stead. */
export function isEditor(component: Component): boolean {
	return "getText" in component && "setText" in component;
}
