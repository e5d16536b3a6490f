import {
	type AssistantMessage,
	type Context,
	fauxAssistantMessage,
	fauxToolCall,
	getApiProvider,
	registerFauxProvider,
} from "@mariozechner/pi-ai";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { readConversation } from "./conversation.ts";
import { exploreRepository } from "./explore-rules.ts";
import { delegateQuestion } from "./parent-rules.ts";

/** As many model calls as may begin in the same moment, parent and subagents together. */
const SPARE_STEPS = 64;

/**
 * A pi extension: the model `demo/demo-1`, a handful of rules in place of a network. Whoever has the tool `subagent`
 * delegates, everybody else searches and reads, so the same model serves the parent and its subagents.
 */
export default function demoModel(pi: ExtensionAPI): void {
	const tokensPerSecond = Number(process.env.PI_CREW_DEMO_TPS) || undefined;
	const faux = registerFauxProvider({
		provider: "demo",
		// A fixed name: subagents load this file again, and a name of its own for each load would pile up in the process.
		api: "pi-crew-demo",
		models: [{ id: "demo-1", name: "Demo 1 (offline, a few rules)" }],
		...(tokensPerSecond && { tokensPerSecond }),
	});
	const step = (context: Context): AssistantMessage => {
		faux.appendResponses([step]);
		return answer(context);
	};
	faux.setResponses(Array.from({ length: SPARE_STEPS }, () => step));
	pi.registerProvider("demo", {
		baseUrl: "http://localhost:0",
		apiKey: "no-key-needed",
		api: faux.api,
		streamSimple: getApiProvider(faux.api)?.streamSimple,
		models: faux.models,
	});
}

function answer(context: Context): AssistantMessage {
	const conversation = readConversation(context);
	const delegates = conversation.toolNames.includes("subagent");
	const reply = delegates ? delegateQuestion(conversation) : exploreRepository(conversation);
	if (reply.kind === "text") return fauxAssistantMessage(reply.text);
	return fauxAssistantMessage(fauxToolCall(reply.tool, reply.arguments), { stopReason: "toolUse" });
}
