import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";
import { projectOf } from "../planning/parent-snapshot.ts";
import { isNewerHost } from "../platform/host-version.ts";
import type { ActiveSession } from "./active-session.ts";

/** Reports the parent's activity to the runtime, from the host's events, which differ between the two hosts. */
export function subscribeParentEvents(pi: ExtensionAPI, session: ActiveSession): void {
	pi.on(
		"context",
		({ messages }) => session.runtime.mailbox.withRoster(messages) as { messages: typeof messages } | undefined,
	);
	pi.on("input", () => session.runtime.mailbox.activity.expected());
	// The newer host also prepares runs that begin with a message of an extension: there is no prompt then, and no input.
	pi.on("before_agent_start", () =>
		isNewerHost ? session.runtime.mailbox.activity.starting() : session.runtime.mailbox.activity.began(),
	);
	pi.on("agent_start", (_event, ctx) => {
		const { mailbox, manager } = session.runtime;
		const { activity } = mailbox;
		activity.began();
		const { onInterrupt } = session.planning.settings(projectOf(ctx));
		const interrupted = () => {
			activity.interrupt();
			if (onInterrupt === "stop-all") manager.stopAllBackground("user");
		};
		if (ctx.signal?.aborted)
			interrupted(); // Escape while it was being prepared
		else ctx.signal?.addEventListener("abort", interrupted);
	});
	const rewriting = (signal: AbortSignal) => {
		session.runtime.mailbox.activity.rewritingBegan();
		signal.addEventListener("abort", rewritten);
	};
	const rewritten = () => session.runtime.mailbox.activity.rewritingEnded();
	pi.on("session_before_compact", ({ signal }) => {
		if (!isNewerHost) session.runtime.mailbox.activity.ended(false); // it interrupts a running turn, and does not report its end
		rewriting(signal);
	});
	pi.on("session_compact", rewritten);
	pi.on("session_before_tree", ({ signal }) => rewriting(signal));
	pi.on("session_tree", rewritten);
	let failed = false;
	const ended = () => session.runtime.mailbox.activity.ended(failed);
	pi.on("agent_end", ({ messages }) => {
		const last = messages.findLast((message) => message.role === "assistant");
		failed = last?.role === "assistant" && last.stopReason === "error";
		if (!isNewerHost) ended();
	});
	// The newer host reports when it is really idle; the older one does not know the event.
	if (!isNewerHost) return;
	const onNewer = pi.on as (event: string, handler: () => void) => void;
	onNewer("agent_settled", ended);
	onNewer("session_compact_failed", rewritten);
}
