import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fauxAssistantMessage } from "@mariozechner/pi-ai";
import { expect, it } from "vitest";
import { CHECKOUT, type PiEvent, runPi, SCRIPTED_MODEL, type Workspace } from "../support/cli.ts";
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
	statuses,
	subagent,
	theSession,
	toldIds,
	workspaceWith,
} from "../support/lasting-session.ts";

const isQuestion = (event: PiEvent) => event.type === "extension_ui_request" && event.method === "confirm";
const effects = ({ cwd }: Workspace) => {
	const file = join(cwd, "effects");
	return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
};
const bash = (command: string) => ({ name: "bash", arguments: { command } });

it("closes a call that was left open with an honest result, and runs nothing twice", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const first = open(workspace);
	const work = [bash("echo one >> effects"), bash("echo two >> effects; sleep 3")];
	await prompt(first, calls([background("worker", calls(work))]));
	await until("both effects", () => effects(workspace).length === 2);
	await first.kill();
	const second = await opened(workspace);
	const file = theSession(workspace);
	const resumed = await resume(second, idOf(file, "worker"), "what now?");
	expect(resumed.details).toMatchObject({ status: "completed", result: "[user] what now?", toolUses: 2 });
	expect(effects(workspace).sort()).toEqual(["one", "two"]);
	const transcript = readFileSync(String(resumed.details.transcriptFile), "utf8");
	expect(transcript.split("Whether it had an effect is not known; it was not run again.")).toHaveLength(3);
	expect(toldIds(theSession(workspace))).toEqual([idOf(file, "worker")]);
});

it("starts over from its prompt when it was killed before its first reply was stored", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const first = open(workspace);
	await prompt(first, calls([background("thinker", "sleep 60000 never")]));
	const file = await sessionWhen("it to run", workspace, (session) => statuses(session).thinker === "running");
	await first.kill();
	const second = await opened(workspace);
	const resumed = await resume(second, idOf(file, "thinker"), "sleep 1 at last");
	expect(resumed.details).toMatchObject({ status: "completed", result: "at last" });
	const transcript = readFileSync(String(resumed.details.transcriptFile), "utf8");
	expect(transcript).toContain(String.raw`sleep 60000 never\n\nsleep 1 at last`);
});

it("tells at the next start of a foreground run that was killed", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const first = open(workspace);
	first.send({
		type: "prompt",
		message: calls([subagent("waited for", calls([bash("echo hello"), bash("sleep 3")]))]),
	});
	const file = await sessionWhen("it to run", workspace, (session) => statuses(session)["waited for"] === "running");
	await first.kill();
	await opened(workspace);
	const told = await sessionWhen("it to be delivered", workspace, (session) => session.notifications.length > 0);
	expect(toldIds(told)).toEqual([idOf(file, "waited for")]);
	expect(told.notifications[0]).toContain("<status>interrupted</status>");
});

it("is still told what it was to hear when it was killed in the queue", async () => {
	const workspace = workspaceWith({ maxConcurrent: 1, resumeInterrupted: "never" });
	const first = open(workspace);
	await prompt(first, calls([background("ahead", "sleep 60000 never"), background("waits", "say this")]));
	const id = idOf(theSession(workspace), "waits");
	const steered = await callTool(first, "steer_subagent", { agent_id: id, message: "and mind that" });
	expect(steered.isError).toBe(false);
	await first.kill();
	const second = await opened(workspace);
	const resumed = await resume(second, id, "sleep 1 now");
	expect(resumed.details).toMatchObject({ status: "completed", result: "now" });
	const transcript = readFileSync(String(resumed.details.transcriptFile), "utf8");
	expect(transcript.split("\n").find((line) => line.includes('"role":"user"'))).toContain(
		String.raw`say this\n\nand mind that\n\nsleep 1 now`,
	);
});

/** One that ran with words written down, and one that waited. */
function interruptedSession(settings: object): Workspace {
	const workspace = workspaceWith(settings);
	const waits = { ...RAN, status: "queued" } as const;
	const prompts = { unheard: ["sleep 1 its turn came"], unwritten: [] };
	const { tasks } = craftSession(workspace, [
		craftRecord("ran", RAN),
		craftRecord("waits", waits, { plan: { prompts } }),
	]);
	const conversation = [said("user", "sleep 9 x"), said("assistant", fauxAssistantMessage("so far"))];
	craftTranscript(join(tasks, `${craftedId("ran")}.jsonl`), workspace.cwd, conversation);
	return workspace;
}

