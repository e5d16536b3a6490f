import { describe, expect, it } from "vitest";
import type { Block } from "../../../src/ui/viewer/block.ts";
import { ConversationBlocks } from "../../../src/ui/viewer/conversation-blocks.ts";
import { blockText } from "../../../src/ui/viewer/search.ts";
import { CraftedConversation, calls, reply, result, user } from "./crafted-conversation.ts";

function blocksOf(blocks: ConversationBlocks): Block[] {
	return Array.from({ length: blocks.count }, (_, index) => blocks.at(index) as Block);
}

const kinds = (blocks: ConversationBlocks) => blocksOf(blocks).map(({ kind }) => kind);

function taken(conversation: CraftedConversation): ConversationBlocks {
	const blocks = new ConversationBlocks();
	blocks.take(conversation.now());
	return blocks;
}

it("makes a block of each message and each tool call, the result with its call", () => {
	const blocks = taken(
		new CraftedConversation().say(
			user("look"),
			calls("c1", "read", { path: "a" }, "I look."),
			result("c1", "read", "text of a"),
			calls("c2", "bash", { command: "ls" }),
			result("c2", "bash", "no such thing", true),
			reply("done"),
		),
	);
	expect(kinds(blocks)).toEqual(["user", "assistant", "tool", "tool", "assistant"]);
	expect(blocksOf(blocks).flatMap((block) => (block.kind === "tool" ? [block.outcome] : []))).toMatchObject([
		{ content: [{ text: "text of a" }], isError: false, isPartial: false },
		{ content: [{ text: "no such thing" }], isError: true, isPartial: false },
	]);
});

it("begins a turn with what a user says and with each reply, also with one that only calls tools", () => {
	const blocks = taken(
		new CraftedConversation().say(user("a"), calls("c1", "ls", {}, "words"), calls("c2", "ls", {}), reply("b")),
	);
	expect(kinds(blocks)).toEqual(["user", "assistant", "tool", "tool", "assistant"]);
	expect(blocks.turnStarts).toEqual([0, 1, 3, 4]);
});

it("shows compactions, summaries of branches, what extensions say and what a person ran", () => {
	const command = {
		role: "bashExecution",
		command: "ls",
		output: "a",
		exitCode: 0,
		cancelled: false,
		truncated: false,
	};
	const blocks = taken(
		new CraftedConversation()
			.add({ type: "compaction", summary: "before", tokensBefore: 12, firstKeptEntryId: "e0" })
			.add({ type: "branch_summary", summary: "elsewhere", fromId: "e0" })
			.add({ type: "custom_message", customType: "note", content: "mind the gap", display: true })
			.add({ type: "custom_message", customType: "note", content: "not for people", display: false })
			.add(
				{ type: "custom", customType: "active_agent", data: {} },
				{ type: "model_change", provider: "p", modelId: "m" },
			)
			.say(command, { role: "system", content: "prompt" }),
	);
	expect(blocksOf(blocks).map((block) => [block.kind, blockText(block)])).toEqual([
		["compaction", "before"],
		["branch", "elsewhere"],
		["custom", "note\nmind the gap"],
		["bash", "$ ls\na"],
	]);
});

