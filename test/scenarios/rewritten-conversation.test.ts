import { afterEach, expect, it } from "vitest";
import { allNotified, backgroundTasks, collectFacts, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { isChild, isSummaryRequest, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";
import { runtimeOf } from "../support/session-runtime.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

/** A parent that works until it is interrupted when told to; its subagent ends, and its summaries come, when a test says so. */
async function start() {
	const [childsWork, summary] = [signalled(), signalled()];
	let isSummarizing = false;
	const delegate = backgroundTasks(["a"], async () => {
		await childsWork.happened;
		return say("done");
	});
	host = await startHost({
		settings: { compaction: { enabled: false, keepRecentTokens: 10 } },
		script: async (call) => {
			if (!isChild(call) && call.text === "work")
				await new Promise((resolve) => call.signal?.addEventListener("abort", resolve));
			if (!isSummaryRequest(call.text)) return delegate(call);
			isSummarizing = true;
			await summary.happened;
			return say("a summary");
		},
	});
	const facts = collectFacts(host);
	return {
		summarizing: () => until("a summary to be asked for", () => isSummarizing),
		summarize: summary.happen,
		endChild: async () => {
			childsWork.happen();
			await until("the subagent to end", () => facts.some(({ channel }) => channel === "completed"));
		},
	};
}

it("tells on the branch to which the person moves what ends while the other one is summarized", async () => {
	const { summarizing, summarize, endChild } = await start();
	await host.prompt("hello");
	const { sessionManager } = host.session;
	const place = sessionManager.getLeafId() as string;
	const [started] = await host.prompt("go");
	const { mailbox } = await runtimeOf(host);

	const moving = host.session.navigateTree(place, { summarize: true });
	await summarizing();
	await endChild();
	mailbox.deliverNow();
	summarize();
	await moving;
	await allNotified(host, 1);

	const branch = sessionManager.getBranch().map((entry) => entry.type);
	expect(branch.slice(branch.indexOf("branch_summary"))).toContain("custom_message");
	expect(notifiedIds(host)).toEqual([started?.details.id]);
});

it("tells after a compaction that took the parent out of its work", async () => {
	const { summarizing, summarize, endChild } = await start();
	await host.prompt("hello");
	const [started] = await host.prompt("go");
	void host.prompt("work");
	await until("the parent to work", () => host.calls.some((call) => call.text === "work"));

	const compacting = host.session.compact();
	await summarizing();
	await endChild();
	summarize();
	await compacting;

	await allNotified(host, 1);
	expect(notifiedIds(host)).toEqual([started?.details.id]);
});
