import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { Moment } from "./moments.ts";

/**
 * A pi extension that kills its own process in the middle of a write: the given share of it reaches the disk. What is to be
 * hit is in `TORTURE_WRITE`, as JSON.
 */
export default function saboteur(): void {
	const shared = globalThis as { sabotaged?: true };
	if (shared.sabotaged || !process.env.TORTURE_WRITE) return; // subagents load it again, in the same process
	shared.sabotaged = true;
	const aim = JSON.parse(process.env.TORTURE_WRITE) as Moment & { kind: "write" };
	const real = { appendFileSync: fs.appendFileSync, writeFileSync: fs.writeFileSync, linkSync: fs.linkSync };
	let seen = 0;
	const hit = (file: unknown, data: unknown, write: (part: string) => void) => {
		if (typeof data !== "string" || !isAimedAt(aim.what, String(file), data) || ++seen < aim.nth) return;
		const part = Buffer.from(data).subarray(0, Math.floor(Buffer.byteLength(data) * aim.share));
		if (part.length > 0) write(part.toString("latin1"));
		process.kill(process.pid, "SIGKILL");
	};
	let isInside = false; // the one may be made of the other
	const outermost = (work: () => void) => {
		if (isInside) return;
		isInside = true;
		try {
			work();
		} finally {
			isInside = false;
		}
	};
	fs.appendFileSync = (file, data, options) => {
		outermost(() => hit(file, data, (part) => real.appendFileSync(file, part, "latin1")));
		isInside = true;
		try {
			real.appendFileSync(file, data, options);
		} finally {
			isInside = false;
		}
	};
	// The newer host writes a new file through a handle.
	fs.writeFileSync = (file, data, options) => {
		const place = typeof file === "number" ? placeOf(file) : file;
		const like = typeof options === "object" ? options : {};
		outermost(() => hit(place, data, (part) => real.writeFileSync(file, part, { ...like, encoding: "latin1" })));
		real.writeFileSync(file, data, options);
	};
	fs.linkSync = (from, to) => {
		if (aim.share < 0.5) hit(to, "", () => {});
		real.linkSync(from, to);
		if (aim.share >= 0.5) hit(to, "", () => {});
	};
	syncBuiltinESMExports();
}

function placeOf(handle: number): string {
	try {
		return fs.readlinkSync(`/proc/self/fd/${handle}`);
	} catch {
		return "";
	}
}

function isAimedAt(what: (Moment & { kind: "write" })["what"], file: string, data: string): boolean {
	const isTranscript = /[\\/]tasks[\\/][^\\/]*\.jsonl$/.test(file);
	if (what === "lease") return /lease\.json/.test(file);
	if (what === "transcript") return isTranscript;
	if (isTranscript || !file.endsWith(".jsonl")) return false;
	switch (what) {
		case "record":
			return data.includes('"customType":"subagents:record"');
		case "settled":
			return data.includes('"customType":"subagents:record"') && data.includes('"completedAt"');
		case "notification":
			return data.includes('"customType":"subagent-notification"');
		case "tool-result":
			return data.includes('"role":"toolResult"');
		default:
			return what satisfies never;
	}
}
