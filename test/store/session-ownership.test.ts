import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ProcessIdentity } from "../../src/domain/stored-run.ts";
import { identifyProcess } from "../../src/platform/process-identity.ts";
import { SessionOwnership } from "../../src/store/session-lock.ts";
import { sampleStored } from "./sample-stored.ts";

let root: string;
let leaseFile: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-ownership-"));
	leaseFile = join(root, "session", "lease.json");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const us = identifyProcess(process.pid);
const other = identifyProcess(process.ppid);
const dead = { pid: 2 ** 30, hostname: hostname() };

function ownership(owner: ProcessIdentity = us): SessionOwnership {
	const made = new SessionOwnership(owner, Date.now);
	made.open({ id: "parent-session", leaseFile });
	return made;
}

const ownedBy = (owner: ProcessIdentity) => sampleStored({ owner });

describe("who looks after a stored subagent", () => {
	it("is nobody here when it belongs to another session, as in a fork", () => {
		const forked = sampleStored({ owner: us, record: { parentSessionId: "the original" } });
		expect(ownership().ownerOf(forked)).toBe("another-session");
		expect(existsSync(leaseFile)).toBe(false);
	});

	it("is this process when it was before, without a lease", () => {
		expect(ownership().ownerOf(ownedBy(us))).toBe("us");
		expect(existsSync(leaseFile)).toBe(false);
	});

	it("is the process that still lives", () => {
		expect(ownership().ownerOf(ownedBy(other))).toBe("another-process");
	});

	it("is, of a dead one's, the first process that opens the session", () => {
		expect(ownership().ownerOf(ownedBy(dead))).toBe("us");
		expect(JSON.parse(readFileSync(leaseFile, "utf8"))).toEqual(us);
		expect(ownership(other).ownerOf(ownedBy(dead))).toBe("another-process");
	});

	it("is the next one when the first gave it up", () => {
		const first = ownership(other);
		expect(first.ownerOf(ownedBy(dead))).toBe("us");
		expect(ownership().ownerOf(ownedBy(dead))).toBe("another-process");
		first.close();
		expect(existsSync(leaseFile)).toBe(false);
		expect(ownership().ownerOf(ownedBy(dead))).toBe("us");
	});

	it("is decided by the lease alone when the owner is another machine's", () => {
		const distant = { pid: 1, hostname: "another machine" };
		expect(ownership().ownerOf(ownedBy(distant))).toBe("us");
	});

	it("is this process when no lease can be written: nobody else has one there either", () => {
		writeFileSync(join(root, "session"), "a file in its place");
		expect(ownership().ownerOf(ownedBy(dead))).toBe("us");
	});

	it("is this process when nobody else can open the session", () => {
		const made = new SessionOwnership(us, Date.now);
		made.open({ id: "parent-session", leaseFile: undefined });
		expect(made.ownerOf(ownedBy(dead))).toBe("us");
		made.startHeartbeat();
		made.stopHeartbeat();
		made.close();
	});

	it("is looked up once for each process of a session", () => {
		const made = ownership();
		expect(made.ownerOf(ownedBy(dead))).toBe("us");
		made.close();
		ownership(other).ownerOf(ownedBy(dead));
		expect(made.ownerOf(ownedBy(dead))).toBe("us"); // what it has taken in it keeps
	});

	it("is looked up anew when a session is opened", () => {
		const made = ownership();
		expect(made.ownerOf(ownedBy(dead))).toBe("us");
		made.close();
		ownership(other).ownerOf(ownedBy(dead));
		made.open({ id: "parent-session", leaseFile });
		expect(made.ownerOf(ownedBy(dead))).toBe("another-process");
	});

	it("beats while runs live, and rests while none does", () => {
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		const made = ownership();
		made.stopHeartbeat(); // nothing to rest from yet
		made.startHeartbeat();
		expect(vi.getTimerCount()).toBe(1);
		made.stopHeartbeat();
		expect(vi.getTimerCount()).toBe(0);
		made.startHeartbeat();
		made.close();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("writes no file for a session that nobody else can open", () => {
		const made = new SessionOwnership(us, Date.now);
		made.open({ id: "parent-session", leaseFile: undefined });
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		made.startHeartbeat();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("takes a new lease for the next session after the last one was closed", () => {
		const made = ownership();
		made.startHeartbeat();
		made.close();
		const next = join(root, "session", "next.json");
		made.open({ id: "parent-session", leaseFile: next });
		made.startHeartbeat();
		expect([existsSync(leaseFile), existsSync(next)]).toEqual([false, true]);
		made.close();
		expect(existsSync(next)).toBe(false);
	});

	it("shows itself by a lease when runs live", () => {
		const made = ownership();
		made.startHeartbeat();
		expect(JSON.parse(readFileSync(leaseFile, "utf8"))).toEqual(us);
		made.stopHeartbeat();
		made.close();
		expect(existsSync(leaseFile)).toBe(false);
	});
});
