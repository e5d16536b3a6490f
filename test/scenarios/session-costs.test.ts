import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { allNotified } from "../support/background.ts";
import { until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import {
	calls,
	idOf,
	open,
	opened,
	prompt,
	sessionWhen,
	statuses,
	subagent,
	theSession,
	untilRaised,
	workspaceWith,
} from "../support/lasting-session.ts";
import { obedient, order, orderRun } from "../support/obedient-parent.ts";
import { say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { theService } from "../support/service.ts";
import type { SessionFile } from "../support/session-file.ts";

vi.setConfig({ testTimeout: 120_000 }); // pi starts three times

/** The newer host adds to a session's cost what tools and others used; the older one counts its own model's replies. */
const countsOthers = hostCli.version === "next";

let host: ScriptedHost | undefined;
afterEach(() => host?.stop());

interface Tokens {
	readonly input: number;
	readonly output: number;
	readonly cacheRead: number;
	readonly cacheWrite: number;
}

const total = (usages: readonly Tokens[]) =>
	usages.reduce((sum, { input, output, cacheRead, cacheWrite }) => sum + input + output + cacheRead + cacheWrite, 0);

/** What the parent's own replies used, and what the host says that its session used. */
function usedBy({ session }: ScriptedHost) {
	const replies = session.messages.flatMap((message) => (message.role === "assistant" ? [message.usage] : []));
	return { own: total(replies), session: session.getSessionStats().tokens.total };
}

const usedBySubagents = () =>
	total(
		theService()
			.listAgents()
			.map(({ lifetimeUsage, cacheRead }) => ({ ...lifetimeUsage, cacheRead })),
	);

it("the session costs what it and all its subagents cost, each of them once", async () => {
	host = await startHost({
		script: obedient((call) => say(`answer to ${call.text}`)),
		sessionDir: "persisted",
	});
	const sums: unknown[] = [];
	const expected: unknown[] = [];
	const check = () => {
		const { own, session } = usedBy(host as ScriptedHost);
		sums.push(session);
		expected.push(own + (countsOthers ? usedBySubagents() : 0));
	};

	const first = await orderRun(host, { prompt: "in front" });
	check();
	await order(host, "get_subagent_result", { agent_id: first?.details.id });
	check();
	await orderRun(host, { prompt: "again", resume: first?.details.id });
	check();
	const behind = await orderRun(host, { prompt: "behind", run_in_background: true });
	await allNotified(host, 1);
	check();
	await order(host, "get_subagent_result", { agent_id: behind?.details.id });
	check();
	await orderRun(host, { prompt: "behind again", resume: behind?.details.id, run_in_background: true });
	await allNotified(host, 2);
	check();
	await theService().run("Plan", "of the service");
	check();
	await host.reload();
	await theService().resume(behind?.details.id as string, "after a reload");
	check();

	expect(usedBySubagents()).toBeGreaterThan(0);
	expect(sums).toEqual(expected);
});

/** The tokens of subagents that the session's file counts, in tool results and in entries of their own. */
function counted({ entries }: SessionFile): number {
	const usages = entries.flatMap((entry) => {
		if (entry.type === "usage") return [entry.usage as Tokens];
		const { role, usage } = (entry.message ?? {}) as { role?: string; usage?: Tokens };
		return role === "toolResult" && usage ? [usage] : [];
	});
	return total(usages);
}

function used({ records }: SessionFile): number {
	return total([...records.values()].map(({ record }) => ({ ...record.lifetimeUsage, cacheRead: record.cacheRead })));
}

describe.runIf(countsOthers)("in the file of a session", () => {
	it("counts what a killed pi's subagents used at the next start, once, and what it had counted not again", async () => {
		const workspace = workspaceWith({ resumeInterrupted: "never" });
		const first = open(workspace);
		await prompt(first, calls([subagent("done", "the answer")]));
		expect(counted(theSession(workspace))).toBe(used(theSession(workspace)));
		expect(used(theSession(workspace))).toBeGreaterThan(0);
		const work = { command: "touch began; until [ -e never ]; do sleep 0.05; done" };
		first.send({
			type: "prompt",
			message: calls([subagent("settled", "at once"), subagent("working", calls([{ name: "bash", arguments: work }]))]),
		});
		await sessionWhen(
			"one to have ended and one to run",
			workspace,
			(file) => statuses(file).settled === "completed" && statuses(file).working === "running",
		);
		await until("its first turn", () => existsSync(join(workspace.cwd, "began")));
		await first.kill();

		for (let start = 1; start <= 2; start++) {
			const pi = await opened(workspace);
			await prompt(pi, `start ${start}`);
			await pi.close();
			const file = theSession(workspace);
			expect(statuses(file)).toEqual({ done: "completed", settled: "completed", working: "interrupted" });
			expect(counted(file)).toBe(used(file));
		}
	});

	it("counts those of a script in the script's result", async () => {
		const workspace = workspaceWith();
		const pi = open(workspace, { args: ["--continue", "--tools", "+codemode"] });
		const run = (name: string, more = "") =>
			`tools.subagent({ description: "${name}", prompt: "answer", subagent_type: "Plan"${more} })`;
		const code = `await Promise.all([${run("one")}, ${run("two")}]);
			const { id } = await ${run("behind", ", run_in_background: true")};
			await tools.get_subagent_result({ agent_id: id, wait: true });`;
		await prompt(pi, calls([{ name: "codemode", arguments: { code } }]));
		const file = theSession(workspace);
		expect(Object.keys(statuses(file))).toEqual(["one", "two", "behind"]);
		expect(counted(file)).toBe(used(file));
		const { data } = await pi.request({ type: "get_session_stats" });
		const own = total(
			file.entries.flatMap(({ message }) => {
				const { role, usage } = (message ?? {}) as { role?: string; usage?: Tokens };
				return role === "assistant" && usage ? [usage] : [];
			}),
		);
		expect((data as { tokens: { total: number } }).tokens.total).toBe(own + used(file));
		expect(idOf(file, "behind")).toBe(file.entries.find(({ type }) => type === "usage")?.note);
	});

	it("counts one that was stopped while it was running", async () => {
		const workspace = workspaceWith();
		const pi = open(workspace);
		pi.send({ type: "prompt", message: calls([subagent("stopped", untilRaised("never"))]) });
		await sessionWhen("it to run", workspace, (file) => statuses(file).stopped === "running");
		await until("its first turn", () => pi.events.some(({ type }) => type === "tool_execution_update"));
		await pi.request({ type: "abort" });
		const file = await sessionWhen("it to be stopped", workspace, (session) => statuses(session).stopped === "stopped");
		await pi.close();
		expect(counted(theSession(workspace))).toBe(used(file));
	});
});
