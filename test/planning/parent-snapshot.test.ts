import { type ExtensionContext, SessionManager } from "@mariozechner/pi-coding-agent";
import { describe, expect, it } from "vitest";
import { captureParentSnapshot, readConversation, removedTools } from "../../src/planning/parent-snapshot.ts";
import { HAIKU, SONNET } from "./parent-fake.ts";

type ParentApi = Parameters<typeof captureParentSnapshot>[0];

const from = (name: string, path: string, source?: string) => ({ name, source, sourceInfo: { path } });

/** A parent as the host shows it to an extension; its model can be switched, as a person does. */
function fakeParent() {
	const registry = { getAvailable: () => [SONNET, HAIKU] };
	const pi = {
		getThinkingLevel: () => "high",
		getAllTools: () => [
			from("read", "<builtin:read>"),
			from("subagent", "/ext/crew.ts"),
			from("fetch", "/ext/web.ts"),
			from("post", "/ext/web.ts"),
			from("sdk", "<sdk>"),
		],
		getActiveTools: () => ["read", "fetch", "sdk"],
		getCommands: () => [
			from("web", "/ext/web.ts", "extension"),
			from("notes", "/ext/notes.ts", "extension"),
			from("inline", "<inline:1>", "extension"),
			from("skill:review", "/skills/review/SKILL.md", "skill"),
			from("fix", "/prompts/fix.md", "prompt"),
		],
	} as unknown as ParentApi;
	const ctx = {
		cwd: "/project",
		model: SONNET,
		modelRegistry: registry,
		getSystemPrompt: () => "You are the parent.",
		sessionManager: { getSessionId: () => "parent-session", getSessionFile: () => undefined },
	};
	return { pi, ctx: ctx as unknown as ExtensionContext & { model: unknown; cwd: string }, registry };
}

describe("the snapshot of a parent", () => {
	it("has everything a run needs of it", () => {
		const { pi, ctx, registry } = fakeParent();
		expect(captureParentSnapshot(pi, ctx)).toEqual({
			cwd: "/project",
			systemPrompt: "You are the parent.",
			model: SONNET,
			availableModels: [SONNET, HAIKU],
			modelRegistry: registry,
			thinkingLevel: "high",
			thinkingLevels: expect.arrayContaining(["off", "minimal", "low", "medium", "high", "xhigh"]),
			sessionId: "parent-session",
			childLineage: { rootSessionId: expect.any(String), depth: 0 },
			sessionFile: undefined,
			projectTrusted: true,
			loaded: {
				toolNames: ["read", "subagent", "fetch", "post", "sdk"],
				hostTools: [],
				callableTools: ["read", "fetch", "sdk"],
				hasMcp: false,
				removedTools: [],
				extensionFiles: ["/ext/crew.ts", "/ext/web.ts", "/ext/notes.ts"],
				skillFiles: ["/skills/review/SKILL.md"],
			},
			permissionFolders: [],
		});
	});

	it("is not touched by what happens to the parent later", () => {
		const { pi, ctx } = fakeParent();
		const snapshot = captureParentSnapshot(pi, ctx);
		ctx.model = HAIKU;
		ctx.cwd = "/elsewhere";
		expect([snapshot.model, snapshot.cwd]).toEqual([SONNET, "/project"]);
		expect(Object.isFrozen(snapshot)).toBe(true);
	});

	it.each([true, false])("has the project's trust where the host tells it (%s)", (trusted) => {
		const { pi, ctx } = fakeParent();
		expect(captureParentSnapshot(pi, { ...ctx, isProjectTrusted: () => trusted }).projectTrusted).toBe(trusted);
	});
});

describe("the conversation of a parent", () => {
	it("is what its model would see now, without what another branch says", () => {
		const sessionManager = SessionManager.inMemory();
		const first = sessionManager.appendMessage({ role: "user", content: "first", timestamp: 1 });
		sessionManager.appendMessage({ role: "user", content: "abandoned", timestamp: 2 });
		sessionManager.branch(first);
		sessionManager.appendMessage({ role: "user", content: "second", timestamp: 3 });
		expect(readConversation({ sessionManager } as unknown as ExtensionContext)).toEqual([
			{ role: "user", content: "first", timestamp: 1 },
			{ role: "user", content: "second", timestamp: 3 },
		]);
	});
});

describe("the tools that a person took away by name", () => {
	const cases: [what: string, args: string[], defaultTools: unknown, removed: string[]][] = [
		["are none without a word", [], undefined, []],
		["are those of a list of changes", ["--tools", "+ls, -grep,-write"], undefined, ["grep", "write"]],
		["are those of the short word", ["-p", "hi", "-t", "-find"], undefined, ["find"]],
		["are those of the settings", [], ["-grep", "+ls"], ["grep"]],
		["are not those that the command line brings back", ["--tools", "+grep"], ["-grep", "-ls"], ["ls"]],
		["are none of a plain list", ["--tools", "read,ls"], ["read"], []],
		["are none of what is no list", [], { grep: false }, []],
		["are none of what is no text", [], [7, null, "-ls"], ["ls"]],
	];

	it.each(cases)("%s", (_what, args, defaultTools, removed) => {
		expect(removedTools(args, defaultTools)).toEqual(removed);
	});
});
