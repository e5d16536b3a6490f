import { dirname } from "node:path";
import { type AgentDefinition, BUILTIN_TOOLS, type PermissionKey } from "../domain/agent-definition.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { matchesToolPattern } from "../domain/tool-patterns.ts";
import { deniedPatterns, type KeyReading, readDeniedTools } from "./agent-file-values.ts";

/** What a key `permission` leaves where nobody can be asked and no single command can be judged: a tool is there or it is not. */
export interface PermissionRules {
	readonly deniedTools: readonly string[];
	/** Everything is denied but what is named: of the extension tools just these stay. */
	readonly extensionTools?: readonly string[];
	/** Tools that are denied in one word: that holds whoever else reads the key. */
	readonly firmlyDenied: readonly string[];
}

interface Rule {
	readonly key: string;
	/** Patterns of the tools it is about. */
	readonly tools: readonly string[];
	readonly action: "allow" | "deny" | "part";
}

const ACCEPTED = "allow, ask or deny, or tools with one of these each, such as `edit: deny`";

/** What only a permission extension can watch over, for it is no tool. */
const NO_TOOLS: ReadonlySet<string> = new Set(["external_directory", "path", "skill", "skills"]);

/** As opencode and permission extensions for pi write it. What they would ask, or allow in part, is denied here. */
export function readPermission(raw: unknown): KeyReading<PermissionRules> {
	const rules = rulesIn(raw);
	if (!rules) return { kind: "bad", accepted: ACCEPTED };
	const beyond = rules.find(({ key, action }) => NO_TOOLS.has(key) && action !== "allow");
	if (beyond) return { kind: "bad", accepted: `${ACCEPTED}; \`${beyond.key}\` needs a permission extension` };
	return { kind: "value", value: effectOf(rules) };
}

/** What a definition's key takes away from a run. */
export type PermissionEffect = Pick<PermissionKey, "deniedTools" | "extensionTools">;

/**
 * A permission extension that reads the file does all of it, but for a tool that is denied in one word, which is taken away in
 * any case. In a session without extensions there is none.
 *
 * @param folders where one reads agent files
 */
export function permissionEffect(definition: AgentDefinition, folders: readonly string[]): PermissionEffect {
	const { permission } = definition;
	if (!permission) return { deniedTools: [] };
	return isReadByNeighbour(definition, folders) ? { deniedTools: permission.firmlyDenied } : permission;
}

/** Why a run cannot have what the key says: nobody who is there understands it. */
export function permissionProblem(definition: AgentDefinition, folders: readonly string[]): Diagnostic | undefined {
	const { permission, file = "" } = definition;
	if (!permission?.problem || isReadByNeighbour(definition, folders)) return undefined;
	const message = `\`permission\` cannot be understood: ${permission.problem}. It may take something away, so the agent cannot be used until the key is corrected or removed`;
	return { severity: "error", file, line: permission.line, message };
}

/** The diagnostic for a key that has another effect than with a permission extension. */
export function permissionRemark(definition: AgentDefinition, folders: readonly string[]): Diagnostic | undefined {
	const { permission, file = "" } = definition;
	if (!permission || isReadByNeighbour(definition, folders)) return undefined;
	const { deniedTools, extensionTools } = permission;
	const kept = extensionTools?.length ? `all extension tools but ${extensionTools.join(", ")}` : "all extension tools";
	const gone = [...deniedTools, ...(extensionTools ? [kept] : [])];
	if (gone.length === 0 || permission.problem) return undefined;
	const message = `no permission extension reads \`permission\` here, so what it does not simply allow is taken away: ${gone.join(", ")}`;
	return { severity: "warning", file, line: permission.line, message };
}

function isReadByNeighbour({ permission, file, isolated }: AgentDefinition, folders: readonly string[]): boolean {
	return permission?.isReadByExtensions === true && !isolated && file !== undefined && folders.includes(dirname(file));
}

