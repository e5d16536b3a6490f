import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AssistantMessage, type Context, getApiProvider, registerFauxProvider } from "@mariozechner/pi-ai";
import * as host from "@mariozechner/pi-coding-agent";
import { createUiStub } from "./ui-stub.ts";

/** One model call as a script sees it: parent and children alike, told apart by content. */
export interface ModelCall {
	/** The role and text of the last message. */
	readonly role: string;
	readonly text: string;
	/** The texts of all messages but system ones, oldest first. */
	readonly texts: readonly string[];
	/** How many images its messages hold. */
	readonly images: number;
	/** The roster of subagents that ends the call, where there is one; not part of the above. */
	readonly roster: string;
	readonly systemPrompt: string;
	readonly toolNames: readonly string[];
	/** What the model reads of each tool, by name. */
	readonly toolDescriptions: ReadonlyMap<string, string>;
	/** All of each tool that goes to the model, by name. */
	readonly toolJson: ReadonlyMap<string, string>;
	readonly model: string;
	/** What the session asked to think with; absent for off. */
	readonly thinking: string | undefined;
	readonly signal: AbortSignal | undefined;
}

export type Script = (call: ModelCall) => AssistantMessage | Promise<AssistantMessage>;

export interface HostOptions {
	readonly script: Script;
	/** Source texts of other people's extensions, put into the agent directory under these file names. */
	readonly extensions?: Record<string, string>;
	/** The same of extensions that are named before ours, so that they are loaded before it; children do not have them. */
	readonly earlierExtensions?: Record<string, string>;
	/** Ours lies as `m-pi-crew` in the agent directory, where the host loads by name, and children find it, too. */
	readonly installed?: boolean;
	/** The person at the parent; there is none in a headless mode. One who answers nothing when absent. */
	readonly person?: Partial<host.ExtensionUIContext> | "nobody";
	/** Files of the project, by path. */
	readonly files?: Record<string, string>;
	/** When files of the project were changed, by path. */
	readonly age?: Record<string, Date>;
	/** The person's own files, by path in the agent directory. */
	readonly personalFiles?: Record<string, string>;
	/** The person's settings.json. Retry is quick unless they say otherwise. */
	readonly settings?: object;
	readonly models?: NonNullable<Parameters<typeof registerFauxProvider>[0]>["models"];
	readonly tokensPerSecond?: number;
	/** Where the parent's session is stored; in memory when absent. */
	readonly sessionDir?: "persisted";
	readonly tools?: string[];
	readonly appendSystemPrompt?: string[];
	/** On the newer host: with the extensions that are built into pi, which a session made by the SDK has not (MCP and the like). */
	readonly builtIns?: boolean;
	/** What pi's `--exclude-tools` names. */
	readonly excludeTools?: string[];
	/** Files of the person's home directory. */
	readonly homeFiles?: Record<string, string>;
	/** On the newer host: the person does not trust the project. */
	readonly untrusted?: boolean;
	/** Replaces the provider's stream function, for streams that throw. */
	readonly wrapStream?: (stream: StreamSimple) => StreamSimple;
}

type StreamSimple = NonNullable<ReturnType<typeof getApiProvider>>["streamSimple"];

export interface ToolResult {
	readonly text: string;
	readonly isError: boolean;
	readonly details: Record<string, unknown>;
}

/** A parent session of the real host with our extension in it, installed as a checkout. */
export interface ScriptedHost {
	readonly session: host.AgentSession;
	readonly bus: host.EventBus;
	readonly cwd: string;
	readonly agentDir: string;
	/** Every model call so far, of parent and children. */
	readonly calls: readonly ModelCall[];
	/** Prompts the parent; resolves when it is done, with the results of its tool calls in the order they ended. */
	prompt(text: string): Promise<ToolResult[]>;
	/** Reloads the parent's extensions as `/reload` does. */
	reload(): Promise<void>;
	/** What was shown to the person so far. */
	readonly notices: readonly string[];
	/** The notifications in the parent's conversation so far. */
	notifications(): string[];
	/** Ends the parent as quitting pi does; the files stay. */
	quit(): Promise<void>;
	/** Quits, if that has not happened, and removes the files. */
	stop(): Promise<void>;
}

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const ENTRY = fileURLToPath(new URL("../../src/entry.ts", import.meta.url));

/** A child that commits needs one. */
const GIT_IDENTITY = "[user]\n\tname = Somebody\n\temail = somebody@example.org\n";

