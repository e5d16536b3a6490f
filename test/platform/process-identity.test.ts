import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { identifyProcess, livenessOf } from "../../src/platform/process-identity.ts";
import { until } from "../support/condition.ts";

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
	expect(us).toMatchObject({ pid: process.pid, hostname: hostname(), born: expect.stringMatching(/^\d+$/) });
	expect(livenessOf(us)).toBe("alive");
	expect(livenessOf({ ...us, born: "1" })).toBe("dead");
});

it.runIf(isLinux)("counts a zombie as dead", async () => {
	// The shell starts a child and becomes a program that never asks how it ended.
	const parent = spawn("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
	onTestFinished(() => void parent.kill("SIGKILL"));
	const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
	const state = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0];
	await until("the child to be a zombie", () => state() === "Z");
	expect(livenessOf({ pid, hostname: hostname() })).toBe("dead");
});

it("counts a process whose beginning nobody knows as alive when its number is", () => {
	expect(livenessOf({ pid: process.pid, hostname: hostname() })).toBe("alive");
});

it.runIf(isLinux)("sees a process that belongs to somebody else", () => {
	expect(livenessOf(identifyProcess(1))).toBe("alive");
});

it.each([0, -1, 1.5, Number.NaN])("counts a process with the impossible number %d as dead", (pid) => {
	expect(livenessOf({ pid, hostname: hostname() })).toBe("dead");
});

it("does not know of processes of other machines", () => {
	expect(livenessOf({ pid: process.pid, hostname: "another machine" })).toBe("unknown");
});

it.runIf(isLinux)("does not know of processes of a machine or container that has the same name", () => {
	const us = identifyProcess(process.pid);
	expect(livenessOf({ ...us, machine: "another", pid: 2 ** 30 })).toBe("unknown");
	const [boot] = (us.pidSpace ?? "").split("-");
	expect(livenessOf({ ...us, pidSpace: `${boot}-another`, pid: 2 ** 30 })).toBe("unknown");
});

it.runIf(isLinux)(
	"counts the processes of an earlier boot of this machine as dead, also those with a number in use",
	() => {
		const us = identifyProcess(process.pid);
		expect(livenessOf({ ...us, pidSpace: "earlier-space" })).toBe("dead");
	},
);

it.runIf(isLinux)("knows a process of this machine under the name that the machine had before", () => {
	expect(livenessOf({ ...identifyProcess(process.pid), hostname: "before" })).toBe("alive");
});
