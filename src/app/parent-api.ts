import type { Usage } from "@mariozechner/pi-ai";
import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import type { ParentApi, SubagentUsage } from "../host/parent-connection.ts";
import type { ParentTools } from "../host/parent-tools.ts";
import { appendOrStepBack } from "../host/session-file.ts";
import { isNewerHost } from "../platform/host-version.ts";
import { plainText } from "../platform/plain-text.ts";

interface ParentSides {
	readonly pi: ExtensionAPI;
	readonly parentTools: ParentTools;
	readonly ctx: ExtensionContext;
}

/** The host's side of a started session, as its subagents reach it. */
export function parentApi({ pi, parentTools, ctx }: ParentSides): ParentApi {
	const session = ctx.sessionManager;
	return {
		tools: parentTools,
		appendEntry: (type, data) => appendOrStepBack(() => pi.appendEntry(type, data), session),
		addUsage: (usage) => appendOrStepBack(() => addToCosts(session, usage), session),
		warn: (text) => showWarning(text, ctx),
		emit: (channel, payload) => pi.events.emit(channel, payload),
		sendMessage: (message, { wakeParent }) =>
			pi.sendMessage(message as Parameters<ExtensionAPI["sendMessage"]>[0], {
				deliverAs: "followUp",
				triggerTurn: wakeParent,
			}),
		contextUsage: () => ctx.getContextUsage(),
		// The older host counts as idle while a run begins and while one is ending: there only its events tell.
		isIdle: () => !isNewerHost || ctx.isIdle(),
	};
}

/** Shows the person something. Without a UI it goes to stderr, because stdout is the host's. */
export function showWarning(text: string, listener: Listener): void {
	show(text, "warning", listener);
}

/** The same for what is no trouble. */
export function showHint(text: string, listener: Listener): void {
	show(text, "info", listener);
}

type Listener = Pick<ExtensionContext, "hasUI" | "ui">;

function show(text: string, tone: "warning" | "info", { hasUI, ui }: Listener): void {
	if (hasUI) ui.notify(plainText(text), tone);
	else console.error(plainText(text));
}

/** The newer host's sessions count what is not the model's own reply in entries of their own, also what an extension used. */
function addToCosts(session: NewerSession, { usage, model, id }: SubagentUsage): void {
	const [, provider = "", name = model] = /^([^/]+)\/(.+)$/s.exec(model) ?? [];
	session.appendUsage?.("subagent", provider, name, usage, id);
}

type NewerSession = ExtensionContext["sessionManager"] & {
	readonly appendUsage?: (kind: string, provider: string, model: string, usage: Usage, note: string) => void;
};
