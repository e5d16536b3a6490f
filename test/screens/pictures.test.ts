import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKOUT } from "../support/cli.ts";
import { xmlTrouble } from "../support/xml.ts";

const FOLDER = "docs/screens";
const files = readdirSync(join(CHECKOUT, FOLDER)).sort();

/** The pictures a page shows, as paths in the repository, and what it says of them to those who cannot see them. */
function picturesIn(page: string): { path: string; light: string; alt: string }[] {
	const text = readFileSync(join(CHECKOUT, page), "utf8");
	const shown = /<picture>\s*<source [^>]*srcset="([^"]*)">\s*<img src="([^"]*)" alt="([^"]*)">\s*<\/picture>/g;
	const place = (path = "") => relative(CHECKOUT, join(CHECKOUT, dirname(page), path));
	return [...text.matchAll(shown)].map(([, light, path, alt = ""]) => ({
		path: place(path),
		light: place(light),
		alt,
	}));
}

const isAnimation = (path: string) => /\/story(-light)?\.svg$/.test(path);
const all = files.map((file) => `${FOLDER}/${file}`);

describe.each([
	["README.md", all.filter((path) => isAnimation(path))],
	["docs/screens.md", all.filter((path) => !isAnimation(path))],
])("%s", (page, wanted) => {
	it("shows its pictures, on a dark and on a light ground, and says what is on them", () => {
		const pictures = picturesIn(page);
		const shown = pictures.flatMap(({ path, light }) => [path, light]);
		expect(shown.sort()).toEqual(wanted);
		for (const { path, light, alt } of pictures) {
			expect(light).toBe(path.replace(/\.svg$/, "-light.svg"));
			expect(alt.length).toBeGreaterThan(60);
		}
	});
});

describe.each(files)("%s", (file) => {
	const svg = readFileSync(join(CHECKOUT, FOLDER, file), "utf8");

	it("is well-formed and has a screen on it", () => {
		expect(xmlTrouble(svg)).toBeUndefined();
		expect(svg.match(/<text /g)?.length).toBeGreaterThan(10);
	});

	it("has no path of the computer it was made on", () => {
		expect(svg).not.toMatch(/\/tmp\/|\/home\/|\/root\/|\/Users\//);
	});

	it("is small enough to load with a page", () => {
		expect(svg.length).toBeLessThan(100_000);
	});
});
