import { afterEach, describe, expect, it, vi } from "vitest";
import type { WorkspaceProvider } from "../../src/domain/workspace.ts";
import { WorkspaceProviderRegistry } from "../../src/workspace/provider-registry.ts";

const provider = (): WorkspaceProvider => ({ prepare: async () => undefined });

afterEach(() => void vi.useRealTimers());

/** A promise's value, or "waits" when there is none yet. */
async function now<T>(promise: Promise<T>): Promise<T | "waits"> {
	return Promise.race([promise, new Promise<"waits">((resolve) => setImmediate(() => resolve("waits")))]);
}

describe("the slot of the workspace provider", () => {
	it("is empty at first, and takes one", async () => {
		const slot = new WorkspaceProviderRegistry();
		const [first, second] = [provider(), provider()];
		expect(await slot.current()).toBe(undefined);
		expect(slot.register(first)).toBeTypeOf("function");
		expect(slot.register(second)).toBe(undefined);
		expect(slot.register(first)).toBe(undefined);
		expect(await slot.current()).toBe(first);
	});

	it("is free when its provider was taken away, which takes away no other", async () => {
		const slot = new WorkspaceProviderRegistry();
		const [first, second] = [provider(), provider()];
		const remove = slot.register(first);
		remove?.();
		expect(await slot.current()).toBe(undefined);
		slot.register(second);
		remove?.();
		expect(await slot.current()).toBe(second);
	});

	it("does not take away a provider that was registered again since", async () => {
		const slot = new WorkspaceProviderRegistry();
		const same = provider();
		const remove = slot.register(same);
		remove?.();
		slot.register(same);
		remove?.();
		expect(await slot.current()).toBe(same);
	});
});

describe("the slot in a reload", () => {
	it("waits for the provider to come back", async () => {
		const slot = new WorkspaceProviderRegistry();
		const again = provider();
		slot.register(provider());
		slot.expectAgain();
		const current = slot.current();
		expect(await now(current)).toBe("waits");
		slot.register(again);
		expect(await current).toBe(again);
	});

	it("waits once, and not for ever", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const slot = new WorkspaceProviderRegistry();
		slot.register(provider());
		slot.expectAgain();
		const current = slot.current();
		await vi.advanceTimersByTimeAsync(4999);
		expect(await now(current)).toBe("waits");
		await vi.advanceTimersByTimeAsync(1);
		expect(await now(current)).toBe(undefined);
		expect(await now(slot.current())).toBe(undefined);
		expect(vi.getTimerCount()).toBe(0);
	});

	it("does not wait where there was none", async () => {
		const slot = new WorkspaceProviderRegistry();
		slot.expectAgain();
		expect(await now(slot.current())).toBe(undefined);
	});

	it("takes over who registered with the slot of the new instance, who can still be taken away", async () => {
		const [slot, newer] = [new WorkspaceProviderRegistry(), new WorkspaceProviderRegistry()];
		const again = provider();
		slot.register(provider());
		slot.expectAgain();
		const remove = newer.register(again);
		slot.takeFrom(newer);
		expect(await now(slot.current())).toBe(again);
		remove?.();
		expect(await now(slot.current())).toBe(undefined);
	});

	it("continues waiting where the new instance's slot is empty", async () => {
		const slot = new WorkspaceProviderRegistry();
		slot.register(provider());
		slot.expectAgain();
		slot.takeFrom(new WorkspaceProviderRegistry());
		const current = slot.current();
		expect(await now(current)).toBe("waits");
		slot.register(provider());
		await current;
	});
});
