import type { Component, Container } from "@mariozechner/pi-tui";
import { isEditor } from "../dialogs/editor-place.ts";

/**
 * How many rows a dialog takes that stands below the widget in place of the editor; 0 while that is the editor, and in a host that
 * has it elsewhere. To be asked while the host draws: what it draws next is drawn once more for it.
 */
export function dialogRows(widget: Component, width: number, onScreen: readonly Component[] = []): number {
	const above = onScreen.findIndex((child) => isContainer(child) && child.children.includes(widget));
	const below = above < 0 ? undefined : onScreen[above + 1];
	if (!below || !isContainer(below) || below.children.some(isEditor)) return 0;
	return below.render(width).length;
}

function isContainer(component: Component): component is Container {
	return "children" in component && Array.isArray(component.children);
}
