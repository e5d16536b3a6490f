import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadBundle } from "../src/bundle-loader.ts";

const COMPILED = `bundle.cjs.${process.versions.v8}-${process.arch}.cache`;
const bundleThat = (says: string) => `exports.says = () => ${JSON.stringify(says)}; exports.file = __filename;`;

let folders = 0;

/** A copy of the package, in a place that this process has not loaded it from. */
function place(source: string, compiled?: Buffer): { folder: string; file: string } {
	const folder = mkdtempSync(join(tmpdir(), `pi-crew-bundle-${++folders}-`));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	writeFileSync(join(folder, "bundle.cjs"), source);
	if (compiled) writeFileSync(join(folder, COMPILED), compiled);
	return { folder, file: join(folder, "bundle.cjs") };
}

function loaded(file: string): { says(): string; file: string } {
	return loadBundle(file) as ReturnType<typeof loaded>;
}

function compiledOf(source: string): Buffer {
	const { folder, file } = place(source);
	loadBundle(file);
	return readFileSync(join(folder, COMPILED));
}

it("loads a file as `require` does, once, and keeps what V8 made of it", () => {
	const { folder, file } = place(`${bundleThat("hello")} exports.path = require("node:path"); exports.at = __dirname;`);
	expect(loadBundle(file)).toMatchObject({ file, at: folder, path: { join: expect.any(Function) } });
	expect(loadBundle(file)).toBe(loadBundle(file));
	expect(readdirSync(folder).sort()).toEqual(["bundle.cjs", COMPILED]);
});

it("goes by what was kept, and leaves it as it is", () => {
	const source = bundleThat("hello");
	const compiled = compiledOf(source);
	const { folder, file } = place(source, compiled);
	expect(loaded(file).says()).toBe("hello");
	expect(readFileSync(join(folder, COMPILED))).toEqual(compiled);
});

it.each([
	["of another source of that length", (whole: Buffer) => whole],
	["damaged", (whole: Buffer) => Buffer.from(whole.map((byte, at) => (at === whole.length - 9 ? byte ^ 1 : byte)))],
	["cut off", (whole: Buffer) => whole.subarray(0, whole.length / 2)],
	["empty", () => Buffer.alloc(0)],
])("does not trust what is %s, and makes it anew", (what, change) => {
	const source = bundleThat("the truth");
	const compiled = compiledOf(what.startsWith("of another") ? bundleThat("is untrue") : source);
	const { folder, file } = place(source, change(compiled));
	expect(loaded(file).says()).toBe("the truth");
	const anew = readFileSync(join(folder, COMPILED));
	expect(anew).not.toEqual(change(compiled));
	const again = place(source, anew);
	expect(loaded(again.file).says()).toBe("the truth");
	expect(readFileSync(join(again.folder, COMPILED))).toEqual(anew);
});

it("does without where nothing can be kept, and leaves nothing half done", () => {
	const { folder, file } = place(bundleThat("hello"));
	mkdirSync(join(folder, COMPILED, "in the way"), { recursive: true });
	expect(loaded(file).says()).toBe("hello");
	expect(readdirSync(folder).sort()).toEqual(["bundle.cjs", COMPILED]);
	expect(existsSync(join(folder, COMPILED, "in the way"))).toBe(true);
});

it("throws what the file throws, and says where", () => {
	const { file } = place(`\n\nthrow new Error("no luck")`);
	expect(() => loadBundle(file)).toThrow("no luck");
	expect(() => loadBundle(file)).toThrow(expect.objectContaining({ stack: expect.stringContaining(`${file}:3`) }));
});
