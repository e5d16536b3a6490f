/**
 * In milliseconds unless `unit` says otherwise; `target` is the ratio to the bare host not to exceed, `most` the value.
 *
 * @typedef {{ bench: string, ours: number, bare?: number, target?: number, most?: number, unit?: string }} Figure
 */

/** @param {number[]} values */
export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {Figure[]} figures */
export function printTable(figures) {
	const rows = figures.map(({ bench, ours, bare, target, most, unit = "ms" }) => {
		const show = (value) =>
			value === undefined ? "" : `${value < 10 ? value.toFixed(3) : value.toFixed(1)} ${unit}`.trim();
		const ratio = bare === undefined ? "" : (ours / bare).toFixed(2);
		const aim = target?.toFixed(2) ?? (most === undefined ? "" : show(most));
		const isOver =
			ours / (bare ?? 1) > (target ?? Number.POSITIVE_INFINITY) || ours > (most ?? Number.POSITIVE_INFINITY);
		return [bench, show(ours), show(bare), ratio, aim, aim === "" ? "" : isOver ? "over" : "ok"];
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
