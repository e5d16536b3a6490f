/** @typedef {{ bench: string, ours: number, bare: number, target?: number }} Figure in milliseconds; `target` is the ratio not to exceed */

/** @param {number[]} values */
export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {Figure[]} figures */
export function printTable(figures) {
	const rows = figures.map(({ bench, ours, bare, target }) => {
		const ratio = ours / bare;
		const verdict = target === undefined ? "" : ratio <= target ? "ok" : "over";
		return [bench, milliseconds(ours), milliseconds(bare), ratio.toFixed(2), target?.toFixed(2) ?? "", verdict];
	});
	const table = [["bench", "ours", "bare", "ratio", "target", ""], ...rows];
	const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
	for (const row of table)
		console.log(
			row
				.map((cell, column) => pad(cell, widths[column], column))
				.join("  ")
				.trimEnd(),
		);
}

function pad(cell, width, column) {
	return column === 0 || column === 5 ? cell.padEnd(width) : cell.padStart(width);
}

function milliseconds(value) {
	return `${value < 10 ? value.toFixed(3) : value.toFixed(1)} ms`;
}
