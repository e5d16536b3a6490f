import { describe, expect, it } from "vitest";
import { type SubagentEvent, SubagentEvents } from "../../src/events/subagent-events.ts";
import { sampleRecord } from "../domain/sample-record.ts";

const created = (): SubagentEvent => ({ type: "created", record: sampleRecord() });

/** Events, what their listeners heard in order, and their errors. */
function router() {
	const heard: unknown[] = [];
	const errors: unknown[] = [];
	const events = new SubagentEvents((error) => errors.push(error));
	const hear = (who: string) => (event: SubagentEvent) => void heard.push(`${who} ${event.type}`);
	return { events, heard, errors, hear };
}

describe("a fact", () => {
	it("is emitted to every listener at once, in the order in which they subscribed", () => {
		const { events, heard, hear } = router();
		events.subscribe(hear("first"));
		events.subscribe(hear("second"));
		events.emit(created());
		events.emit({ type: "settled", record: sampleRecord(), used: sampleRecord().lifetimeUsage });
		expect(heard).toEqual(["first created", "second created", "first settled", "second settled"]);
	});

	it("is the very one that was emitted, frozen", () => {
		const { events } = router();
		const heard: SubagentEvent[] = [];
		const event = created();
		events.subscribe((told) => void heard.push(told));
		events.emit(event);
		expect([heard[0] === event, Object.isFrozen(event)]).toEqual([true, true]);
	});

	it("reaches nobody when nobody listens", () => {
		const { events, errors } = router();
		events.emit(created());
		expect(errors).toEqual([]);
	});
});

describe("a listener", () => {
	it("that throws harms neither who tells nor the other listeners", () => {
		const { events, heard, errors, hear } = router();
		const mistake = new Error("mistake");
		events.subscribe(hear("before"));
		events.subscribe(() => {
			throw mistake;
		});
		events.subscribe(hear("after"));
		events.emit(created());
		expect([heard, errors]).toEqual([["before created", "after created"], [mistake]]);
	});

	it("that tries to change a fact throws, and the others hear it as it was", () => {
		const { events, errors } = router();
		const types: string[] = [];
		events.subscribe((event) => {
			(event as { type: string }).type = "settled";
		});
		events.subscribe(({ type }) => void types.push(type));
		events.emit(created());
		expect([types, errors]).toEqual([["created"], [expect.any(TypeError)]]);
	});

	it("hears nothing any more once it has unsubscribed, and may do that twice", () => {
		const { events, heard, hear } = router();
		const unsubscribe = events.subscribe(hear("gone"));
		events.subscribe(hear("stays"));
		unsubscribe();
		unsubscribe();
		events.emit(created());
		expect(heard).toEqual(["stays created"]);
	});

	it("may unsubscribe while it is emitted, and the others hear that fact all the same", () => {
		const { events, heard, hear } = router();
		const unsubscribe = events.subscribe(() => {
			heard.push("once");
			unsubscribe();
		});
		events.subscribe(hear("other"));
		events.emit(created());
		events.emit(created());
		expect(heard).toEqual(["once", "other created", "other created"]);
	});

	it("may subscribe another while it is emitted, who hears the next fact", () => {
		const { events, heard, hear } = router();
		let subscribed = false;
		events.subscribe(() => {
			if (!subscribed) events.subscribe(hear("new"));
			subscribed = true;
		});
		events.emit(created());
		expect(heard).toEqual([]);
		events.emit(created());
		expect(heard).toEqual(["new created"]);
	});

	it("that causes another fact hears it afterwards, and nobody hears them the other way round", () => {
		const { events, heard, hear } = router();
		events.subscribe(({ type }) => {
			if (type === "created")
				events.emit({ type: "settled", record: sampleRecord(), used: sampleRecord().lifetimeUsage });
		});
		events.subscribe(hear("other"));
		events.emit(created());
		events.emit(created());
		expect(heard).toEqual(["other created", "other settled", "other created", "other settled"]);
	});
});
