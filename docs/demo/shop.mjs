import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A check of the project, which takes its time. */
function script(result) {
	return `sleep "\${CHECK_SECONDS:-4}"\necho "${result}"\n`;
}

/** The project of the demo: a small shop with mistakes for reviewers to find. */
export const FILES = {
	"src/cart.ts": `import { discounted, rounded } from "./money.ts";

export interface Item {
	readonly price: number;
	readonly count: number;
}

export function total(items: readonly Item[], percentOff: number): number {
	const sum = items.reduce((all, { price, count }) => all + price * count, 0);
	return rounded(discounted(sum, percentOff));
}
`,
	"src/money.ts": `/** What is left of an amount after a discount in percent. */
export function discounted(amount: number, percentOff: number): number {
	return amount - (amount * percentOff) / 100;
}

export function rounded(amount: number): number {
	return Math.round(amount * 100) / 100;
}
`,
	"src/routes.ts": `export const routes = {
	"/cart": "cart",
	"/checkout": "checkout",
	"/checkout/old": "checkout-old",
};

export const links = ["/cart", "/checkout"];
`,
	"scripts/test.sh": script("12 tests passed"),
	"scripts/types.sh": script("no type errors"),
	"scripts/links.sh": script("2 links, none of them dead"),
	".pi/agents/reviewer.md": `---
description: Reviews files for mistakes; give it the files
tools: read, grep, bash
max_turns: 20
---

You review code. Answer with a list of findings, the worst first, each with file and line.
`,
	".pi/agents/fixer.md": `---
description: Fixes one well-described mistake, in a git worktree of its own
isolation: worktree
---

You fix one mistake, run the checks, and say in one sentence what you changed.
`,
};

/** Makes a git repository of the project. Nothing of the person's own git configuration is used or changed. */
export function createShop(folder) {
	for (const [path, text] of Object.entries(FILES)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
	const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
	for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]) delete env[name];
	const git = (...words) => execFileSync("git", words, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
	git("init", "--quiet");
	git("symbolic-ref", "HEAD", "refs/heads/main");
	git("config", "user.name", "pi-crew demo");
	git("config", "user.email", "demo@localhost");
	git("add", ".");
	git("commit", "--quiet", "--message=A small shop");
}
