// Packs the package as npm would publish it (which builds it) and looks at the result as its users will.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const required = [
	"CHANGELOG.md",
	"LICENSE",
	"README.md",
	"dist/automations.cjs",
	"dist/extension.cjs",
	"dist/index.d.mts",
	"dist/index.mjs",
	"dist/load.cjs",
	"dist/settings.d.mts",
	"dist/settings.mjs",
	"dist/worktrees.cjs",
	"package.json",
	"src/entry.ts",
	"src/extensions/automation/entry.ts",
	"src/extensions/worktrees/entry.ts",
];
const folder = mkdtempSync(join(tmpdir(), "pi-crew-package-"));

try {
	run("npm", ["pack", "--silent", `--pack-destination=${folder}`]);
	const tarball = join(
		folder,
		readdirSync(folder).find((name) => name.endsWith(".tgz")),
	);
	run("npx", ["--no", "publint", "run", tarball, "--strict"]);
	run("npx", ["--no", "attw", tarball, "--profile", "esm-only"]);
	checkContent(tarball);
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}

function checkContent(tarball) {
	const listing = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" });
	const actual = listing
		.trim()
		.split("\n")
		.map((line) => line.replace(/^package\//, ""));
	const missing = required.filter((path) => !actual.includes(path));
	const unexpected = actual.filter((path) => !required.includes(path) && !/^(dist\/|docs\/(?!demo\/))/.test(path));
	const dead = actual.filter((path) => path.endsWith(".md")).flatMap((page) => deadLinks(page, actual));
	if (missing.length > 0) throw new Error(`The tarball lacks ${missing.join(", ")}`);
	if (unexpected.length > 0) throw new Error(`The tarball should not hold ${unexpected.join(", ")}`);
	if (dead.length > 0) throw new Error(`The tarball's pages lead to what it lacks: ${dead.join(", ")}`);
	console.log(`The tarball holds ${actual.length} files, as it should.`);
}

/** Whoever installed the package reads its pages there. */
function deadLinks(page, paths) {
	const text = readFileSync(join(root, page), "utf8");
	const links = [...text.matchAll(/(?:\]\(|src="|srcset=")(?!\w+:)([^)"#]+)/g)].map(([, link]) => link);
	return links
		.filter((link) => {
			const target = posix.join(posix.dirname(page), link);
			return !paths.some((path) => path === target || path.startsWith(`${target}/`));
		})
		.map((link) => `${page}: ${link}`);
}

function run(command, args) {
	execFileSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
}
