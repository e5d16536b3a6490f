import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** All that packing needs; a copy, because packing builds and other tests may be packing, too. */
const SOURCES = ["src", "package.json", "tsconfig.json", "tsdown.config.ts", "README.md", "LICENSE", "CHANGELOG.md"];

let folder: string;

/** A consumer's project that has our tarball and nothing else. */
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "pi-crew-types-"));
	const copy = join(folder, "copy");
	for (const part of SOURCES) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
	symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
	execFileSync("npm", ["pack", "--silent", "--offline", `--pack-destination=${folder}`], {
		cwd: copy,
		stdio: ["ignore", "ignore", "pipe"],
	});
	const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) as string;
	const installed = join(folder, "project", "node_modules", "pi-crew");
	mkdirSync(installed, { recursive: true });
	execFileSync("tar", ["-xzf", join(folder, tarball), "--strip-components=1", "-C", installed]);
	writeFileSync(join(folder, "project", "package.json"), JSON.stringify({ type: "module" }));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RESOLUTIONS: Record<string, ts.CompilerOptions> = {
	NodeNext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
	Bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

/** What the compiler has against these files in the consumer's project. */
function check(files: Record<string, string>, options: ts.CompilerOptions): string[] {
	const paths = Object.entries(files).map(([name, source]) => {
		const path = join(folder, "project", name);
		writeFileSync(path, source);
		return path;
	});
	const program = ts.createProgram(paths, {
		target: ts.ScriptTarget.ES2022,
		strict: true,
		exactOptionalPropertyTypes: true,
		skipLibCheck: false,
		noEmit: true,
		types: [],
		...options,
	});
	return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
		return `${file?.fileName.slice(folder.length) ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
	});
}

const CLIENT = `
import {
	CHILD_HOOKS, getSubagentsService, publishSubagentsService, SUBAGENT_EVENTS, unpublishSubagentsService,
	type AgentType, type ChildCompleted, type ChildDisposed, type ChildSessionCreated, type ChildSpawning,
	type DeliveryRecord, type LifetimeUsage, type ResumeOptions, type SpawnOptions, type SubagentCompacted,
	type SubagentCreated, type SubagentRecord, type SubagentResumed, type SubagentsError, type SubagentsErrorCode,
	type SubagentSettled, type SubagentsService, type SubagentStarted, type SubagentStatus, type SubagentSteered,
	type WaitOptions, type Workspace, type WorkspaceDisposal, type WorkspaceEnd, type WorkspaceInvocation,
	type WorkspaceProvider, type WorkspaceRequest,
} from "pi-crew";
import { type LayeredSettings, loadLayeredSettings } from "pi-crew/settings";

const provider: WorkspaceProvider = {
	prepare: async ({ agentId, baseCwd, invocation: { isResume, previousCwd, agentFile, maxTurns } }: WorkspaceRequest) => ({
		cwd: isResume && previousCwd !== undefined ? previousCwd : baseCwd + agentId + String(agentFile.isolation) + (maxTurns ?? 0),
		dispose: ({ status, description }: WorkspaceEnd): WorkspaceDisposal => ({ resultAddendum: status + description }),
	}),
};
export async function use(service: SubagentsService, signal: AbortSignal): Promise<readonly unknown[]> {
	const options: SpawnOptions = { description: "d", model: "m", maxTurns: 1, thinkingLevel: "low", notifyParent: true };
	const id: string = service.spawn("Explore", "x", options);
	const waiting: WaitOptions = { signal, timeoutMs: 5 };
	const record: SubagentRecord = await service.waitFor(id, waiting);
	const status: SubagentStatus = record.status;
	const usage: LifetimeUsage = record.lifetimeUsage;
	const delivery: DeliveryRecord = record.delivery;
	const told: boolean = await service.steer(id, "m");
	const again: ResumeOptions = { foreground: true, bypassQueue: false };
	const { result } = await service.resume(id, "y", again);
	const types: readonly AgentType[] = service.listTypes();
	const records: readonly SubagentRecord[] = service.listAgents();
	const unregister: () => void = service.registerWorkspaceProvider(provider);
	unregister();
	await service.waitForAll();
	return [status, usage.cacheWrite, delivery.via, told, result, types, records, service.abort(id), service.hasRunning()];
}
export const code = (error: SubagentsError): SubagentsErrorCode => error.code;
export const isMissing = (error: SubagentsError) => error.code === "not-found";
export const payloads = (
	a: SubagentCreated, b: SubagentStarted, c: SubagentSettled, d: SubagentSteered, e: SubagentCompacted, f: SubagentResumed,
	g: ChildSpawning, h: ChildSessionCreated, i: ChildCompleted, j: ChildDisposed, k: Workspace, l: WorkspaceInvocation,
) => [a.isBackground, b.type, c.tokens.total, d.message, e.reason, f.id, g.agentName, h.sessionDir, i.aborted, j.sessionId, k.cwd, l.thinking];
export const channels: ["subagents:created", "subagents:child:disposed"] = [SUBAGENT_EVENTS.CREATED, CHILD_HOOKS.DISPOSED];
const service = getSubagentsService();
if (service) {
	publishSubagentsService(service);
	unpublishSubagentsService(service);
}
export const layers: LayeredSettings<{ roots: string[] }> = {
	agentDir: "/a", cwd: "/b", filename: "c.json", sanitize: (raw) => (raw ? { roots: [String(raw)] } : {}), warnLabel: "c",
};
export const roots: string[] | undefined = loadLayeredSettings(layers).roots;
`;

const MISTAKES = `
import { getSubagentsService, type SubagentRecord } from "pi-crew";
// @ts-expect-error the inside of the package is not for import
import { SubagentSupervisor } from "pi-crew";
// @ts-expect-error no other entry
import { createSubagentsService } from "pi-crew/dist/index.mjs";
// @ts-expect-error it may be empty
getSubagentsService().hasRunning();
// @ts-expect-error the prompt is missing
getSubagentsService()?.spawn("Explore");
// @ts-expect-error an option nobody knows
getSubagentsService()?.spawn("Explore", "x", { turns: 3 });
// @ts-expect-error it returns an id
const record: SubagentRecord | undefined = getSubagentsService()?.spawn("Explore", "x");
export function change(of: SubagentRecord): void {
	// @ts-expect-error records are snapshots
	of.result = "mine";
	// @ts-expect-error no such status
	if (of.status === "done") return;
}
export default [SubagentSupervisor, createSubagentsService, record];
`;

describe.each(Object.entries(RESOLUTIONS))("the types in the tarball, resolved as %s", (_name, options) => {
	it("are whole by themselves: a client type-checks with nothing else installed", () => {
		expect(check({ "client.ts": CLIENT }, options)).toEqual([]);
	});

	it("refuse what cannot be", () => {
		expect(check({ "mistakes.ts": MISTAKES }, options)).toEqual([]);
	});
});

it("type-check the extensions in docs/extending.md, beside the host's own types", () => {
	const page = readFileSync(join(ROOT, "docs", "extending.md"), "utf8");
	const blocks = [...page.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)];
	for (const scope of ["@mariozechner", "@types"])
		symlinkSync(join(ROOT, "node_modules", scope), join(folder, "project", "node_modules", scope));
	const files = Object.fromEntries(blocks.map(([, name = "", source = ""]) => [name, source]));
	const errors = check(files, { ...RESOLUTIONS.NodeNext, skipLibCheck: true, types: ["node"] });
	expect([blocks.length, errors]).toEqual([4, []]);
});
