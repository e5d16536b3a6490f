import { inspect } from "node:util";

const refuse = (): never => {
	throw new Error("a trap");
};

/** A Proxy that throws whatever is done with it. */
export function throwsOnEverything(target: object = {}): never {
	return new Proxy(target, new Proxy({}, { get: () => refuse })) as never;
}

function revoked(): unknown {
	const { proxy, revoke } = Proxy.revocable({}, {});
	revoke();
	return proxy;
}

function errorWith(key: "message" | "stack" | "name", descriptor: PropertyDescriptor): Error {
	return Object.defineProperty(new Error("an error"), key, descriptor);
}

/** Values that somebody may throw or hand over, and that most code cannot even print. */
export const HOSTILE_VALUES: readonly (readonly [what: string, make: () => unknown])[] = [
	["nothing", () => undefined],
	["null", () => null],
	["an object without a prototype", () => Object.create(null)],
	["a toString that throws", () => ({ toString: refuse })],
	["a toString that returns no text", () => ({ toString: () => ({}) })],
	["a message that is an object", () => ({ message: Object.create(null) })],
	["a message that throws", () => Object.defineProperty({}, "message", { get: refuse })],
	["an error whose message throws", () => errorWith("message", { get: refuse })],
	["an error whose message is an object", () => errorWith("message", { value: Object.create(null) })],
	["an error whose stack throws", () => errorWith("stack", { get: refuse })],
	["an error whose name throws", () => errorWith("name", { get: refuse })],
	[
		"an error that is its own cause",
		() => Object.assign(new Error("round"), { cause: undefined, self: errorWith("stack", { get: refuse }) }),
	],
	["a Proxy that throws on everything", () => throwsOnEverything()],
	["a function's Proxy that throws on everything", () => throwsOnEverything(() => undefined)],
	["a revoked Proxy", revoked],
	["a symbol", () => Symbol("hell")],
	["a symbol without a name", () => Symbol()],
	["a big number", () => 10n ** 5000n],
	["a huge text", () => "x".repeat(10_000_000)],
	["an error with a huge message", () => new Error("x".repeat(10_000_000))],
	["a text of lone surrogates", () => "\uD800".repeat(5000)],
	["an object that throws when it is looked at", () => ({ [inspect.custom]: refuse })],
	["an object that throws when it is converted", () => ({ [Symbol.toPrimitive]: refuse })],
	["an object whose tag throws", () => Object.defineProperty({}, Symbol.toStringTag, { get: refuse })],
	["a function", () => refuse],
	["a class", () => class Hell {}],
	[
		"a circle",
		() => {
			const circle: unknown[] = [];
			circle.push(circle);
			return circle;
		},
	],
];