export async function startHost(options: HostOptions): Promise<ScriptedHost> {
	const root = realpathSync(mkdtempSync(join(tmpdir(), "pi-crew-test-")));
	const cwd = join(root, "project");
	const agentDir = join(root, "agent");
	writeFiles(cwd, options.files ?? {});
	for (const [path, time] of Object.entries(options.age ?? {})) utimesSync(join(cwd, path), time, time);
	writeFiles(join(agentDir, "extensions"), options.extensions ?? {});
	const earlier = writeFiles(join(root, "earlier"), options.earlierExtensions ?? {});
	if (options.installed) symlinkSync(CHECKOUT, join(agentDir, "extensions", "m-pi-crew"));
	const settings = { retry: { enabled: true, maxRetries: 2, baseDelayMs: 1 }, ...options.settings };
	writeFiles(agentDir, { ...options.personalFiles, "settings.json": JSON.stringify(settings) });
	process.env.PI_CODING_AGENT_DIR = agentDir;
	process.env.PI_OFFLINE = "1";
	process.env.HOME = join(root, "home"); // whoever runs the tests may have agents of other programs there
	writeFiles(process.env.HOME, { ".gitconfig": GIT_IDENTITY, ...options.homeFiles });

	const calls: ModelCall[] = [];
	const faux = await startModels(agentDir, options, calls);
	const bus = host.createEventBus();
	const trust = options.untrusted ? [{ projectTrusted: false }] : [];
	const settingsManager = host.SettingsManager.create(cwd, agentDir, ...(trust as []));
	const loader = new host.DefaultResourceLoader({
		cwd,
		agentDir,
		settingsManager,
		eventBus: bus,
		additionalExtensionPaths: options.installed ? earlier : [...earlier, ENTRY],
		appendSystemPrompt: options.appendSystemPrompt ?? [],
		extensionFactories: options.builtIns ? builtInExtensions() : [],
	});
	await loader.reload();
	const { session, extensionsResult } = await host.createAgentSession({
		cwd,
		agentDir,
		model: faux.model,
		settingsManager,
		resourceLoader: loader,
		sessionManager: options.sessionDir
			? host.SessionManager.create(cwd, join(root, "sessions"))
			: host.SessionManager.inMemory(cwd),
		...(options.tools && { tools: options.tools }),
		...(options.excludeTools && ({ excludeTools: options.excludeTools } as object)),
		...faux.sdk,
	});
	if (extensionsResult.errors.length > 0) throw new Error(JSON.stringify(extensionsResult.errors));
	const notices: string[] = [];
	const { person } = options;
	const attended = { uiContext: createUiStub(notices, person === "nobody" ? {} : person), mode: "tui" };
	await session.bindExtensions((person === "nobody" ? {} : attended) as Parameters<typeof session.bindExtensions>[0]);
	let quitting: Promise<void> | undefined;
	const quit = () => {
		quitting ??= endSession(session);
		return quitting;
	};
	return {
		session,
		bus,
		cwd,
		agentDir,
		calls,
		prompt: (text) => promptParent(session, text),
		reload: async () => {
			await session.reload();
			faux.register(); // the older host forgets providers that no extension registers again
		},
		notices,
		notifications: () =>
			session.messages.flatMap((message) =>
				message.role === "custom" && message.customType === "subagent-notification" ? [textOf(message.content)] : [],
			),
		quit,
		stop: async () => {
			await quit();
			faux.stop();
			rmSync(root, { recursive: true, force: true });
		},
	};
}

/** As pi itself loads them. */
function builtInExtensions(): host.ExtensionFactory[] {
	const { createMcpExtension, createCodemodeExtension, createToolSearchExtension } = host as unknown as Record<
		string,
		() => host.ExtensionFactory
	>;
	const makers = {
		codemode: createCodemodeExtension,
		"tool-search": createToolSearchExtension,
		mcp: createMcpExtension,
	};
	return Object.entries(makers).map(([name, make]) => ({
		...{ name, factory: make?.(), builtin: true, replaceable: true },
	})) as unknown as host.ExtensionFactory[];
}

async function endSession(session: host.AgentSession): Promise<void> {
	await session.extensionRunner.emit({ type: "session_shutdown", reason: "quit" });
	await session.abort();
	session.dispose();
}

async function promptParent(session: host.AgentSession, text: string): Promise<ToolResult[]> {
	const results: ToolResult[] = [];
	let ended = () => {};
	const settled = new Promise<void>((resolve) => {
		ended = resolve;
	});
	const off = session.subscribe((event) => {
		if (event.type === "agent_end") ended();
		if (event.type !== "tool_execution_end") return;
		const content = event.result.content as { text?: string }[];
		const said = content.map((part) => part.text ?? "").join("");
		results.push({ text: said, isError: event.isError, details: event.result.details ?? {} });
	});
	try {
		await session.prompt(text);
		await settled; // the older host tells its listeners late
	} finally {
		off();
	}
	return results;
}

