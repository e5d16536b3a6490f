import { type AssistantMessage, fauxAssistantMessage } from "@mariozechner/pi-ai";
import { SessionManager } from "@mariozechner/pi-coding-agent";
import { expect, it } from "vitest";
import { LiveConversation } from "../../src/host/conversation.ts";

type Session = ConstructorParameters<typeof LiveConversation>[0];

const says = (text: string, timestamp: number): AssistantMessage => ({ ...fauxAssistantMessage(text), timestamp });

const asks = (content: string) => ({ role: "user" as const, content, timestamp: 1 });

/** A session that is written to by hand, as the host does it. */
function watched() {
	const sessionManager = SessionManager.inMemory("/project");
	const state: { messages: unknown[]; streamingMessage: unknown } = { messages: [], streamingMessage: undefined };
	const session = { sessionManager, sessionId: "s", agent: { state } } as unknown as Session;
	return { sessionManager, state, said: new LiveConversation(session) };
}

it("reads what is new since a known entry, and all where that is not on the branch", () => {
	const { sessionManager, said } = watched();
	const first = sessionManager.appendMessage(asks("a"));
	const second = sessionManager.appendMessage(says("b", 2));
	expect(
		said
			.now()
			.read()
			.entries.map(({ id }) => id),
	).toEqual([first, second]);
	expect(said.now().read(first)).toMatchObject({ continues: true, notice: "", entries: [{ id: second }] });
	expect(said.now().read(second)).toMatchObject({ continues: true, entries: [] });
	sessionManager.branch(first);
	expect(said.now().read(second)).toMatchObject({ continues: false, entries: [{ id: first }] });
});

it("has another revision after each event and each entry, and else the same", () => {
	const { sessionManager, said } = watched();
	const revisions = [said.now().revision];
	expect(said.now().revision).toBe(revisions[0]);
	said.observe({ type: "agent_start" });
	revisions.push(said.now().revision);
	sessionManager.appendMessage(asks("a"));
	revisions.push(said.now().revision);
	expect(new Set(revisions).size).toBe(3);
});

it("shows a reply from its first token on, without a gap until it has an entry", () => {
	const { sessionManager, state, said } = watched();
	sessionManager.appendMessage(says("before", 1));
	state.messages = [says("before", 1)];
	expect(said.now().streaming).toBeUndefined();
	state.streamingMessage = says("ha", 5);
	expect(said.now().streaming).toMatchObject({ content: [{ text: "ha" }] });
	state.streamingMessage = undefined;
	state.messages.push(says("half", 5));
	expect(said.now().streaming).toMatchObject({ content: [{ text: "half" }] });
	sessionManager.appendMessage(says("half", 5));
	expect(said.now().streaming).toBeUndefined();
	sessionManager.appendCustomEntry("note", {});
	expect(said.now().streaming).toBeUndefined();
});

it("keeps what tools have told until they have ended", () => {
	const { said } = watched();
	const call = { toolCallId: "c1", toolName: "bash", args: {} };
	said.observe({ type: "tool_execution_update", ...call, partialResult: "some" });
	expect([...said.now().toolUpdates]).toEqual([["c1", "some"]]);
	said.observe({ type: "tool_execution_end", ...call, result: "all", isError: false });
	expect(said.now().toolUpdates.size).toBe(0);
	said.observe({ type: "tool_execution_update", ...call, partialResult: "some" });
	said.observe({ type: "agent_end", messages: [] });
	expect(said.now().toolUpdates.size).toBe(0);
});
