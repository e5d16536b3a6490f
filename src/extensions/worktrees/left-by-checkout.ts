import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tree } from "./git.ts";

/**
 * Commits on which a checkout has turned its back for good. If they were made on no branch, the tree's own log of its HEAD is
 * all that still leads to them. What a reset or an amended commit replaces was given up; this was just left.
 */
export function leftByCheckout({ gitDir }: Tree): string[] {
	const log = join(gitDir, "logs", "HEAD");
	if (!existsSync(log)) return [];
	const left = new Set<string>();
	for (const line of readFileSync(log, "utf8").split("\n")) {
		const [, from = "", to = "", what = ""] = /^(\w+) (\w+) .*?\t(.*)$/.exec(line) ?? [];
		if (what.startsWith("checkout: ") && !/^0+$/.test(from)) left.add(from);
		left.delete(to);
	}
	return [...left];
}
