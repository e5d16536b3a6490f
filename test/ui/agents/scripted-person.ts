import type { Choice, Menu, SessionDialogs, Tone } from "../../../src/ui/dialogs/dialogs.ts";

/** What a person does at one dialog. */
export type Reply =
	| { readonly does: "pick"; readonly label: string }
	| { readonly does: "press"; readonly key: string; readonly on: string }
	| { readonly does: "type"; readonly text: string | ((before: string) => string) }
	| { readonly does: "answer"; readonly yes: boolean }
	| { readonly does: "read" }
	| { readonly does: "escape" }
	/** Escape in an editor with this text in it. */
	| { readonly does: "escape with"; readonly text: string | ((before: string) => string) }
	/** Something happens while the dialog is open, before the next reply answers it. */
	| { readonly does: "meanwhile"; readonly happens: () => unknown };

/** The one choice whose label says so. */
export const pick = (label: string): Reply => ({ does: "pick", label });
/** A key of a menu, while that choice is selected. */
export const press = (key: string, on: string): Reply => ({ does: "press", key, on });
/** Into a line or an editor; a function gets what stands there. */
export const type = (text: string | ((before: string) => string)): Reply => ({ does: "type", text });
export const yes: Reply = { does: "answer", yes: true };
export const no: Reply = { does: "answer", yes: false };
export const look: Reply = { does: "read" };
export const leaving = (text: string | ((before: string) => string)): Reply => ({ does: "escape with", text });
export const leave: Reply = { does: "escape" };
export const meanwhile = (happens: () => unknown): Reply => ({ does: "meanwhile", happens });

/** Dialogs with a person who does as the script says, then presses Escape. */
export function scriptedPerson(...script: readonly Reply[]) {
	const replies = [...script];
	const shown: string[] = [];
	const told: [Tone, string][] = [];
	const next = async (dialog: string): Promise<Reply> => {
		shown.push(dialog);
		let reply = replies.shift();
		while (reply?.does === "meanwhile") {
			await reply.happens();
			reply = replies.shift();
		}
		return reply ?? leave;
	};
	const wrong = (reply: Reply, dialog: string) => new Error(`${JSON.stringify(reply)} at ${dialog}`);
	const typed = async (dialog: string, before: string, left?: (typed: string) => void): Promise<string | undefined> => {
		const reply = await next(`${dialog} [${before}]`);
		if (reply.does === "escape") return undefined;
		if (reply.does !== "type" && (reply.does !== "escape with" || !left)) throw wrong(reply, dialog);
		const text = typeof reply.text === "string" ? reply.text : reply.text(before);
		if (reply.does === "type") return text;
		left?.(text);
		return undefined;
	};
	const dialogs: SessionDialogs = {
		isTerminal: async () => true,
		choose: async <T>(menu: Menu<T>) => {
			const reply = await next(textOf(menu));
			if (reply.does === "escape") return undefined;
			if (reply.does !== "pick" && reply.does !== "press") throw wrong(reply, textOf(menu));
			const wanted = reply.does === "pick" ? reply.label : reply.on;
			const [found, ...others] = menu.choices().filter(({ label }) => label.includes(wanted));
			if (!found || others.length > 0) throw wrong(reply, textOf(menu));
			if (reply.does === "pick") return found.value;
			const answers = (menu.keys ?? []).filter(({ key }) => key === reply.key).map(({ answer }) => answer(found.value));
			return answers.find((answer) => answer !== undefined);
		},
		ask: async (title, prefill = "") => typed(title, prefill),
		edit: typed,
		confirm: async (title, message) => {
			const reply = await next(`${title}\n${message}`);
			if (reply.does === "escape") return false;
			if (reply.does !== "answer") throw wrong(reply, title);
			return reply.yes;
		},
		read: async (title, text) => {
			const reply = await next(`${title}\n${text}`);
			if (reply.does !== "read" && reply.does !== "escape") throw wrong(reply, title);
		},
		tell: (text, tone) => void told.push([tone, text]),
	};
	return {
		dialogs,
		/** Every dialog so far as a text: titles, choices, what stood in a field. */
		shown,
		told,
		/** What the script has left, which should be nothing. */
		left: () => replies.length,
	};
}

function textOf<T>({ title, about, choices }: Menu<T>): string {
	const line = ({ label, description }: Choice<T>) => `- ${label}${description ? `: ${description}` : ""}`;
	return [title, ...(about?.() ? [about()] : []), ...choices().map(line)].join("\n");
}
