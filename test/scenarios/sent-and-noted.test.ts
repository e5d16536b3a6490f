import { fauxAssistantMessage, fauxToolCall } from "@mariozechner/pi-ai";
import { expect, it } from "vitest";
import { craftedId, craftNotification, craftRecord, craftToolResult } from "../support/crafted-record.ts";
import {
	type CraftedLine,
	craftSession,
	open,
	opened,
	said,
	sessionWhen,
	theSession,
	toldIds,
	workspaceWith,
} from "../support/lasting-session.ts";
import type { SessionFile } from "../support/session-file.ts";

/** The messages that a killed pi left decide what was delivered, not its notes of them. */
async function toldAfterRestart(lines: readonly CraftedLine[]): Promise<Record<string, number>> {
	const workspace = workspaceWith();
	craftSession(workspace, [...lines, craftRecord("another")]);
	const first = open(workspace);
	const isTold = (session: SessionFile) => toldIds(session).includes(craftedId("another"));
	const file = await sessionWhen("the other one to be delivered", workspace, isTold);
	await first.kill();
	await opened(workspace);
	expect(toldIds(theSession(workspace))).toEqual(toldIds(file)); // nor at a second start
	expect(notedAsUntold(theSession(workspace))).toEqual([]);
	const ids = toldIds(file).filter((id) => id !== craftedId("another"));
	return Object.fromEntries([...new Set(ids)].map((id) => [id, ids.filter((other) => other === id).length]));
}

/** Whoever reads the records alone is to see the same. */
function notedAsUntold({ records }: SessionFile): string[] {
	const open = [...records].filter(([, { record }]) => !["delivered", "withheld"].includes(record.delivery.state));
	return open.map(([description]) => description);
}

const told = (via: "notification" | "tool" | "foreground") =>
	({ delivery: { state: "delivered", via, at: 1 } }) as const;
const callOf = (id: string, name: string) =>
	said("assistant", fauxAssistantMessage([fauxToolCall(name, {}, { id })], { stopReason: "toolUse" }));

it("tells again what was noted as told when the message is missing, and only then", async () => {
	const told1 = await toldAfterRestart([
		craftRecord("noted, missing", told("notification")),
		craftRecord("noted, there", told("notification")),
		craftRecord("there, not noted"),
		craftRecord("among others"),
		craftNotification("noted, there", "there, not noted", "among others"),
	]);
	expect(told1).toEqual({
		[craftedId("noted, missing")]: 1,
		[craftedId("noted, there")]: 1,
		[craftedId("there, not noted")]: 1,
		[craftedId("among others")]: 1,
	});
});

it("tells what a tool was to bring when the tool's result is missing, and only then", async () => {
	const carriedBy = (toolCallId: string, isBackground: boolean) => ({
		carrier: toolCallId,
		plan: { toolCallId: isBackground ? "spawned-by" : toolCallId },
	});
	const told1 = await toldAfterRestart([
		callOf("f1", "subagent"),
		craftRecord("foreground, missing", { ...told("foreground"), isBackground: false }, carriedBy("f1", false)),
		callOf("f2", "subagent"),
		craftRecord("foreground, there", { ...told("foreground"), isBackground: false }, carriedBy("f2", false)),
		craftToolResult("f2", "subagent"),
		callOf("r1", "get_subagent_result"),
		craftRecord("read, missing", told("tool"), carriedBy("r1", true)),
		callOf("r2", "get_subagent_result"),
		craftRecord("read, there", told("tool"), carriedBy("r2", true)),
		craftToolResult("r2", "get_subagent_result"),
		craftRecord("waited for", { delivery: { state: "claimed" } }),
		craftToolResult("spawned-by", "subagent"),
		craftRecord(
			"the user's own stop",
			{ status: "stopped", delivery: { state: "withheld" } },
			{ ending: { by: "user" } },
		),
	]);
	expect(told1).toEqual({
		[craftedId("foreground, missing")]: 1,
		[craftedId("read, missing")]: 1,
		[craftedId("waited for")]: 1,
	});
});
