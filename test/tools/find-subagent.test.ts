import { describe, expect, it } from "vitest";
import { findSubagent } from "../../src/tools/find-subagent.ts";
import { fakeManager, fakeSubagent } from "./manager-fake.ts";

const some = (count: number) =>
	Array.from({ length: count }, (_, index) => fakeSubagent({ id: `id${index}`, type: "Plan" }).subagent);

describe("a subagent", () => {
	it.each(["id1", " id1\n"])("is found by its id: %j", (id) => {
		const subagents = some(3);
		expect(findSubagent(id, fakeManager(subagents).manager)).toBe(subagents[1]);
	});

	it("is not found by another spelling or a part of its id", () => {
		const { manager } = fakeManager(some(3));
		for (const id of ["ID1", "id", "id11", ""]) expect(() => findSubagent(id, manager)).toThrow("There is no subagent");
	});
});

describe("an id that nobody has", () => {
	const complaint = (count: number) => {
		try {
			findSubagent("nobody", fakeManager(some(count)).manager);
		} catch (error) {
			return (error as Error).message;
		}
		return "found";
	};

	it("is told where there is none at all", () => {
		expect(complaint(0)).toBe('There is no subagent "nobody": none was started in this session.');
	});

	it("is told with those there are, newest first, and what each is", () => {
		expect(complaint(2)).toBe(
			'There is no subagent "nobody". There are: id1 (Plan, completed), id0 (Plan, completed).',
		);
	});

	it("is told with the newest twenty, and how many more there are", () => {
		const ids = (count: number) => [...complaint(count).matchAll(/id\d+/g)].map(([id]) => id);
		expect([ids(20).length, complaint(20).includes("older")]).toEqual([20, false]);
		expect([ids(23).length, ids(23)[0], ids(23).at(-1)]).toEqual([20, "id22", "id3"]);
		expect(complaint(23)).toMatch(/id3 \(Plan, completed\) and 3 older ones\.$/);
	});
});