it("asks the person, once, whether what was interrupted is to be resumed, and does as they say", async () => {
	const workspace = interruptedSession({});
	const first = open(workspace);
	const question = await first.waitFor("the question", isQuestion);
	expect(question).toMatchObject({ title: "Resume interrupted subagents?" });
	expect(String(question.message)).toContain(craftedId("ran"));
	expect(notices(first)).toEqual([
		[
			"Interrupted when pi ended; resume one to continue it:",
			`${craftedId("ran")} general-purpose "ran"`,
			"Suspended since pi ended; resume one to start it:",
			`${craftedId("waits")} general-purpose "waits"`,
		].join("\n"),
	]);
	first.send({ type: "extension_ui_response", id: question.id, confirmed: true });
	const file = await sessionWhen(
		"it to continue",
		workspace,
		(session) => session.records.get("ran")?.attempt === 2 && statuses(session).ran === "completed",
	);
	await sessionWhen("that to be delivered", workspace, (session) => session.notifications.length === 2);
	expect(statuses(file)).toEqual({ ran: "completed", waits: "queued" });
	expect(file.records.get("ran")?.record.result).toContain("You were interrupted");
	await first.kill();

	const second = await opened(workspace);
	expect(second.events.filter(isQuestion)).toEqual([]);
	expect(notices(second).join("")).not.toContain(craftedId("ran"));
	expect(theSession(workspace).notifications).toHaveLength(2);
});

it("leaves it when the person says no, and does not ask again", async () => {
	const workspace = interruptedSession({});
	const first = open(workspace);
	const { id } = await first.waitFor("the question", isQuestion);
	first.send({ type: "extension_ui_response", id, confirmed: false });
	await first.request({ type: "get_state" });
	await first.kill();
	const second = await opened(workspace);
	expect(second.events.filter(isQuestion)).toEqual([]);
	expect(statuses(theSession(workspace))).toEqual({ ran: "interrupted", waits: "queued" });
});

it("continues by itself with auto, in what a workspace provider that is loaded later prepares", async () => {
	const workspace = interruptedSession({ resumeInterrupted: "auto" });
	const place = join(workspace.cwd, "prepared");
	const provider = join(workspace.agentDir, "provider.ts");
	writeFileSync(provider, PROVIDER.replaceAll("PLACE", JSON.stringify(place)));
	open(workspace, { extensions: [CHECKOUT, SCRIPTED_MODEL, provider] });
	const file = await sessionWhen("it to continue", workspace, (session) => statuses(session).ran === "completed");
	expect(file.records.get("ran")?.workspace).toBe(place);
	expect(file.records.get("ran")?.record.result).toMatch(/You were interrupted.*given back/s);
	expect(statuses(file).waits).toBe("queued");
});

it.each(["by itself", "when a person says so"])(
	"is reported when it continued %s, though its file keeps it in front",
	async (how) => {
		const workspace = workspaceWith({ resumeInterrupted: how === "by itself" ? "auto" : "never" });
		const folder = join(workspace.cwd, ".pi", "agents");
		mkdirSync(folder);
		writeFileSync(join(folder, "front.md"), "---\nrun_in_background: false\n---\n");
		const first = open(workspace);
		first.send({
			type: "prompt",
			message: calls([subagent("in front", calls([bash("sleep 2")]), { subagent_type: "front" })]),
		});
		const running = await sessionWhen("it to run", workspace, (session) => statuses(session)["in front"] === "running");
		await first.kill();

		const second = await opened(workspace);
		if (how !== "by itself") {
			const id = idOf(running, "in front");
			await second.request({ type: "prompt", message: `/agents resume ${id} sleep 1 at last` });
		}
		const isDone = (text: string) => text.includes("<status>completed</status>");
		const file = await sessionWhen("it to be delivered", workspace, ({ notifications }) => notifications.some(isDone));
		expect(file.records.get("in front")?.record).toMatchObject({
			isBackground: true,
			delivery: { via: "notification" },
		});
	},
);

