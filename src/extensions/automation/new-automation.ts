import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createFile } from "../../platform/atomic-file.ts";
import { diskTrouble } from "../../platform/describe.ts";
import type { PageDialogs } from "../../service/subagents-service.ts";
import { type AutomationFile, automationFolder, parseAutomationFile } from "./automation-files.ts";
import { nameIn } from "./definition.ts";

export interface NewAutomationPort {
	readonly agentDir: string;
	readonly cwd: string;
	readonly isTrusted: boolean;
	agentTypes(): readonly string[];
	/** The person has just written it, which is to say yes to it. */
	written(file: AutomationFile): void;
}

type Kind = "manual" | "timer" | "cron" | "file" | "session_event";

const KINDS: readonly { readonly value: Kind; readonly label: string; readonly description: string }[] = [
	{ value: "manual", label: "By hand", description: "when you or another extension fires it" },
	{ value: "timer", label: "Timer", description: "every so many seconds" },
	{ value: "cron", label: "Schedule", description: "at times of a cron expression" },
	{ value: "file", label: "Files", description: "when files change" },
	{ value: "session_event", label: "Event", description: "when an event is emitted" },
];

/** Asks for the parts of an automation and writes its file. Escape at any question leaves everything as it was. */
export async function createAutomation(dialogs: PageDialogs, port: NewAutomationPort, typed = ""): Promise<void> {
	const name = await askUntil(
		dialogs,
		"Name\nLetters, digits, - and _; it is the file's name.",
		typed,
		(text) => nameIn(text) !== undefined,
	);
	if (name === undefined) return;
	const types = port.agentTypes();
	const agent = await dialogs.choose({
		title: "Agent type",
		choices: () => types.map((type) => ({ value: type, label: type })),
	});
	if (agent === undefined) return;
	const kind = await dialogs.choose<Kind>({ title: "Trigger", choices: () => KINDS });
	if (kind === undefined) return;
	const trigger = await askTrigger(dialogs, kind);
	if (trigger === undefined) return;
	const instruction = await askInstruction(dialogs, kind);
	if (instruction === undefined) return;
	const origin = await askPlace(dialogs, port);
	if (origin === undefined) return;
	const text = `---\nagent: ${JSON.stringify(agent)}\ntriggers:\n  - type: ${kind}\n${trigger}---\n\n${instruction.trim()}\n`;
	await write(dialogs, port, { name: name.trim(), origin, text });
}

async function askInstruction(dialogs: PageDialogs, kind: Kind): Promise<string | undefined> {
	const start = kind === "manual" ? "" : "{event_summary}\n\n";
	for (;;) {
		const text = await dialogs.edit("Instruction: what the subagent is to do", start);
		if (text === undefined || text.trim() !== "") return text;
		dialogs.tell("An automation needs an instruction.", "error");
	}
}

async function askPlace(dialogs: PageDialogs, port: NewAutomationPort): Promise<AutomationFile["origin"] | undefined> {
	const places = port.isTrusted ? (["project", "personal"] as const) : (["personal"] as const);
	if (places.length === 1) return places[0];
	return dialogs.choose({
		title: "Place",
		choices: () =>
			places.map((place) => ({
				value: place,
				label: place === "project" ? "This project" : "All projects",
				description: automationFolder(place, port),
			})),
	});
}

async function write(
	dialogs: PageDialogs,
	port: NewAutomationPort,
	{ name, origin, text }: { readonly name: string; readonly origin: AutomationFile["origin"]; readonly text: string },
): Promise<void> {
	const folder = automationFolder(origin, port);
	const file = join(folder, `${name}.md`);
	const read = parseAutomationFile(file, origin, text);
	const [problem] = read.problems;
	if (problem) return dialogs.tell(`Not written: ${problem.message}`, "error");
	try {
		mkdirSync(folder, { recursive: true });
		await createFile(file, text);
	} catch (error) {
		const isTaken = (error as NodeJS.ErrnoException).code === "EEXIST";
		return dialogs.tell(`Not written: ${isTaken ? `${file} exists already` : diskTrouble(error)}.`, "error");
	}
	port.written(read);
}

/** @returns the lines of the trigger's options */
async function askTrigger(dialogs: PageDialogs, kind: Kind): Promise<string | undefined> {
	switch (kind) {
		case "manual":
			return "";
		case "timer":
			return optionLine(dialogs, { key: "interval_seconds", title: "Interval in seconds", prefill: "3600", kind });
		case "cron":
			return optionLine(dialogs, {
				key: "schedule",
				title: "Schedule\nMinute, hour, day of month, month, day of week.",
				prefill: "0 3 * * *",
				kind,
			});
		case "file":
			return optionLine(dialogs, {
				key: "paths",
				title: "Files\nGlobs, separated by commas.",
				prefill: "src/**",
				kind,
			});
		case "session_event":
			return optionLine(dialogs, {
				key: "event_names",
				title: "Events\nNames, separated by commas.",
				prefill: "session:error",
				kind,
			});
		default:
			return kind satisfies never;
	}
}

interface Option {
	readonly key: string;
	readonly title: string;
	readonly prefill: string;
	readonly kind: Kind;
}

async function optionLine(dialogs: PageDialogs, { key, title, prefill, kind }: Option): Promise<string | undefined> {
	const line = (text: string) => {
		const value = key === "interval_seconds" ? Number(text) : text.trim();
		return `    ${key}: ${JSON.stringify(value)}\n`;
	};
	const problemOf = (text: string) => {
		const tried = `---\nagent: a\ntriggers:\n  - type: ${kind}\n${line(text)}---\nx`;
		return parseAutomationFile("a.md", "project", tried).problems[0]?.message;
	};
	for (let shown = title, typed: string = prefill; ; ) {
		const text = await dialogs.ask(shown, typed);
		if (text === undefined) return undefined;
		const problem = problemOf(text);
		if (problem === undefined) return line(text);
		shown = `${title}\n${problem}`;
		typed = text;
	}
}

async function askUntil(
	dialogs: PageDialogs,
	title: string,
	typed: string,
	isRight: (text: string) => boolean,
): Promise<string | undefined> {
	if (isRight(typed)) return typed;
	const text = await dialogs.ask(title, typed);
	return text === undefined || isRight(text) ? text : askUntil(dialogs, title, text, isRight);
}
