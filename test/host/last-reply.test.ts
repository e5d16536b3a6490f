import type { AgentEvent, AgentMessage } from "@mariozechner/pi-agent-core";
import { fauxAssistantMessage, fauxText, fauxToolCall } from "@mariozechner/pi-ai";
import { expect, it } from "vitest";
import { LastReply } from "../../src/host/last-reply.ts";
import { messageEnd, streaming, turnStart } from "../engine/agent-events.ts";

const says = (text: string) => fauxAssistantMessage(text);
const calls = fauxAssistantMessage([fauxText("  "), fauxToolCall("bash", { command: "x" })], { stopReason: "toolUse" });
const failed = fauxAssistantMessage("", { stopReason: "error", errorMessage: "overloaded" });
const user: AgentMessage = { role: "user", content: "hello", timestamp: 1 };
const end = (...messages: AgentMessage[]): AgentEvent => ({ type: "agent_end", messages });

/** The last words, why the last reply stopped, and its error. */
function after(...events: AgentEvent[]) {
	const reply = new LastReply();
	for (const event of events) reply.remember(event);
	return [reply.lastText(), reply.stopReason(), reply.errorMessage()];
}

it("is nothing before the first reply", () => {
	expect(after()).toEqual(["", undefined, undefined]);
	expect(after(turnStart, streaming("text_delta"), messageEnd(user))).toEqual(["", undefined, undefined]);
});

it("is the last one, without the blanks around it", () => {
	expect(after(messageEnd(says("first")), messageEnd(says(" last \n")), messageEnd(user))).toEqual([
		"last",
		"stop",
		undefined,
	]);
});

it("keeps the last words beside a later reply that has none", () => {
	expect(after(messageEnd(says("words")), messageEnd(calls))).toEqual(["words", "toolUse", undefined]);
	expect(after(messageEnd(says("words")), messageEnd(failed))).toEqual(["words", "error", "overloaded"]);
});

it("is also found at the end of a run whose messages were reported nowhere else", () => {
	expect(after(end(user, says("words")))).toEqual(["words", "stop", undefined]);
	expect(after(messageEnd(says("words")), end(user, failed))).toEqual(["words", "error", "overloaded"]);
	expect(after(messageEnd(says("words")), end(says("older"), user), end())).toEqual(["words", "stop", undefined]);
});

it("is read when it is asked for: a handler may have replaced what was in it", () => {
	const reply = new LastReply();
	const message = says("secret");
	reply.remember(messageEnd(message));
	message.content = [fauxText("redacted")];
	expect(reply.lastText()).toBe("redacted");
});

it("is forgotten when the next run begins", () => {
	const reply = new LastReply();
	reply.remember(messageEnd(fauxAssistantMessage("words", { stopReason: "error", errorMessage: "no" })));
	reply.forget();
	expect([reply.lastText(), reply.stopReason(), reply.errorMessage()]).toEqual(["", undefined, undefined]);
});
