import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fauxAssistantMessage } from "@mariozechner/pi-ai";
import { expect, it } from "vitest";
import { until } from "../support/condition.ts";
import { craftedId, craftRecord, RAN } from "../support/crafted-record.ts";
import {
	background,
	calls,
	callTool,
	craftSession,
	craftTranscript,
	idOf,
	notices,
	open,
	opened,
	prompt,
	resume,
	said,
	sessionWhen,
	theSession,
	toldIds,
	workspaceWith,
} from "../support/lasting-session.ts";

it("starts with a damaged session, says what was left out, keeps the rest and continues in it", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const future = craftRecord("of tomorrow");
	const stolen = craftRecord("whole", { parentSessionId: "another", result: "stolen" });
	const half = JSON.stringify(craftRecord("torn"));
	const { file } = craftSession(
		workspace,
		[
			"this is no JSON",
			craftRecord("whole"),
			{ ...future, data: { ...(future.data as object), v: 99 } },
			{ type: "custom", customType: "subagents:record", data: { v: 1, record: { id: "../../x" } } },
			{ type: "custom", customType: "somebody-else", data: { v: 1, record: null } },
			stolen,
			'{"type":"custom","customType":"subagents:record","data":{"v":1,',
			craftRecord("lost its transcript", { ...RAN, turns: 3 }, { attempt: 2 }),
			half.slice(0, half.length / 2),
		],
		{ end: "" },
	);
	const pi = open(workspace);
	await pi.waitFor("the start", (event) => event.type === "extension_ui_request" && event.method === "notify");
	const state = await pi.request({ type: "get_state" });
	await until("both to be delivered", () => readFileSync(file, "utf8").split("subagent-notification").length > 1);

	expect(state).toMatchObject({ data: { sessionId: "01900000-0000-7000-8000-000000000000" } });
	const said = notices(pi).join("\n");
	for (const place of [":4:", ":10:", ":12:"]) expect(said).toContain(`${file}${place} warning: this line is damaged`);
	expect(said).toContain("it is of version 99, this is version 3");
	expect(said).toMatch(/was left out: it must have required properties/);
	expect(said).toContain(`${craftedId("whole")} belongs to another session`);
	expect(said).toContain(`the transcript of ${craftedId("lost its transcript")} is gone`);
	const whole = await callTool(pi, "get_subagent_result", { agent_id: craftedId("whole") });
	expect(whole.text).toContain("the result of whole");
	const gone = await resume(pi, craftedId("lost its transcript"), "continue");
	expect(gone).toMatchObject({ isError: true });
	expect(gone.text).toContain("is gone");

	// What is written now stands in lines of its own and is found by the next start.
	await prompt(pi, calls([background("new", "a new one")]));
	const lines = () => readFileSync(file, "utf8").split("\n");
	await until("the new one to be delivered", () => lines().some((line) => line.includes("a new one</result>")));
	await pi.kill();
	const before = lines().length;
	const again = await opened(workspace);
	const fresh = lines().flatMap((line) => {
		const isNew = line.includes("subagents:record") && line.includes('"description":"new"');
		return isNew ? [JSON.parse(line).data.record.id] : [];
	})[0];
	expect((await callTool(again, "get_subagent_result", { agent_id: fresh })).text).toContain("[user] a new one");
	expect(lines().slice(0, before).join("\n").split("subagent-notification").length).toBe(3); // the old ones, the new one
});

it("does not let a record lead it to somebody else's file", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const precious = join(workspace.cwd, "precious.txt");
	writeFileSync(precious, "precious");
	craftSession(workspace, [craftRecord("malicious", { ...RAN, transcriptFile: precious })]);
	const pi = await opened(workspace);
	await resume(pi, craftedId("malicious"), "continue");
	expect(readFileSync(precious, "utf8")).toBe("precious");
});

it("keeps a result that is too large for an entry, whole, over a restart", async () => {
	const workspace = workspaceWith();
	const first = open(workspace);
	await prompt(first, calls([background("large", "long 70000")]));
	const file = await sessionWhen("it to be delivered", workspace, (session) => session.notifications.length > 0);
	expect(file.records.get("large")?.resultIsCut).toBe(true);
	await first.kill();
	const second = await opened(workspace);
	const read = async (offset: number) => {
		const { text } = await callTool(second, "get_subagent_result", { agent_id: idOf(file, "large"), offset });
		return text.slice(text.lastIndexOf("\n\n") + 2);
	};
	const beginning = await read(0);
	expect(beginning + (await read(beginning.length))).toBe("w".repeat(70_000));
	expect(theSession(workspace).notifications).toHaveLength(1);
});

it("is not confused by clocks: an end before its beginning, a beginning in the future", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const tomorrow = Date.now() + 86_400_000;
	const { tasks } = craftSession(workspace, [
		craftRecord("backwards", { startedAt: 5000, completedAt: 1000 }),
		craftRecord("of tomorrow", { ...RAN, startedAt: tomorrow, queuedAt: tomorrow }),
	]);
	const conversation = [said("user", "do"), said("assistant", fauxAssistantMessage("so far"))];
	craftTranscript(join(tasks, `${craftedId("of tomorrow")}.jsonl`), workspace.cwd, conversation);
	open(workspace);
	const file = await sessionWhen("both to be delivered", workspace, (session) => session.notifications.length > 0);
	expect(toldIds(file)).toEqual([craftedId("backwards"), craftedId("of tomorrow")]);
	expect(file.notifications[0]).toContain("<result>so far</result>");
	expect(file.notifications[0]).toContain("<duration_ms>0</duration_ms>");
	expect(file.notifications[0]).not.toContain("<duration_ms>-");
});
