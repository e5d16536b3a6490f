import { expect, it, onTestFinished } from "vitest";
import { allNotified, backgroundTasks } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { isChild, say } from "../support/script.ts";
import { startHost } from "../support/scripted-host.ts";

it("what makes no sense for a subagent is refused in a person's words, which say what does", async () => {
	const { happened, happen } = signalled();
	const host = await startHost({
		person: { confirm: async () => true },
		script: backgroundTasks(["work"], async () => {
			await happened;
			return say("done");
		}),
	});
	onTestFinished(() => host.stop());
	const told = async (words: string) => {
		await host.session.prompt(`/agents ${words}`);
		return host.notices.at(-1);
	};
	const [started] = await host.prompt("go");
	const name = `general-purpose ${String(started?.details.id).slice(0, 8)}`;
	await until("the child to be asked", () => host.calls.some(isChild));
	expect(await told("resume latest")).toBe(
		`Subagent ${started?.details.id} is running and cannot be resumed; steer it instead.`,
	);
	expect(await told("dismiss latest")).toBe(`${name} is running; stop it first.`);
	expect(await told("discard latest")).toContain(
		`${name} is running; only an interrupted or suspended subagent can be discarded`,
	);
	expect(await told("steer latest go left")).toBe(`${name} reads the message before its next step.`);
	happen();
	await allNotified(host, 1);
	expect(await told("stop latest")).toBe(`${name} has ended (completed), so there is nothing to stop here.`);
	expect(await told("steer latest go left")).toBe(
		`${name} has ended (completed) and reads no messages; resume it instead.`,
	);
});