const PROVIDER = `
import { mkdirSync } from "node:fs";
export default (pi) => pi.on("session_start", async () => {
	await new Promise((resolve) => setTimeout(resolve, 100));
	const service = globalThis[Symbol.for("@gotgenes/pi-subagents:service")];
	const prepare = async () => {
		mkdirSync(PLACE, { recursive: true });
		return { cwd: PLACE, dispose: () => ({ resultAddendum: "given back" }) };
	};
	service.registerWorkspaceProvider({ prepare });
});`;

it.each(["ask", "never", "auto"])(
	"says what was interrupted and leaves it without a UI, whatever is set: %s",
	async (mode) => {
		const workspace = interruptedSession({ resumeInterrupted: mode });
		const run = await runPi({ workspace, mode: "print", prompt: "hello again", args: ["--continue"] });
		expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining("hello again") });
		expect(run.stderr).toContain(`Interrupted when pi ended; resume one to continue it:\n${craftedId("ran")}`);
		const file = theSession(workspace);
		expect(statuses(file)).toEqual({ ran: "interrupted", waits: "queued" });
		expect(toldIds(file)).toEqual([craftedId("ran")]);
		expect(file.notifications[0]).toContain("<result>so far</result>");
	},
);

it("never resumes with never, and starts a held one when it is resumed or stops it when it is dropped", async () => {
	const workspace = interruptedSession({ resumeInterrupted: "never" });
	const dropper = join(workspace.agentDir, "dropper.ts");
	writeFileSync(dropper, DROPPER);
	const pi = await opened(workspace, { extensions: [CHECKOUT, SCRIPTED_MODEL, dropper] });
	expect(pi.events.filter(isQuestion)).toEqual([]);
	await pi.request({ type: "prompt", message: `/drop ${craftedId("waits")}` });
	const file = await sessionWhen("it to be delivered", workspace, (session) =>
		toldIds(session).includes(craftedId("waits")),
	);
	expect(statuses(file)).toEqual({ ran: "interrupted", waits: "stopped" });
	expect(file.records.get("waits")?.record.error).toBe("Stopped by another extension.");
	const late = await resume(pi, craftedId("waits"), "sleep 1 after all");
	expect(late.details).toMatchObject({ status: "completed", result: "after all" });
	expect(readFileSync(String(late.details.transcriptFile), "utf8")).toContain("its turn came");
});

const DROPPER = `
export default (pi) => pi.registerCommand("drop", { description: "drops one", handler: async (id) => {
	globalThis[Symbol.for("@gotgenes/pi-subagents:service")].abort(id);
} });`;

it("reports after a restart what a run wrote that a provider's error ended, as partial, and continues it", async () => {
	const workspace = workspaceWith({ resumeInterrupted: "never" });
	const failure = { status: "error", error: "529 overloaded", result: "So far: fine." } as const;
	const { tasks } = craftSession(workspace, [craftRecord("failed", failure, { ending: { code: "model" } })]);
	craftTranscript(join(tasks, `${craftedId("failed")}.jsonl`), workspace.cwd, [
		said("user", "check it"),
		said("assistant", fauxAssistantMessage("So far: fine.")),
		said("assistant", fauxAssistantMessage("", { stopReason: "error", errorMessage: "529 overloaded" })),
	]);
	const pi = await opened(workspace);
	const file = await sessionWhen("the report", workspace, (session) => session.notifications.length > 0);
	expect(file.notifications[0]).toContain(
		"529 overloaded; partial result. Resume it to continue: subagent with resume",
	);
	expect(file.notifications[0]).toContain("<result>So far: fine.</result>");
	const report = await callTool(pi, "get_subagent_result", { agent_id: craftedId("failed") });
	expect(report.text).toMatch(/Error: 529 overloaded\n\nPartial result, the last text it wrote:\n\nSo far: fine\.$/);
	const resumed = await resume(pi, craftedId("failed"), "the rest");
	expect(resumed).toMatchObject({ isError: false, details: { status: "completed" } });
	await pi.close();
});
