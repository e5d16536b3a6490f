import { describe, expect, it } from "vitest";
import {
	claim,
	type DeliveryRecord,
	deliver,
	NOT_FOR_PARENT,
	PENDING,
	releaseClaim,
	withhold,
} from "../../src/domain/delivery-state.ts";

const pending: DeliveryRecord = { state: "pending" };
const claimed: DeliveryRecord = { state: "claimed" };
const delivered: DeliveryRecord = { state: "delivered", via: "tool", at: 10 };
const withheld: DeliveryRecord = { state: "withheld" };

/** What each state becomes by a change, in the order of the words. */
const all = [pending, claimed, delivered, withheld].map((state) => Object.freeze(state));

describe("a delivery", () => {
	it("begins pending, and that cannot be changed", () => {
		expect([PENDING, Object.isFrozen(PENDING)]).toEqual([pending, true]);
	});

	it("is withheld from the beginning when the result is not for the parent, and that cannot be changed", () => {
		expect([NOT_FOR_PARENT, Object.isFrozen(NOT_FOR_PARENT)]).toEqual([withheld, true]);
	});

	it("can be claimed only while it is pending", () => {
		expect(all.map(claim)).toEqual([claimed, claimed, delivered, withheld]);
	});

	it("is pending again when its claim is given up, and only then", () => {
		expect(all.map(releaseClaim)).toEqual([pending, pending, delivered, withheld]);
	});

	it("can be withheld only while it is pending", () => {
		expect(all.map(withhold)).toEqual([withheld, claimed, delivered, withheld]);
	});

	it.each(["foreground", "tool", "notification"] as const)("is made once, by %s from whatever came before", (via) => {
		const made = { state: "delivered", via, at: 20 };
		expect(all.map((state) => deliver(state, via, 20))).toEqual([made, made, delivered, made]);
	});

	it("changes by making a new state; one that does not change is the same", () => {
		expect([claim(delivered), releaseClaim(pending), withhold(claimed)]).toEqual([delivered, pending, claimed]);
		expect([claim(delivered) === delivered, releaseClaim(pending) === pending, withhold(claimed) === claimed]).toEqual([
			true,
			true,
			true,
		]);
	});
});
