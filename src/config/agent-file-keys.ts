import { inspect } from "node:util";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { cutText, shorten } from "../domain/shorten.ts";
import {
	type KeyReading,
	readContextTurns,
	readFlag,
	readModels,
	readPromptMode,
	readText,
	readThinking,
	readTools,
	readTurns,
} from "./agent-file-values.ts";
import type { FrontMatter } from "./front-matter.ts";
import { nearestWord } from "./nearest-word.ts";

/** The keys of an agent file, each with what it accepts and what it means. */
const KEYS = {
	description: { read: readText, means: "what others read to choose this agent; when it is to be used" },
	display_name: { read: readText, means: "the name a person sees" },
	tools: { read: readTools, means: "the built-in tools it has; without the key it has all of them" },
	model: { read: readModels, means: "the model it runs on; without the key the parent's" },
	thinking: { read: readThinking, means: "how hard its model thinks; without the key as the parent's does" },
	max_turns: { read: readTurns, means: "after how many turns it is told to answer" },
	prompt_mode: {
		read: readPromptMode,
		means:
			"whether the instructions stand below an introduction to being a subagent (append, the default) or bare (replace)",
	},
	inherit_context: { read: readFlag, means: "whether it is told the parent's conversation" },
	context_turns: { read: readContextTurns, means: "how many of the last turns of that conversation" },
	run_in_background: { read: readFlag, means: "whether its parent goes on meanwhile" },
	enabled: { read: readFlag, means: "false takes the agent away" },
	name: { read: readText, means: "a name that other tools read; here the file's name counts" },
	color: { read: readText, means: "for display" },
} satisfies Record<string, { read: (raw: unknown) => KeyReading<unknown>; means: string }>;

type Key = keyof typeof KEYS;
type Value<K extends Key> = Extract<ReturnType<(typeof KEYS)[K]["read"]>, { kind: "value" }>["value"];

/** Every key with what it accepts and what it means, in words. */
export function agentFileKeys(): readonly { readonly key: string; readonly accepts: string; readonly means: string }[] {
	return Object.entries(KEYS).map(([key, { read, means }]) => {
		const nothing: KeyReading<unknown> = read(undefined);
		return { key, accepts: nothing.kind === "bad" ? nothing.accepted : "anything", means };
	});
}

/** Keys of other extensions: left alone here and passed on to them. */
const NEIGHBOURS_KEYS: readonly string[] = ["permission", "permissions", "isolation"];

/** Reads the keys of one file and collects what is wrong with them. */
export class KeyReader {
	private readonly warnings: Diagnostic[] = [];
	private readonly values = new Map<string, unknown>();

	constructor(
		private readonly file: string,
		{ keys }: FrontMatter,
	) {
		for (const [key, { value, line }] of keys) this.take(key, value, line);
	}

	read<K extends Key>(key: K): Value<K> | undefined {
		return this.values.get(key) as Value<K> | undefined;
	}

	get diagnostics(): readonly Diagnostic[] {
		return this.warnings;
	}

	private take(key: string, raw: unknown, line: number): void {
		if (!Object.hasOwn(KEYS, key)) {
			if (!NEIGHBOURS_KEYS.includes(key)) this.warn(line, unknownKey(key));
			return;
		}
		const reading: KeyReading<unknown> = KEYS[key as Key].read(raw);
		if (reading.kind === "bad") {
			const effect = key === "tools" ? "It gets no built-in tools" : "The key was ignored";
			this.warn(line, `\`${key}\` is ${shown(raw)}; accepted is ${reading.accepted}. ${effect}`);
			if (key === "tools") this.values.set(key, NO_TOOLS);
			return;
		}
		this.values.set(key, reading.value);
	}

	private warn(line: number, message: string): void {
		this.warnings.push({ severity: "warning", file: this.file, line, message });
	}
}

/** A list that cannot be read was meant to give less than everything. */
const NO_TOOLS: Value<"tools"> = { tools: [], extensionTools: [] };

const KNOWN_KEYS = [...Object.keys(KEYS), ...NEIGHBOURS_KEYS];

/** Collections of agents misspell the same keys over and over, and the matcher is slow beside reading a file. */
const knownMessages = new Map<string, string>();
const MOST_KNOWN_MESSAGES = 500;

function unknownKey(key: string): string {
	const short = cutText(key, 40).text;
	const known = knownMessages.get(short);
	if (known) return known;
	const nearest = nearestWord(short, KNOWN_KEYS);
	const message = `unknown key \`${short}\`${nearest ? `; did you mean \`${nearest}\`?` : ""}`;
	if (knownMessages.size < MOST_KNOWN_MESSAGES) knownMessages.set(short, message);
	return message;
}

function shown(raw: unknown): string {
	const text = inspect(raw, {
		breakLength: Number.POSITIVE_INFINITY,
		maxStringLength: 60,
		maxArrayLength: 5,
		depth: 1,
	});
	return shorten(text, 81);
}
