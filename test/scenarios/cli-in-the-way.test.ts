import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { identifyProcess } from "../../src/platform/process-identity.ts";
import { runPi } from "../support/cli.ts";
import { craftedId, craftRecord, RAN } from "../support/crafted-record.ts";
import { callTool, craftSession, notices, open, opened, resume, workspaceWith } from "../support/lasting-session.ts";

it("starts although transcripts are pipes, says so, and does not wait for anybody to write into them", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const { tasks } = craftSession(workspace, [
		craftRecord("ended"),
		craftRecord("ran", { ...RAN, turns: 2 }),
		craftRecord("big", { result: "its beginning" }, { resultIsCut: true }),
	]);
	for (const name of ["ended", "ran", "big"]) execFileSync("mkfifo", [join(tasks, `${craftedId(name)}.jsonl`)]);

	const pi = open(workspace);
	await pi.waitFor("the start", (event) => event.type === "extension_ui_request" && event.method === "notify");
	await pi.request({ type: "get_state" });
	const said = notices(pi).join("\n");
	for (const name of ["ran", "big"])
		expect(said).toContain(
			`the transcript of ${craftedId(name)} cannot be read: it is a pipe; expected a regular file`,
		);

	const verbose = await callTool(pi, "get_subagent_result", { agent_id: craftedId("ended"), verbose: true });
	expect(verbose.isError).toBe(false);
	expect(verbose.text).toContain("the result of ended");
	expect(verbose.text).toMatch(/The transcript \S+ cannot be read: it is a pipe; expected a regular file/);
	const paged = await callTool(pi, "get_subagent_result", { agent_id: craftedId("big"), offset: 4 });
	expect(paged.text).toMatch(/beginning$/);
	expect(await resume(pi, craftedId("ended"), "work")).toMatchObject({ isError: true });
	await pi.request({ type: "prompt", message: `/agents transcript ${craftedId("ended")}` });
	expect((await pi.request({ type: "get_state" })).success).toBe(true);
	await pi.close();

	const printed = await runPi({ workspace, mode: "print", prompt: "/agents list", args: ["--continue"] });
	expect(printed.code).toBe(0);
});

it("says who holds the session's lock, and only reads what is in it", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "auto" });
	const { file } = craftSession(workspace, [craftRecord("ended"), craftRecord("ran", { ...RAN, turns: 2 })]);
	const lock = join(file.replace(/\.jsonl$/, ""), "lease.json");
	mkdirSync(join(lock, ".."), { recursive: true });
	writeFileSync(lock, JSON.stringify(identifyProcess(process.pid)));

	const pi = await opened(workspace);
	const said = notices(pi).join("\n");
	expect(said).toContain(`another pi (process ${process.pid} on `);
	expect(said).toContain("here they can only be read. If it has ended, delete this file and open the session again");
	expect(said).toContain(lock);
	const read = await callTool(pi, "get_subagent_result", { agent_id: craftedId("ended") });
	expect(read.text).toContain("the result of ended");
	expect(await resume(pi, craftedId("ran"), "work")).toMatchObject({ isError: true });
	await pi.close();
});
