import { describe, expect, it } from "vitest";
import { type ParentApi, ParentConnection } from "../../src/host/parent-connection.ts";

/** A parent that notes what it receives, or refuses it. */
function parent(refusal?: Error) {
	const told: unknown[] = [];
	const note = (...what: unknown[]) => {
		if (refusal) throw refusal;
		told.push(what);
	};
	const api: ParentApi = {
		emit: note,
		sendMessage: note,
		appendEntry: note,
		warn: note,
		isIdle: () => true,
		addUsage: note,
	};
	return { api, told };
}

function link(api: ParentApi) {
	const failures: unknown[] = [];
	return { made: new ParentConnection(api, (error) => failures.push(error)), failures };
}

describe("a fact for the parent", () => {
	it("is delivered at once, in its own words", () => {
		const { api, told } = parent();
		link(api).made.emit("subagents:created", { id: "a" });
		expect(told).toEqual([["subagents:created", { id: "a" }]]);
	});

	it("waits while nobody is connected, and is delivered in order to whoever connects, once", () => {
		const [before, after, last] = [parent(), parent(), parent()];
		const { made } = link(before.api);
		made.disconnect();
		made.emit("one", 1);
		made.emit("two", 2);
		made.connect(after.api);
		made.emit("three", 3);
		made.connect(last.api);
		expect([before.told, after.told, last.told]).toEqual([
			[],
			[
				["one", 1],
				["two", 2],
				["three", 3],
			],
			[],
		]);
	});

	it("that the host refuses is no failure of who tells it, and is not told again", () => {
		const refusal = new Error("session is gone");
		const { api, told } = parent();
		const { made, failures } = link(parent(refusal).api);
		made.emit("one", 1);
		made.connect(api);
		expect([failures, told]).toEqual([[refusal], []]);
	});

	it("that the host refuses after it waited does not keep back the others", () => {
		const refusal = new Error("session is gone");
		const told: string[] = [];
		const { made, failures } = link(parent().api);
		made.disconnect();
		for (const channel of ["one", "two", "three"]) made.emit(channel, {});
		made.connect({
			...parent().api,
			emit: (channel) => {
				if (channel === "two") throw refusal;
				told.push(channel);
			},
		});
		expect([told, failures]).toEqual([["one", "three"], [refusal]]);
	});
});

describe("a message for the parent", () => {
	const message = { customType: "subagent-notification" };

	it("is sent with the order to wake it or not", () => {
		const { api, told } = parent();
		const { made } = link(api);
		made.send(message, { wakeParent: true });
		made.send(message, { wakeParent: false });
		expect(told).toEqual([
			[message, { wakeParent: true }],
			[message, { wakeParent: false }],
		]);
	});

	it("is refused while nobody is connected, and never kept", () => {
		const { api, told } = parent();
		const { made } = link(parent().api);
		made.disconnect();
		expect(() => made.send(message, { wakeParent: true })).toThrow("no instance of pi-crew is connected");
		made.connect(api);
		expect(told).toEqual([]);
	});

	it("fails as the host fails", () => {
		const { made, failures } = link(parent(new Error("session is gone")).api);
		expect(() => made.send(message, { wakeParent: true })).toThrow("session is gone");
		expect(failures).toEqual([]);
	});
});
