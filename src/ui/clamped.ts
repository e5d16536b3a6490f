import { type Component, truncateToWidth, visibleWidth } from "@mariozechner/pi-tui";

/** A line wider than the terminal ends the whole program, so no drawing of ours goes out unmeasured. */
export class Clamped implements Component {
	constructor(private readonly inner: Component) {}

	render(width: number): string[] {
		if (width < 1) return [];
		return this.inner
			.render(width)
			.map((line) => (visibleWidth(line) > width ? truncateToWidth(line, width, "") : line));
	}

	invalidate(): void {
		this.inner.invalidate();
	}
}
