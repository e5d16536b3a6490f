import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRegularFile } from "../../platform/regular-file.ts";
import type { Tree } from "./git.ts";

/** Git writes some 200 bytes for each step of HEAD. */
const BIGGEST_LOG = 64 * 1024 * 1024;

/**
 * Commits on which a checkout has turned its back for good. If they were made on no branch, the tree's own log of its HEAD is
 * all that still leads to them. What a reset or an amended commit replaces was given up; this was just left.
 */
export function leftByCheckout({ gitDir }: Tree): string[] {
	const log = join(gitDir, "logs", "HEAD");
	if (!existsSync(log)) return [];
	const left = new Set<string>();
	for (const line of readRegularFile(log, { maxBytes: BIGGEST_LOG }).toString().split("\n")) {
		const [, from = "", to = "", what = ""] = /^(\w+) (\w+) .*?\t(.*)$/.exec(line) ?? [];
		if (what.startsWith("checkout: ") && !/^0+$/.test(from)) left.add(from);
		left.delete(to);
	}
	return [...left];
}
