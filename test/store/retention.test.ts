import { describe, expect, it } from "vitest";
import { chooseRemovals, type KeptTranscript } from "../../src/store/transcript-retention.ts";

const DAY = 86_400_000;
const MIB = 1024 * 1024;
const NOW = 1000 * DAY;

const transcript = (file: string, daysOld: number, mebibytes: number, neededFor?: string): KeptTranscript => ({
	file,
	bytes: mebibytes * MIB,
	changedAt: NOW - daysOld * DAY,
	...(neededFor !== undefined && { neededFor }),
});

const removed = (transcripts: readonly KeptTranscript[], days: number, mebibytes: number) =>
	chooseRemovals(transcripts, { days, mebibytes }, NOW).map(
		({ transcript: { file }, because }) => `${file} ${because}`,
	);

describe("the transcripts that go", () => {
	it("are those older than the days", () => {
		expect(removed([transcript("new", 29, 1), transcript("old", 31, 1)], 30, 0)).toEqual(["old age"]);
	});

	it("are none that is just as old as the days", () => {
		expect(removed([transcript("old", 30, 1)], 30, 0)).toEqual([]);
	});

	it("are the oldest beyond the size, as few as will do", () => {
		const transcripts = [transcript("c", 1, 3), transcript("a", 3, 3), transcript("b", 2, 3)];
		expect(removed(transcripts, 0, 6)).toEqual(["a size"]);
		expect(removed(transcripts, 0, 5)).toEqual(["a size", "b size"]);
	});

	it("are first the old ones, and then as many as the size still asks for", () => {
		const transcripts = [transcript("old", 40, 4), transcript("a", 3, 4), transcript("b", 2, 4)];
		expect(removed(transcripts, 30, 4)).toEqual(["old age", "a size"]);
	});

	it("are none that is needed, whose size counts all the same", () => {
		const transcripts = [transcript("needed", 99, 8, "it was interrupted"), transcript("a", 3, 4)];
		expect(removed(transcripts, 30, 8)).toEqual(["a size"]);
	});

	it("are none when both limits are 0", () => {
		expect(removed([transcript("a", 9999, 9999)], 0, 0)).toEqual([]);
	});
});
