/**
 * A permission extension as strangers write one, from what the contract says: the policy is that of the agent the session
 * belongs to, found by the `active_agent` entry or else the first tag in the prompt; a child is known by the hook, and what
 * has to be asked is asked of the person at its parent. `POLICY` holds, by agent name and tool, `deny` or `ask`.
 */
export function permissionNeighbour(policy: Record<string, Record<string, "deny" | "ask">>, source: "entry" | "tag") {
	return `
const POLICY = ${JSON.stringify(policy)};
const shared = (globalThis[Symbol.for("test:permissions/v1")] ??= { people: new Map(), parents: new Map(), log: [] });
export default (pi) => {
	pi.events.on("subagents:child:session-created", ({ sessionId, parentSessionId }) => {
		shared.parents.set(sessionId, parentSessionId);
		shared.log.push("knows " + [...shared.parents.keys()].length);
	});
	pi.events.on("subagents:child:disposed", ({ sessionId }) => {
		shared.parents.delete(sessionId);
		shared.log.push("forgets " + [...shared.parents.keys()].length);
	});
	pi.on("session_start", (_event, ctx) => {
		if (ctx.hasUI) shared.people.set(ctx.sessionManager.getSessionId(), ctx.ui);
	});
	pi.on("session_shutdown", (_event, ctx) => shared.people.delete(ctx.sessionManager.getSessionId()));
	const agentOf = (ctx) => {
		if (${JSON.stringify(source)} === "tag") return /<active_agent name="([^"]+)"\\/>/.exec(ctx.getSystemPrompt())?.[1];
		const isAgent = (entry) => entry.type === "custom" && entry.customType === "active_agent";
		return ctx.sessionManager.getEntries().find(isAgent)?.data.name;
	};
	pi.on("tool_call", async ({ toolName }, ctx) => {
		const agent = agentOf(ctx);
		const rule = POLICY[agent]?.[toolName];
		if (rule === undefined) return undefined;
		if (rule === "deny") return { block: true, reason: agent + " may not use " + toolName };
		const sessionId = ctx.sessionManager.getSessionId();
		const person = shared.people.get(shared.parents.get(sessionId) ?? sessionId);
		if (!person) return { block: true, reason: "nobody is there to allow " + toolName + " to " + agent };
		const allowed = await person.confirm("Permission", agent + " wants to use " + toolName);
		return allowed ? undefined : { block: true, reason: "the person said no to " + toolName };
	});
};`;
}
