import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KeybindingsManager, type KeyId, TUI_KEYBINDINGS } from "@mariozechner/pi-tui";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import { shownValue } from "../../platform/describe.ts";

/** What a person does by one key while the editor has the focus, by the name it has in pi's `keybindings.json`. */
export type KeyAction = "pi-crew.list" | "pi-crew.background";

interface BoundKey {
	readonly key: KeyId;
	/** The editor does something with it, too: it is ours only while the editor is empty. */
	readonly isEditors: boolean;
}

export interface OwnBindings {
	readonly keys: Readonly<Record<KeyAction, readonly BoundKey[]>>;
	/** What interrupts the parent's turn. */
	readonly interrupt: readonly KeyId[];
	readonly diagnostics: readonly Diagnostic[];
}

/** Down and Ctrl+B mean nothing in an empty editor; Alt+A is nobody else's. */
const DEFAULTS: Readonly<Record<KeyAction, readonly string[]>> = {
	"pi-crew.list": ["down", "alt+a"],
	"pi-crew.background": ["ctrl+b"],
};

const NAMED =
	"escape|esc|enter|return|tab|space|backspace|delete|insert|clear|home|end|pageup|pagedown|up|down|left|right|f\\d{1,2}";
const KEY = new RegExp(`^((ctrl|shift|alt|super)\\+)*(${NAMED}|[\\x21-\\x7e])$`, "i");

/**
 * The person's own keys for us, from pi's `keybindings.json`, where they are actions among pi's. A broken file is the host's to
 * report; a broken binding of ours is a diagnostic, and the default is in force. `[]` leaves an action without a key.
 */
export function readOwnBindings(agentDir: string): OwnBindings {
	const file = join(agentDir, "keybindings.json");
	const bound = boundIn(file);
	const diagnostics: Diagnostic[] = [];
	const editors = editorKeys(bound);
	const keysOf = (action: KeyAction): readonly BoundKey[] => {
		const value = bound[action];
		const keys = value === undefined ? DEFAULTS[action] : keysIn(value);
		if (!keys) {
			const message = `"${action}" must be a key such as "alt+a", or a list of keys (got ${shownValue(value)}); ${DEFAULTS[action].join(" and ")} stay in force`;
			diagnostics.push({ severity: "warning", file, message });
		}
		return (keys ?? DEFAULTS[action]).map((key) => ({
			key: key as KeyId,
			isEditors: editors.has(key.toLowerCase()),
		}));
	};
	const keys = { "pi-crew.list": keysOf("pi-crew.list"), "pi-crew.background": keysOf("pi-crew.background") };
	const interrupt = (keysIn(bound["app.interrupt"]) ?? ["escape"]) as readonly KeyId[];
	return { keys, interrupt, diagnostics };
}

/** The keys of an action as a hint names them; nothing where it has none. */
export function keysHint({ keys }: Pick<OwnBindings, "keys">, action: KeyAction): string | undefined {
	const names = keys[action].map(({ key }) => (key === "down" ? "↓" : key === "up" ? "↑" : key));
	return names.length > 0 ? names.join(" or ") : undefined;
}

function boundIn(file: string): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(readFileSync(file, "utf8"));
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
	} catch {
		return {}; // there is none, or the host says what is wrong with it
	}
}

function keysIn(value: unknown): readonly string[] | undefined {
	const keys: unknown[] = Array.isArray(value) ? value : [value];
	return keys.every((key): key is string => typeof key === "string" && KEY.test(key)) ? keys : undefined;
}

function editorKeys(bound: Readonly<Record<string, unknown>>): ReadonlySet<string> {
	const own = Object.entries(bound).flatMap(([id, value]) => {
		const keys = keysIn(value);
		return keys ? [[id, [...keys] as KeyId[]] as const] : [];
	});
	const resolved = new KeybindingsManager(TUI_KEYBINDINGS, Object.fromEntries(own)).getResolvedBindings();
	const editors = Object.entries(resolved).filter(([id]) => /^tui\.(editor|input)\./.test(id));
	return new Set(editors.flatMap(([, keys]) => keys ?? []).map((key) => key.toLowerCase()));
}
