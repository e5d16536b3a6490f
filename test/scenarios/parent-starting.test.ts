import { afterEach, describe, expect, it } from "vitest";
import { allNotified, backgroundTasks, collectFacts, notifiedIds } from "../support/background.ts";
import { signalled, until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import { isChild, say } from "../support/script.ts";
import { type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host.stop());

/** Takes its time before each run of the parent when it is asked to, and begins runs by a message of its own. */
const SLOW_STARTER = `
export default (pi) => {
	pi.on("before_agent_start", async (event) => {
		globalThis.starts.push(event.prompt);
		await globalThis.starts.gate;
	});
	pi.events.on("begin-a-run", () => pi.sendMessage({ customType: "note", content: "look", display: true }, { triggerTurn: true }));
};
`;

const parentCalls = () => host.calls.filter((call) => !isChild(call)).length;

/** The parent has one subagent running, which ends when `endChild` is called. */
async function begin() {
	const { happened: childMayEnd, happen: endChild } = signalled();
	const starts: (string | undefined)[] & { gate?: Promise<void> } = [];
	Object.assign(globalThis, { starts });
	host = await startHost({
		earlierExtensions: { "slow-starter.js": SLOW_STARTER },
		script: backgroundTasks(["work"], async () => {
			await childMayEnd;
			return say("the answer");
		}),
	});
	const facts = collectFacts(host);
	await host.prompt("go");
	const childEnds = async () => {
		endChild();
		await until("the subagent to end", () => facts.some(({ channel }) => channel === "completed"));
	};
	return { starts, childEnds };
}

describe("a run that begins with a message of an extension", () => {
	it("is one of the parent's like any other: results wait for its end and are delivered once", async () => {
		const { happened, happen } = signalled();
		const { starts, childEnds } = await begin();
		starts.gate = happened;
		host.bus.emit("begin-a-run", {});
		if (hostCli.version === "next") await until("the run to begin", () => starts.length === 2);
		await childEnds();
		happen();
		await allNotified(host, 1);
		expect(notifiedIds(host)).toHaveLength(1);
		expect(host.session.messages.at(-1)).toMatchObject({ role: "assistant" });
	});
});

describe.runIf(hostCli.version === "next")("while a run of the parent begins, before pi-crew hears of it", () => {
	it("a result is kept back, so that Escape does not take it along", async () => {
		const { happened, happen } = signalled();
		const { starts, childEnds } = await begin();
		starts.gate = happened;
		host.bus.emit("begin-a-run", {});
		await until("the run to begin", () => starts.length === 2);
		await childEnds();
		await patience();
		const { steering, followUp } = host.session.clearQueue();
		expect({ steering, followUp, pending: host.session.agent.hasQueuedMessages() }).toEqual({
			...{ steering: [], followUp: [], pending: false },
		});
		const aborting = host.session.abort();
		happen();
		await aborting;
		await allNotified(host, 1);
		expect(notifiedIds(host)).toHaveLength(1);
	});

	it("Escape is the user's last word: what ends later is put down without waking the parent", async () => {
		const { happened, happen } = signalled();
		const { starts, childEnds } = await begin();
		starts.gate = happened;
		const prompting = host.prompt("never mind");
		await until("the run to begin", () => starts.length === 2);
		const aborting = host.session.abort();
		happen();
		await Promise.all([aborting, prompting]);
		const before = parentCalls();
		await childEnds();
		await allNotified(host, 1);
		expect([parentCalls() - before, notifiedIds(host).length]).toEqual([0, 1]);
	});
});

/** Longer than completions are gathered for: by now a result would have been sent. */
function patience(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 500));
}