describe("while the subagent lives", () => {
	it("reads only what is new, and nothing when nothing is", () => {
		const conversation = new CraftedConversation().say(user("a"), reply("b"));
		const blocks = new ConversationBlocks();
		expect(blocks.take(conversation.now())).toBe(true);
		const before = blocksOf(blocks);
		expect(blocks.take(conversation.now())).toBe(false);
		expect(conversation.reads).toBe(1);
		conversation.say(reply("c"));
		expect(blocks.take(conversation.now())).toBe(true);
		expect(blocksOf(blocks).slice(0, 2)).toEqual(before);
		expect(blocks.at(0)).toBe(before[0]);
		expect(blocks.count).toBe(3);
	});

	it("shows the reply that is being written, and then the one that was", () => {
		const conversation = new CraftedConversation().say(user("a"));
		conversation.streaming = reply("half a sen");
		const blocks = taken(conversation);
		expect(blocksOf(blocks).map(blockText)).toEqual(["a", "half a sen"]);
		expect(blocks.turnStarts).toEqual([0, 1]);
		conversation.streaming = undefined;
		conversation.say(reply("half a sentence"));
		blocks.take(conversation.now());
		expect(blocksOf(blocks).map(blockText)).toEqual(["a", "half a sentence"]);
		expect(blocks.turnStarts).toEqual([0, 1]);
	});

	it("does not take a reply for the same when the host has written into it", () => {
		const conversation = new CraftedConversation();
		const streaming = reply("one");
		conversation.streaming = streaming;
		const blocks = taken(conversation);
		const before = blocks.at(0);
		streaming.content.push({ type: "text", text: "two" });
		conversation.change();
		blocks.take(conversation.now());
		expect(before && blockText(before)).toBe("one");
		expect(blocksOf(blocks).map(blockText)).toEqual(["one\ntwo"]);
	});

	it("shows what a tool tells while it runs, until it has ended", () => {
		const conversation = new CraftedConversation().say(calls("c1", "bash", { command: "make" }));
		const blocks = taken(conversation);
		expect(blocks.at(0)).toMatchObject({ outcome: undefined });
		conversation.toolUpdates.set("c1", { content: [{ type: "text", text: "compiling" }], details: {} });
		conversation.change();
		blocks.take(conversation.now());
		expect(blocks.at(0)).toMatchObject({ outcome: { content: [{ text: "compiling" }], isPartial: true } });
		conversation.say(result("c1", "bash", "compiled"));
		blocks.take(conversation.now());
		expect(blocks.at(0)).toMatchObject({ outcome: { content: [{ text: "compiled" }], isPartial: false } });
	});

	it("begins anew when the conversation continued from an earlier place", () => {
		const conversation = new CraftedConversation().say(user("a"), calls("c1", "ls", {}), reply("b"));
		const blocks = taken(conversation);
		conversation.entries.splice(0);
		conversation.say(user("other"));
		conversation.entries[0] = { ...conversation.entries[0], id: "another" } as (typeof conversation.entries)[0];
		blocks.take(conversation.now());
		expect(blocksOf(blocks).map(blockText)).toEqual(["other"]);
		expect(blocks.turnStarts).toEqual([0]);
	});
});

describe("what it did not expect", () => {
	it("says why calls were never answered", () => {
		const blocks = taken(
			new CraftedConversation().say(
				{ ...calls("c1", "ls", {}), stopReason: "aborted" },
				{ ...calls("c2", "ls", {}), stopReason: "error", errorMessage: "no more money" },
			),
		);
		expect(blocksOf(blocks).map((block) => block.kind === "tool" && block.outcome)).toEqual([
			{ content: [{ type: "text", text: "Operation aborted" }], isError: true, isPartial: false },
			{ content: [{ type: "text", text: "no more money" }], isError: true, isPartial: false },
		]);
	});

	it("shows a result whose call is not there as plain text", () => {
		const blocks = taken(new CraftedConversation().say(result("c9", "read", "orphan")));
		expect(blocksOf(blocks)).toMatchObject([{ kind: "plain", title: "result of read", text: "orphan" }]);
	});

	it.each([
		["no message", { type: "message" }],
		["a message of null", { type: "message", message: null }],
		["a message of no known kind", { type: "message", message: { role: "oracle", content: "42" } }],
		["a reply without content", { type: "message", message: { role: "assistant" } }],
		["a reply of text", { type: "message", message: { role: "assistant", content: "text" } }],
		["parts of null", { type: "message", message: { role: "user", content: [null, 1, "x"] } }],
		["a user message of a number", { type: "message", message: { role: "user", content: 5 } }],
		["a result of nothing", { type: "message", message: { role: "toolResult", toolCallId: "x" } }],
		["a command of nothing", { type: "message", message: { role: "bashExecution" } }],
		["a compaction without words", { type: "compaction" }],
		["a summary of a number", { type: "branch_summary", summary: 5 }],
	])("shows %s as plain text", (_what, entry) => {
		const blocks = taken(new CraftedConversation().add(entry));
		expect(kinds(blocks)).toEqual(["plain"]);
	});
});
