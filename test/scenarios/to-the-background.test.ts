import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { allNotified, notifiedIds } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { callTool, callTools, isChild, say, subagentCall } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";

const CTRL_B = "\x02";

/** The terminal of a host, as far as keys are concerned. */
function terminal() {
	const state = { text: "", focused: { getText: () => "", setText: () => {}, render: () => [], invalidate: () => {} } };
	let listener: (data: string) => { consume?: boolean } | undefined = () => undefined;
	const person = {
		getEditorText: () => state.text,
		setEditorText: (text: string) => {
			state.text = text;
		},
		onTerminalInput: (handler: typeof listener) => {
			listener = handler;
			return () => {
				listener = () => undefined;
			};
		},
		setWidget: (_key: string, content: unknown) => {
			if (typeof content === "function") content({ focusedComponent: state.focused, terminal: { rows: 24 } }, {});
		},
	} as HostOptions["person"];
	/** @returns whether it was ours */
	const press = (key: string) => listener(key)?.consume ?? false;
	return { state, person, press };
}

let host: ScriptedHost;
afterEach(() => host.stop());

/** The parent starts these tasks in the foreground on "go"; each works in one tool until a file of its name is there. */
async function startTasks(tasks: readonly string[], person: HostOptions["person"], parent = async () => say("noted")) {
	host = await startHost({
		...(person && { person }),
		script: async (call) => {
			const wait = `touch begun-${call.text}; until [ -e ${call.text} ]; do sleep 0.02; done`;
			if (isChild(call)) return call.role === "user" ? callTool("bash", { command: wait }) : say("it is done");
			if (call.role === "user" && call.text === "go") return callTools(tasks.map((prompt) => subagentCall({ prompt })));
			return call.role === "toolResult" ? parent() : say("noted");
		},
	});
	const prompting = host.prompt("go");
	await until("the tools to run", () => tasks.every((task) => existsSync(join(host.cwd, `begun-${task}`))));
	return prompting;
}

const release = (task: string) => writeFileSync(join(host.cwd, task), "");

it("moves all foreground subagents to the background by one key in the middle of their tools, and Escape does not stop them", async () => {
	const { person, press, state } = terminal();
	let answer = () => {};
	const thinking = new Promise<void>((resolve) => {
		answer = resolve;
	});
	let isAsked = false;
	const prompting = startTasks(["one", "two"], person, async () => {
		isAsked = true;
		await thinking;
		return say("noted");
	});
	await until("the host", () => host !== undefined);
	await until("the tools to run", () => ["one", "two"].every((task) => existsSync(join(host.cwd, `begun-${task}`))));

	state.text = "typing";
	expect(press(CTRL_B)).toBe(false); // with text in the editor it moves the cursor
	state.text = "";
	expect(press(CTRL_B)).toBe(true);
	expect(press(CTRL_B)).toBe(false); // none is left in the foreground
	await until("the parent to be asked", () => isAsked);
	const escaping = host.session.abort();
	answer();
	await escaping;
	const results = await prompting;

	expect(results).toHaveLength(2);
	for (const { text, isError, details } of results) {
		expect(text).toMatch(/^Subagent started in the background\n/);
		expect(text).toContain("Note: the user moved it to the background");
		expect(text).toContain("You will be notified when it has ended.");
		expect([isError, details.status, details.isBackground]).toEqual([false, "running", true]);
		expect(text).toContain(`Agent ID: ${details.id}`);
	}
	expect(host.notices.at(-1)).toBe("2 subagents continue in the background.");
	for (const task of ["one", "two"]) release(task);
	await allNotified(host, 2);
	expect(notifiedIds(host).sort()).toEqual(results.map(({ details }) => details.id).sort());
	expect(
		host
			.notifications()
			.join("\n")
			.match(/<status>completed<\/status>/g),
	).toHaveLength(2);
});

it("moves one by `/agents background`, counts it among the background runs, and returns the result of one that has just ended", async () => {
	const prompting = startTasks(["alone"], undefined);
	await until("the host", () => host !== undefined);
	await until("the tool to run", () => existsSync(join(host.cwd, "begun-alone")));
	await host.session.prompt("/agents background");
	const [result] = await prompting;
	const id = result?.details.id as string;
	await host.session.prompt(`/agents background ${id.slice(0, 5)}`);
	expect(host.notices.at(-1)).toContain("is running, and no call waits for it");
	await host.session.prompt("/agents stop all");
	expect(host.notices.at(-1)).not.toContain("No subagent is running"); // asked first, and the person here says no
	release("alone");
	await allNotified(host, 1);
	await host.session.prompt("/agents background");
	expect(host.notices.at(-1)).toBe("No subagent is running in the foreground.");
	expect(notifiedIds(host)).toEqual([id]);
});
