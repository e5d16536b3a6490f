import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Which folders of ours a folder may import, besides itself. The last three are files. */
const mayImport: Record<string, readonly string[]> = {
	platform: [],
	domain: ["platform"],
	events: ["domain", "platform"],
	format: ["domain", "platform"],
	agents: ["domain", "platform"],
	settings: ["domain", "platform"],
	planning: ["domain", "agents", "settings", "platform"],
	workspace: ["domain", "events", "planning", "platform"],
	store: ["domain", "events", "planning", "platform"],
	host: ["domain", "events", "planning", "platform"],
	engine: ["domain", "events", "planning", "workspace", "store", "host", "platform"],
	delivery: ["domain", "events", "format", "platform"],
	ui: ["domain", "events", "format", "agents", "settings", "platform"],
	tools: ["domain", "format", "agents", "planning", "engine", "delivery", "platform"],
	service: ["domain", "events", "planning", "workspace", "engine", "platform"],
	app: ["domain", "events", "format", "agents", "settings", "planning", "workspace", "store", "host", "engine"].concat([
		"delivery",
		"tools",
		"service",
		"ui",
		"platform",
	]),
	extensions: ["service", "settings", "platform"],
	index: ["app"],
	entry: [],
	"bundle-loader": [],
};

/** Where a host package may be imported for its values. Its types may be imported anywhere. */
const mayUseHost: Record<string, readonly string[]> = {
	"@mariozechner/pi-coding-agent": [
		"src/index.ts",
		"src/host/child-resource-loader.ts",
		"src/host/child-resources.ts",
		"src/host/create-child-session.ts",
		"src/host/export-transcript.ts",
		"src/host/preloaded-skills.ts",
		"src/host/prompt-images.ts",
		"src/platform/host-version.ts",
		"src/host/transcript.ts",
		"src/host/conversation.ts",
		"src/planning/parent-snapshot.ts",
		"src/ui/",
		"src/app/agents-command.ts",
	],
	"@mariozechner/pi-tui": ["src/ui/"],
};

/** The pure folders get the clock, randomness, the working directory and the disk passed in as values. */
const pureFolders = ["domain", "format"];
const impureMembers = ["process.cwd", "Date.now", "Math.random"];

const namelessNames = ["utils", "util", "helpers", "helper", "types", "common", "shared"];

type Import = { specifier: string; typeOnly: boolean; dynamic: boolean };
type SourceFile = { path: string; folder: string; imports: Import[]; members: string[] };

const root = fileURLToPath(new URL("..", import.meta.url));
const files = readSourceFiles();

describe("architecture", () => {
	it("finds the sources", () => {
		expect(files.length).toBeGreaterThan(0);
	});

	it("gives every folder a row in the import table", () => {
		const unknown = files.filter(({ folder }) => !(folder in mayImport)).map(({ path }) => path);
		expect(unknown).toEqual([]);
	});

	it("lets a folder import only what its row lists, types included", () => {
		const violations = files.flatMap((file) => {
			const allowed = mayImport[file.folder] ?? [];
			return importsOfOurs(file)
				.filter((target) => !sameLayer(file.path, target) && !allowed.includes(folderOf(target)))
				.map((target) => `${file.path} imports ${target}: ${file.folder} may import ${listed(allowed)}`);
		});
		expect(violations).toEqual([]);
	});

	it("uses the host's values only where the host is at home", () => {
		const violations = files.flatMap(({ path, imports }) =>
			imports
				.filter(({ specifier, typeOnly }) => !typeOnly && specifier in mayUseHost && path !== "src/entry.ts")
				.filter(({ specifier }) => !mayUseHost[specifier]?.some((place) => path.startsWith(place)))
				.map(({ specifier }) => `${path} imports values of ${specifier}: only ${listed(mayUseHost[specifier])} may`),
		);
		expect(violations).toEqual([]);
	});

	it("keeps the disk, the clock and chance out of the pure folders", () => {
		const violations = files
			.filter(({ folder }) => pureFolders.includes(folder))
			.flatMap(({ path, imports, members }) => [
				...imports.filter(({ specifier }) => /^(node:)?fs(\/|$)/.test(specifier)).map(() => `${path} imports node:fs`),
				...members.filter((member) => impureMembers.includes(member)).map((member) => `${path} uses ${member}`),
			]);
		expect(violations).toEqual([]);
	});

	it("loads nothing with the entry file, which a child only glances at", () => {
		const entry = files.find(({ path }) => path === "src/entry.ts");
		expect(entry?.imports.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic)).toEqual([]);
	});

	it("names a file after what is in it, in kebab-case", () => {
		const badlyNamed = files
			.map(({ path }) => path)
			.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(path)) || namelessNames.includes(stem(path)));
		expect(badlyNamed).toEqual([]);
	});

	it("has no barrels", () => {
		const barrels = files.map(({ path }) => path).filter((path) => stem(path) === "index" && path !== "src/index.ts");
		expect(barrels).toEqual([]);
	});

	it("writes the .ts of a relative import, which the host resolves thirty times faster", () => {
		const violations = files.flatMap(({ path, imports }) =>
			imports
				.filter(({ specifier }) => specifier.startsWith(".") && !specifier.endsWith(".ts"))
				.map(({ specifier }) => `${path} imports ${specifier}`),
		);
		expect(violations).toEqual([]);
	});
});

