import { callTool, isChild, say } from "./script.ts";
import type { Script, ScriptedHost } from "./scripted-host.ts";

/** The parent does what `order` tells it, and answers everything else in one word. */
export function obedient(child: Script): Script {
	return (call) => {
		if (isChild(call)) return child(call);
		const words = call.role === "user" && /^(\w+) (\{.*\})$/s.exec(call.text);
		return words ? callTool(words[1] as string, JSON.parse(words[2] as string)) : say("noted");
	};
}

/** Has an obedient parent call a tool. @returns what the call brought */
export async function order(host: ScriptedHost, tool: string, args: object) {
	return (await host.prompt(`${tool} ${JSON.stringify(args)}`))[0];
}

export function orderRun(host: ScriptedHost, args: object) {
	return order(host, "subagent", { description: "d", subagent_type: "Plan", ...args });
}
