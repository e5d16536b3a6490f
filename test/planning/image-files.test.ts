import { expect, it } from "vitest";
import { imageFilesIn } from "../../src/planning/run-plan.ts";

it.each([
	["@a.png", ["a.png"]],
	["Look at @a.png, @b/c.JPG; (@d.jpeg) and @e.webp.", ["a.png", "b/c.JPG", "d.jpeg", "e.webp"]],
	['@"my shot.gif" twice: @"my shot.gif"', ["my shot.gif"]],
	["@/tmp/x.png @~/y.png @../z.png", ["/tmp/x.png", "~/y.png", "../z.png"]],
	["ada@example.png, x/@a.png, @@a.png, a.png, @a.txt, @a.png.txt, @a.pngx", []],
	[
		Array.from({ length: 30 }, (_, index) => `@${index}.png`).join(" "),
		Array.from({ length: 20 }, (_, i) => `${i}.png`),
	],
])("finds the image files that a task names: %s", (task, files) => {
	expect(imageFilesIn(task)).toEqual(files);
});
