import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { identifyProcess, livenessOf } from "../../src/store/process-identity.ts";

const isLinux = process.platform === "linux";

it("tells a process that lives from one that is gone", async () => {
	const child = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
	const identity = identifyProcess(child.pid as number);
	expect(livenessOf(identity)).toBe("alive");
	const gone = new Promise((resolve) => child.on("close", resolve));
	child.kill("SIGKILL");
	await gone;
	expect(livenessOf(identity)).toBe("dead");
});

it.runIf(isLinux)("tells two processes of the same number apart", () => {
	const us = identifyProcess(process.pid);
	expect(us).toEqual({ pid: process.pid, hostname: hostname(), born: expect.stringMatching(/^\d+$/) });
	expect(livenessOf(us)).toBe("alive");
	expect(livenessOf({ ...us, born: "1" })).toBe("dead");
});

it.runIf(isLinux)("knows of two processes which one began later", () => {
	const child = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
	onTestFinished(() => void child.kill("SIGKILL"));
	const [us, later] = [process.pid, child.pid as number].map((pid) => Number(identifyProcess(pid).born));
	expect(later).toBeGreaterThan(us as number);
});

it("counts a process whose beginning nobody knows as alive when its number is", () => {
	expect(livenessOf({ pid: process.pid, hostname: hostname() })).toBe("alive");
});

it.runIf(isLinux)("sees a process that belongs to somebody else", () => {
	expect(livenessOf(identifyProcess(1))).toBe("alive");
});

it("does not know of processes of other machines", () => {
	expect(livenessOf({ pid: process.pid, hostname: "another machine" })).toBe("unknown");
});

it.each([0, -1, -process.pid, 1.5, Number.NaN, 1e21])("knows of no process with the number %s", (pid) => {
	expect(livenessOf({ pid, hostname: hostname() })).toBe("dead");
});
