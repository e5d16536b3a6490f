import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ProcessIdentity } from "../../src/domain/stored-run.ts";
import { identifyProcess } from "../../src/platform/process-identity.ts";
import { Custody } from "../../src/store/session-lock.ts";
import { sampleStored } from "./sample-stored.ts";

let root: string;
let leaseFile: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "pi-crew-custody-"));
	leaseFile = join(root, "session", "lease.json");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const us = identifyProcess(process.pid);
const other = identifyProcess(process.ppid);
const dead = { pid: 2 ** 30, hostname: hostname() };

function custody(owner: ProcessIdentity = us): Custody {
	const made = new Custody(owner, Date.now);
	made.open({ id: "parent-session", leaseFile });
	return made;
}

const ownedBy = (owner: ProcessIdentity) => sampleStored({ owner });

describe("who looks after a stored subagent", () => {
	it("is nobody here when it belongs to another session, as in a fork", () => {
		const forked = sampleStored({ owner: us, record: { parentSessionId: "the original" } });
		expect(custody().custodianOf(forked)).toBe("another-session");
		expect(existsSync(leaseFile)).toBe(false);
	});

	it("is this process when it was before, without a lease", () => {
		expect(custody().custodianOf(ownedBy(us))).toBe("us");
		expect(existsSync(leaseFile)).toBe(false);
	});

	it("is the process that still lives", () => {
		expect(custody().custodianOf(ownedBy(other))).toBe("another-process");
	});

	it("is, of a dead one's, the first process that opens the session", () => {
		expect(custody().custodianOf(ownedBy(dead))).toBe("us");
		expect(JSON.parse(readFileSync(leaseFile, "utf8"))).toEqual(us);
		expect(custody(other).custodianOf(ownedBy(dead))).toBe("another-process");
	});

	it("is the next one when the first gave it up", () => {
		const first = custody(other);
		expect(first.custodianOf(ownedBy(dead))).toBe("us");
		expect(custody().custodianOf(ownedBy(dead))).toBe("another-process");
		first.close();
		expect(existsSync(leaseFile)).toBe(false);
		expect(custody().custodianOf(ownedBy(dead))).toBe("us");
	});

	it("is told by the lease alone when the owner is another machine's", () => {
		const distant = { pid: 1, hostname: "another machine" };
		expect(custody().custodianOf(ownedBy(distant))).toBe("us");
	});

	it("is this process when no lease can be written: nobody else has one there either", () => {
		writeFileSync(join(root, "session"), "a file in its place");
		expect(custody().custodianOf(ownedBy(dead))).toBe("us");
	});

	it("is this process when nobody else can open the session", () => {
		const made = new Custody(us, Date.now);
		made.open({ id: "parent-session", leaseFile: undefined });
		expect(made.custodianOf(ownedBy(dead))).toBe("us");
		made.beat();
		made.rest();
		made.close();
	});

	it("is looked up once for each process of a session", () => {
		const made = custody();
		expect(made.custodianOf(ownedBy(dead))).toBe("us");
		made.close();
		custody(other).custodianOf(ownedBy(dead));
		expect(made.custodianOf(ownedBy(dead))).toBe("us"); // what it has taken in it keeps
	});

	it("is looked up anew when a session is opened", () => {
		const made = custody();
		expect(made.custodianOf(ownedBy(dead))).toBe("us");
		made.close();
		custody(other).custodianOf(ownedBy(dead));
		made.open({ id: "parent-session", leaseFile });
		expect(made.custodianOf(ownedBy(dead))).toBe("another-process");
	});

	it("beats while runs live, and rests while none does", () => {
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		const made = custody();
		made.rest(); // nothing to rest from yet
		made.beat();
		expect(vi.getTimerCount()).toBe(1);
		made.rest();
		expect(vi.getTimerCount()).toBe(0);
		made.beat();
		made.close();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("writes no file for a session that nobody else can open", () => {
		const made = new Custody(us, Date.now);
		made.open({ id: "parent-session", leaseFile: undefined });
		vi.useFakeTimers();
		onTestFinished(() => void vi.useRealTimers());
		made.beat();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("takes a new lease for the next session after the last one was closed", () => {
		const made = custody();
		made.beat();
		made.close();
		const next = join(root, "session", "next.json");
		made.open({ id: "parent-session", leaseFile: next });
		made.beat();
		expect([existsSync(leaseFile), existsSync(next)]).toEqual([false, true]);
		made.close();
		expect(existsSync(next)).toBe(false);
	});

	it("shows itself by a lease when runs live", () => {
		const made = custody();
		made.beat();
		expect(JSON.parse(readFileSync(leaseFile, "utf8"))).toEqual(us);
		made.rest();
		made.close();
		expect(existsSync(leaseFile)).toBe(false);
	});
});
