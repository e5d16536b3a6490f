import { expect, it, onTestFinished } from "vitest";
import { until } from "../support/condition.ts";
import { obedient, orderRun } from "../support/obedient-parent.ts";
import { isChild, say } from "../support/script.ts";
import { startHost } from "../support/scripted-host.ts";

it("opens the list of what runs by a key that is nobody else's, and resumes from there", async () => {
	const asked: string[][] = [];
	const answers = ["is quick", "Resume", "escape", "escape"];
	const host = await startHost({
		script: obedient(() => say("done")),
		person: {
			select: async (title, options) => {
				asked.push([title.split("\n")[0] ?? "", ...options]);
				const answer = answers.shift() ?? "escape";
				return options.find((option) => option.includes(answer));
			},
			input: async () => "and once more",
		},
	});
	onTestFinished(() => host.stop());
	await orderRun(host, { prompt: "be quick", description: "is quick" });
	const runner = host.session.extensionRunner;
	const key = runner.getShortcuts({}).get("alt+a");
	expect(runner.getShortcutDiagnostics()).toEqual([]);
	await key?.handler(undefined as never);
	expect(asked.map(([title]) => title)).toEqual([
		"Running and recent",
		expect.stringMatching(/^Subagent \w{8}$/),
		expect.stringMatching(/^Subagent \w{8}$/),
		"Running and recent",
	]);
	expect(host.notices.at(-1)).toMatch(/continues in the background/);
	await until("the parent is notified", () => host.notifications().length === 1);
	expect(host.calls.filter(isChild).at(-1)?.text).toContain("and once more");
});

it("opens the list once when the key is hit twice", async () => {
	let [opened, close] = [0, () => {}];
	const host = await startHost({
		script: obedient(() => say("done")),
		person: {
			select: () => {
				opened++;
				return new Promise((resolve) => {
					close = () => resolve(undefined);
				});
			},
		},
	});
	onTestFinished(() => host.stop());
	await orderRun(host, { prompt: "be quick", description: "is quick" });
	const hit = () =>
		host.session.extensionRunner
			.getShortcuts({})
			.get("alt+a")
			?.handler(undefined as never);
	const both = [hit(), hit()];
	await until("the list", () => opened > 0);
	close();
	await Promise.all(both);
	const again = hit();
	await until("the list again", () => opened > 1);
	close();
	await again;
	expect(opened).toBe(2);
});