async function startModels(dir: string, options: HostOptions, calls: ModelCall[]) {
	const faux = registerFauxProvider({
		provider: "faux",
		models: options.models ?? [{ id: "faux-1" }],
		...(options.tokensPerSecond && { tokensPerSecond: options.tokensPerSecond }),
	});
	faux.setResponses(
		Array.from({ length: 5000 }, () => (context, streamOptions, _state, model) => {
			const call = readCall(context, model.id, streamOptions as { signal?: AbortSignal; reasoning?: string });
			calls.push(call);
			return options.script(call);
		}),
	);
	const streamSimple = getApiProvider(faux.api)?.streamSimple as StreamSimple;
	const config = {
		baseUrl: "http://localhost:0",
		apiKey: "faux-key",
		api: faux.api,
		streamSimple: options.wrapStream?.(streamSimple) ?? streamSimple,
		models: faux.models.map(({ provider: _provider, baseUrl: _baseUrl, ...model }) => model),
	};
	const first = faux.models[0].id;
	const { ModelRuntime } = host as unknown as { ModelRuntime?: NewerModelRuntime };
	if (ModelRuntime) {
		const runtime = await ModelRuntime.create({
			authPath: join(dir, "auth.json"),
			modelsPath: join(dir, "models.json"),
		});
		const register = () => runtime.registerProvider("faux", config);
		register();
		await runtime.refresh({ allowNetwork: false });
		const sdk = { modelRuntime: runtime } as object;
		return { sdk, model: runtime.getModel("faux", first), register, stop: () => faux.unregister() };
	}
	const modelRegistry = host.ModelRegistry.inMemory(host.AuthStorage.inMemory());
	const register = () => modelRegistry.registerProvider("faux", config);
	register();
	const sdk = { modelRegistry } as object;
	return { sdk, model: modelRegistry.find("faux", first), register, stop: () => faux.unregister() };
}

/** The part of the newer host's API that scenarios need; the older host's types do not have it. */
interface NewerModelRuntime {
	create(paths: { authPath: string; modelsPath: string }): Promise<{
		registerProvider(name: string, config: object): void;
		refresh(options: { allowNetwork: boolean }): Promise<void>;
		getModel(provider: string, id: string): ReturnType<host.ModelRegistry["find"]>;
	}>;
}

function readCall(context: Context, model: string, options: { signal?: AbortSignal; reasoning?: string }): ModelCall {
	const all = context.messages as unknown as AnyMessage[];
	const system = all.filter((message) => message.role === "system");
	const heard = all.filter((message) => message.role !== "system");
	const roster = textOf(heard.at(-1)?.content).startsWith("<subagent_roster>") ? heard.at(-1) : undefined;
	const spoken = heard.filter((message) => message !== roster);
	const last = spoken.at(-1);
	const tools = toolsOf(context, system);
	return {
		role: last?.role ?? "",
		text: textOf(last?.content),
		roster: textOf(roster?.content),
		texts: spoken.map((message) => textOf(message.content)),
		images: spoken.flatMap(({ content }) => (Array.isArray(content) ? content : [])).filter(isImage).length,
		systemPrompt: context.systemPrompt ?? system.map(systemText).join("\n"),
		toolNames: [...tools.keys()],
		toolDescriptions: new Map([...tools].map(([name, { description }]) => [name, description])),
		toolJson: new Map([...tools].map(([name, tool]) => [name, JSON.stringify(tool)])),
		model,
		thinking: options.reasoning,
		signal: options.signal,
	};
}

interface DeclaredTool {
	readonly name: string;
	readonly description: string;
	readonly parameters: unknown;
}

interface AnyMessage {
	readonly role: string;
	readonly content: unknown;
	/** On the newer host the parts of a system message, by name. */
	readonly sections?: Record<string, string>;
	readonly toolsAdded?: readonly DeclaredTool[];
	readonly toolsRemoved?: readonly { name: string }[];
}

function systemText(message: AnyMessage): string {
	return [textOf(message.content), ...Object.values(message.sections ?? {})].filter((text) => text !== "").join("\n");
}

/** The newer host declares tools in system messages, added and removed as they change. */
function toolsOf(context: Context, system: readonly AnyMessage[]): Map<string, DeclaredTool> {
	const declared = ({ name, description, parameters }: DeclaredTool) =>
		[name, { name, description, parameters }] as const;
	if (context.tools) return new Map(context.tools.map(declared));
	const tools = new Map<string, DeclaredTool>();
	for (const message of system) {
		for (const tool of message.toolsRemoved ?? []) tools.delete(tool.name);
		for (const tool of message.toolsAdded ?? []) tools.set(...declared(tool));
	}
	return tools;
}

function isImage(part: unknown): boolean {
	return (part as { type?: string }).type === "image";
}

function textOf(content: unknown): string {
	if (typeof content === "string") return content;
	return ((content ?? []) as { text?: string }[]).map((part) => part.text ?? "").join("");
}

/** @returns their full paths */
function writeFiles(folder: string, files: Record<string, string>): string[] {
	mkdirSync(folder, { recursive: true });
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
	return Object.keys(files).map((path) => join(folder, path));
}
