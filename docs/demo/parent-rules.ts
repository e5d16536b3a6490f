import { type Conversation, type Reply, say } from "./conversation.ts";
import { searchWords } from "./search-words.ts";

const HELP = `I am demo-1: a few rules instead of a language model, so that pi-crew can be tried without a key and without a network.

Ask me about the files in this directory and name what you are looking for. I hand the question to an Explore subagent; it searches, reads, and answers with a quotation. For example:

- What does RunOutcome say about how a subagent can end?
- Where is TurnLimit?
- What is in package.json?`;

/** The parent's whole mind: hand a question about the repository on, and repeat what the subagent answered. */
export function delegateQuestion({ question, results }: Conversation): Reply {
	if (results.length > 0) return say(results.map((result) => result.text).join("\n\n"));
	const [word] = searchWords(question);
	if (word === undefined) return say(HELP);
	return {
		kind: "call",
		tool: "subagent",
		arguments: { subagent_type: "Explore", description: `Find out about ${word}`, prompt: question },
	};
}