function readSourceFiles(): SourceFile[] {
	return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
		.filter((item) => item.isFile() && item.name.endsWith(".ts"))
		.map((item) => relative(root, join(item.parentPath, item.name)).split(sep).join("/"))
		.sort()
		.map(readSourceFile);
}

function readSourceFile(path: string): SourceFile {
	const text = readFileSync(join(root, path), "utf8");
	const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
	const imports: Import[] = [];
	const members: string[] = [];
	const visit = (node: ts.Node): void => {
		const found = importIn(node);
		if (found) imports.push(found);
		if (ts.isPropertyAccessExpression(node)) members.push(node.getText(tree));
		ts.forEachChild(node, visit);
	};
	visit(tree);
	return { path, folder: folderOf(path), imports, members };
}

/** Every way in which a file can name another: import, export from, `import()` as an expression and as a type. */
function importIn(node: ts.Node): Import | undefined {
	if (ts.isImportDeclaration(node))
		return named(node.moduleSpecifier, { typeOnly: importsTypesOnly(node.importClause) });
	if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
		return named(node.moduleSpecifier, { typeOnly: node.isTypeOnly || allTypes(node.exportClause) });
	}
	if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
		return named(node.argument.literal, { typeOnly: true });
	}
	if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0]) {
		return named(node.arguments[0], { typeOnly: false, dynamic: true });
	}
	return undefined;
}

function named(node: ts.Node, kind: { typeOnly: boolean; dynamic?: boolean }): Import | undefined {
	return ts.isStringLiteral(node) ? { specifier: node.text, dynamic: false, ...kind } : undefined;
}

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
	if (!clause) return false;
	return clause.isTypeOnly || (!clause.name && allTypes(clause.namedBindings));
}

function allTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
	if (!bindings || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return false;
	return [...bindings.elements].every((element) => element.isTypeOnly);
}

function importsOfOurs({ path, imports }: SourceFile): string[] {
	return imports
		.filter(({ specifier }) => specifier.startsWith("."))
		.map(({ specifier }) => posix.join(dirname(path), specifier));
}

/** `src/domain/x.ts` -> `domain`, `src/entry.ts` -> `entry`. */
function folderOf(path: string): string {
	return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

/** Files of one folder belong together; of `extensions/`, those of one extension do. */
function sameLayer(one: string, other: string): boolean {
	const depth = folderOf(one) === "extensions" ? 3 : 2;
	const layer = (path: string) => path.split("/").slice(0, depth).join("/");
	return layer(one) === layer(other);
}

function stem(path: string): string {
	return basename(path, ".ts");
}

function listed(names: readonly string[] = []): string {
	return names.length > 0 ? names.join(", ") : "nothing of ours";
}
