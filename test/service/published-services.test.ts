import { afterEach, describe, expect, it } from "vitest";
import { insideChild } from "../../src/platform/child-scope.ts";
import {
	getSubagentsService,
	publishSubagentsService,
	unpublishSubagentsService,
} from "../../src/service/published-services.ts";
import type { SubagentsService } from "../../src/service/subagents-service.ts";

const PLACE = Symbol.for("@gotgenes/pi-subagents:service");
const place = globalThis as { [PLACE]?: unknown };
const CHILD = { subagentId: "id", agentName: "Explore" };

const service = (name: string) => ({ name }) as unknown as SubagentsService;
const first = service("first");
const second = service("second");
const foreign = service("foreign");

/** As in a process in which nothing was published yet. */
function startAnew(): void {
	delete (globalThis as { [key: symbol]: unknown })[Symbol.for("pi-crew:published-services/v1")];
	delete (Object.getPrototypeOf(globalThis) as typeof place)[PLACE];
}

afterEach(() => {
	for (const published of [first, second, foreign]) unpublishSubagentsService(published);
	expect(place[PLACE]).toBe(undefined);
});

describe("the place of the service", () => {
	it("is where clients look for it, and empty when the last one is gone", () => {
		publishSubagentsService(first);
		expect([place[PLACE], getSubagentsService()]).toEqual([first, first]);
		unpublishSubagentsService(first);
		expect([place[PLACE], getSubagentsService()]).toEqual([undefined, undefined]);
	});

	it("shows the newest, and what is below once that is taken away", () => {
		publishSubagentsService(first);
		publishSubagentsService(second);
		expect(getSubagentsService()).toBe(second);
		unpublishSubagentsService(second);
		expect(getSubagentsService()).toBe(first);
	});

	it("keeps the newest when an older one is taken away, and none is taken away twice", () => {
		publishSubagentsService(first);
		publishSubagentsService(second);
		unpublishSubagentsService(first);
		unpublishSubagentsService(first);
		expect(getSubagentsService()).toBe(second);
	});

	it("takes one that is published again to the top, and forgets it at once", () => {
		publishSubagentsService(first);
		publishSubagentsService(second);
		publishSubagentsService(first);
		expect(getSubagentsService()).toBe(first);
		unpublishSubagentsService(first);
		expect(getSubagentsService()).toBe(second);
	});

	it("keeps what somebody had put there before, below ours", () => {
		startAnew();
		place[PLACE] = foreign;
		publishSubagentsService(first);
		expect(place[PLACE]).toBe(first);
		unpublishSubagentsService(first);
		expect(place[PLACE]).toBe(foreign);
	});

	it("is kept from children also when it is empty: they end after their parent's service", () => {
		publishSubagentsService(first);
		unpublishSubagentsService(first);
		insideChild(CHILD, () => {
			place[PLACE] = foreign;
		});
		expect([place[PLACE], Object.hasOwn(globalThis, PLACE)]).toEqual([undefined, false]);
	});

	it("takes a value that is assigned to it, as one that was published", () => {
		publishSubagentsService(first);
		place[PLACE] = second;
		place[PLACE] = second;
		expect(getSubagentsService()).toBe(second);
		unpublishSubagentsService(second);
		expect(getSubagentsService()).toBe(first);
	});

	it("does not mind the removal of one that was never there", () => {
		unpublishSubagentsService(first);
		expect(getSubagentsService()).toBe(undefined);
	});
});

describe("the place inside a child", () => {
	it.each<[string, () => void]>([
		["assigned to", () => void Object.assign(place, { [PLACE]: foreign })],
		["deleted", () => void delete place[PLACE]],
		["emptied", () => void Object.assign(place, { [PLACE]: undefined })],
		["published to", () => publishSubagentsService(foreign)],
		["unpublished from", () => unpublishSubagentsService(first)],
	])("is empty also after it was %s, and the parent's stays", (_what, meddle) => {
		publishSubagentsService(first);
		insideChild(CHILD, () => {
			expect(place[PLACE]).toBe(undefined);
			meddle();
			expect([place[PLACE], getSubagentsService()]).toEqual([undefined, undefined]);
		});
		expect([place[PLACE], getSubagentsService()]).toEqual([first, first]);
	});

	it("is empty after awaits, too", async () => {
		publishSubagentsService(first);
		const seen = await insideChild(CHILD, async () => {
			await new Promise((resolve) => setTimeout(resolve, 1));
			return getSubagentsService();
		});
		expect(seen).toBe(undefined);
	});
});
