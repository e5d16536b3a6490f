import { expect, it, onTestFinished } from "vitest";
import { allNotified, backgroundCall, collectFacts, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { callTools, isChild, say } from "../support/script.ts";
import { startHost } from "../support/scripted-host.ts";

/** A parent that works on while its two subagents end, so that it was not told of them yet. */
async function busyParent() {
	const { happened: parentMayEnd, happen: endParent } = signalled();
	const host = await startHost({
		person: { confirm: async () => true },
		script: async (call) => {
			if (isChild(call)) return say(`answer to ${call.text}`);
			if (call.text === "go")
				return callTools(["one", "two"].map((prompt) => backgroundCall({ prompt, description: prompt })));
			if (call.role === "toolResult") await parentMayEnd;
			return say("noted");
		},
	});
	onTestFinished(() => host.stop());
	const facts = collectFacts(host);
	const ended = (count: number) =>
		until("them to end", () => facts.filter(({ channel }) => channel === "completed").length === count);
	const prompted = host.prompt("go");
	await ended(2);
	const ids = facts.filter(({ channel }) => channel === "created").map(({ payload }) => String(payload.id));
	const release = () => {
		endParent();
		return prompted;
	};
	return { host, ids, ended, release };
}

it("are all told once, also of a run that a person has resumed from /agents meanwhile", async () => {
	const { host, ids, ended, release } = await busyParent();
	const [first = "", second = ""] = ids;
	await host.session.prompt(`/agents resume ${first} once more`);
	await ended(3);
	expect(host.notifications()).toEqual([]);
	await release();
	await allNotified(host, 3);
	expect(notifiedIds(host).sort()).toEqual([first, first, second].sort());
	const told = host.notifications().join();
	for (const words of ["answer to one", "answer to once more", "answer to two"])
		expect(told.split(`<result>${words}</result>`)).toHaveLength(2);
});

it("are delivered also for those that a person has dismissed, or would discard although nothing interrupted them", async () => {
	const { host, ids, release } = await busyParent();
	const [first = "", second = ""] = ids;
	await host.session.prompt(`/agents dismiss ${first}`);
	await host.session.prompt("/agents list");
	expect(host.notices.at(-1)).not.toContain(first);
	await host.session.prompt(`/agents discard ${second}`);
	expect(host.notices.at(-1)).toContain(
		"has ended (completed); only an interrupted or suspended subagent can be discarded",
	);
	await release();
	await allNotified(host, 2);
	expect(notifiedIds(host).sort()).toEqual([...ids].sort());
});
