import { describe, expect, it } from "vitest";
import { Roster } from "../../src/delivery/roster.ts";
import type { SubagentRecord } from "../../src/domain/subagent-record.ts";
import { sampleRecord } from "../domain/sample-record.ts";

const ASKED = { role: "user", content: "hello" } as const;

/** A roster over the records in `open`, and the ids it names at each call. */
function roster(...open: SubagentRecord[]) {
	const made = new Roster(
		() => open,
		() => 7,
	);
	const named = () => {
		const roster = made.extend([])?.messages[0];
		const text = roster?.content[0]?.text ?? "";
		return [...text.matchAll(/^(\w+) Explore /gm)].map(([, id]) => id);
	};
	return { made, named, open };
}

const stopped = (id: string, completedAt = 4300) =>
	sampleRecord({ id, status: "stopped", completedAt, delivery: { state: "withheld" } });

describe("the roster of a model call", () => {
	it("is left out when there is nothing to know", () => {
		expect(roster().made.extend([ASKED])).toBeUndefined();
	});

	it("comes last, as one message of this moment, and leaves the others as they are", () => {
		const messages = Object.freeze([ASKED]);
		const text = expect.stringContaining('\na Explore "find the parser" running\n');
		expect(roster(sampleRecord({ id: "a", status: "running" })).made.extend(messages)).toEqual({
			messages: [ASKED, { role: "user", content: [{ type: "text", text }], timestamp: 7 }],
		});
	});

	it("names what is open at each call, as it is then", () => {
		const { named, open } = roster(sampleRecord({ id: "a", status: "running" }));
		const calls = [named(), named()];
		open.push(sampleRecord({ id: "b", status: "queued" }));
		calls.push(named());
		open.shift();
		calls.push(named());
		expect(calls).toEqual([["a"], ["a"], ["a", "b"], ["b"]]);
	});
});

describe("what the user stopped himself", () => {
	it("is listed once, while the others are listed every time", () => {
		const { named } = roster(stopped("a"), sampleRecord({ id: "b", status: "running" }));
		expect([named(), named()]).toEqual([["a", "b"], ["b"]]);
	});

	it("is listed once more when it was resumed and stopped again", () => {
		const { named, open } = roster(stopped("a"));
		const calls = [named(), named()];
		open[0] = stopped("a", 9000);
		expect([...calls, named(), named()]).toEqual([["a"], [], ["a"], []]);
	});
});
