import { expectTypeOf, it } from "vitest";
import type { StoredRun } from "../../src/domain/stored-run.ts";
import type { StoredBySchema } from "../../src/store/journal.ts";

/** A type without `readonly` and without the interfaces and intersections that it is put together from. */
type Plain<T> = T extends readonly (infer Item)[]
	? Plain<Item>[]
	: T extends object
		? { -readonly [Key in keyof T]: Plain<T[Key]> }
		: T;

it("checks exactly what a stored run is: the compiler refuses a field that the schema or the type has alone", () => {
	expectTypeOf<Plain<StoredBySchema>>().toEqualTypeOf<Plain<StoredRun>>();
});
