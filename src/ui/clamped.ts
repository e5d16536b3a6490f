import { type Component, truncateToWidth, visibleWidth } from "@mariozechner/pi-tui";
import { inTerminalsSigns } from "./ascii.ts";

/** The way out for every drawing of ours: none goes out unmeasured, for a line wider than the terminal ends the whole program. */
export class Clamped implements Component {
	constructor(private readonly inner: Component) {}

	render(width: number): string[] {
		if (width < 1) return [];
		return this.inner
			.render(width)
			.map((line) => inTerminalsSigns(visibleWidth(line) > width ? truncateToWidth(line, width, "") : line));
	}

	invalidate(): void {
		this.inner.invalidate();
	}
}