/** As the settings of Claude Code have it, with lists `allow`, `ask` and `deny`; or as `permission`. */
export function readPermissions(raw: unknown): KeyReading<PermissionRules> {
	const lists = typeof raw === "object" && raw !== null ? Object.entries(raw) : [];
	const isLists =
		lists.length > 0 && lists.every(([key, value]) => /^(?:allow|ask|deny)$/.test(key) && Array.isArray(value));
	if (!isLists) return readPermission(raw);
	const denied: string[] = [];
	for (const [key, list] of lists) {
		const reading = key === "allow" ? undefined : readDeniedTools(list);
		if (reading?.kind === "bad") return reading;
		denied.push(...(reading?.value ?? []));
	}
	return { kind: "value", value: { deniedTools: denied, firmlyDenied: denied } };
}

function rulesIn(raw: unknown): readonly Rule[] | undefined {
	const entries = typeof raw === "object" && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : [["*", raw]];
	const rules = (entries as [string, unknown][]).map(([name, value]) => {
		const key = name.trim();
		return { key: key.toLowerCase(), tools: toolsOf(key), action: actionOf(value) };
	});
	return rules.every((rule): rule is Rule => rule.action !== undefined) ? rules : undefined;
}

/** `edit` is every change of a file there. */
function toolsOf(key: string): readonly string[] {
	if (/^edit$/i.test(key)) return ["edit", "write", "patch", "apply_patch", "multiedit"];
	if (/^mcp$/i.test(key)) return ["mcp", "mcp__*"];
	return deniedPatterns(key);
}

function actionOf(value: unknown): Rule["action"] | undefined {
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return actionOfCommands(value);
	const word = typeof value === "string" ? value.trim().toLowerCase() : value;
	if (word === "allow" || word === true) return "allow";
	if (word === "deny" || word === false) return "deny";
	return word === "ask" ? "part" : undefined;
}

/** Each command, path or server with an action of its own. */
function actionOfCommands(commands: object): Rule["action"] | undefined {
	const actions = Object.values(commands).map((value) => (typeof value === "object" ? undefined : actionOf(value)));
	if (actions.includes(undefined)) return undefined;
	if (actions.every((action) => action === "deny")) return "deny";
	return Object.hasOwn(commands, "*") && actions.every((action) => action === "allow") ? "allow" : "part";
}

function effectOf(rules: readonly Rule[]): PermissionRules {
	const everything = rules.findLast(({ key }) => key === "*");
	const named = rules.filter(({ key }) => key !== "*");
	const closed = named.filter(({ action }) => action !== "allow");
	const builtin = BUILTIN_TOOLS.filter((tool) => isDenied(tool, rules));
	const others = closed.flatMap(({ tools }) => tools).filter((tool) => !isBuiltin(tool));
	const kept = named.filter(({ action }) => action === "allow").flatMap(({ tools }) => tools);
	return {
		deniedTools: [...new Set([...builtin, ...others])],
		...(everything && everything.action !== "allow" && { extensionTools: kept.filter((tool) => !isBuiltin(tool)) }),
		firmlyDenied: BUILTIN_TOOLS.filter((tool) =>
			named.some(
				({ key, action, tools }) => action === "deny" && (key === tool || (key !== "edit" && tools.includes(tool))),
			),
		).filter((tool) => builtin.includes(tool)),
	};
}

/** Some take the last rule that fits and some the most exact one; denied is what either of them denies. */
function isDenied(tool: string, rules: readonly Rule[]): boolean {
	const fitting = rules.filter(({ tools }) => tools.some((pattern) => matchesToolPattern(tool, pattern.toLowerCase())));
	const exact = fitting.filter(({ key }) => key !== "*");
	return [fitting.at(-1), exact.at(-1)].some((rule) => rule !== undefined && rule.action !== "allow");
}

function isBuiltin(tool: string): boolean {
	return (BUILTIN_TOOLS as readonly string[]).includes(tool);
}
