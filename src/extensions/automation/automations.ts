import type { ExtensionAPI, ExtensionContext } from "@mariozechner/pi-coding-agent";
import { agentDirectory } from "../../platform/agent-directory.ts";
import { debug } from "../../platform/debug.ts";
import { plainText } from "../../platform/plain-text.ts";
import { reasonOf } from "../../platform/reason-of.ts";
import { getSubagentsService } from "../../service/subagents-service.ts";
import { AutomationSession } from "./automation-session.ts";
import { automationsPage, nextText } from "./automations-page.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { publishAutomations } from "./published-automations.ts";

const STATUS_KEY = "pi-crew-automations";
/** What the status line says of the time is as old as that at most. */
const SAID_AGAIN_MS = 30_000;

/** Connects the automations to one parent session. */
export default function connectAutomations(pi: ExtensionAPI): void {
	const told = new Set<string>();
	let open: ReturnType<typeof openSession> | undefined;

	pi.on("session_shutdown", async () => {
		const closing = open;
		open = undefined;
		await closing?.close();
	});
	// Follows the session's start, so that the service is there whatever the order of the extensions.
	pi.on("resources_discover", async (_event, ctx) => {
		await open?.close(); // in RPC mode a session starts twice
		open = undefined;
		try {
			open = openSession(ctx, told);
		} catch (error) {
			tell(ctx, told, `Automations do not run: ${reasonOf(error)}`, "warning");
		}
	});
	pi.on("before_agent_start", () => open?.session.lookAgain());
}

function openSession(ctx: ExtensionContext & { isProjectTrusted?: () => boolean }, told: Set<string>) {
	const { cwd, hasUI, ui } = ctx; // read now: after a reload the context refuses to be
	const service = () => {
		const found = getSubagentsService();
		if (!found) throw new Error("pi-crew's service is not there");
		return found;
	};
	const status = new StatusLine((text) => hasUI && ui.setStatus(STATUS_KEY, text));
	const session: AutomationSession = new AutomationSession({
		place: {
			agentDir: agentDirectory(process.env),
			cwd,
			isTrusted: ctx.isProjectTrusted?.() ?? true,
			isAttended: hasUI,
		},
		clock: SYSTEM_CLOCK,
		service,
		tell: (text, tone) => tell({ hasUI, ui }, told, text, tone),
		confirm: (title, message) => ui.confirm(title, message),
		changed: () => status.update(() => (session ? statusText(session) : undefined)),
	});
	const removePage = service().registerAgentsPage(automationsPage(session.pagePort()));
	const withdraw = publishAutomations(session.api());
	session.begin();
	return {
		session,
		close: async () => {
			removePage();
			withdraw();
			status.end();
			await session.close();
		},
	};
}

function statusText({ hub }: AutomationSession): string | undefined {
	if (!hub.isOwner) return undefined;
	const all = hub.list();
	const failed = all.filter(({ status }) => status === "failed").map(({ id }) => `${id} failed`);
	const parts = [nextText(all, SYSTEM_CLOCK.now()), ...failed].filter((part) => part !== "");
	return parts.length > 0 ? `automations: ${parts.join(", ")}` : undefined;
}

/** Says when the next automation fires; costs a timer only while there is something to say. */
class StatusLine {
	private said: string | undefined;
	private cancel: (() => void) | undefined;
	private isOver = false;

	constructor(private readonly show: (text: string | undefined) => void) {}

	update(textOf: () => string | undefined): void {
		if (this.isOver) return;
		const text = textOf();
		if (text !== this.said) this.attempt(text);
		this.said = text;
		this.cancel?.();
		this.cancel = text === undefined ? undefined : SYSTEM_CLOCK.after(SAID_AGAIN_MS, () => this.update(textOf));
	}

	end(): void {
		this.isOver = true;
		this.cancel?.();
		if (this.said !== undefined) this.attempt(undefined);
	}

	private attempt(text: string | undefined): void {
		try {
			this.show(text);
		} catch (error) {
			debug("the status line is gone: %O", error);
		}
	}
}

/** What is the same is said once, but for what comes of a run. Without a UI it goes to stderr, because stdout is the host's. */
function tell(
	{ hasUI, ui }: Pick<ExtensionContext, "hasUI" | "ui">,
	told: Set<string>,
	text: string,
	tone: "info" | "warning",
): void {
	const isOfRun = /^Automation \S/.test(text);
	if (!isOfRun && told.has(text)) return;
	if (!isOfRun) told.add(text);
	try {
		if (hasUI) ui.notify(plainText(text), tone);
		else console.error(plainText(text));
	} catch (error) {
		debug("not told, for the session is over: %s: %O", text, error);
	}
}
