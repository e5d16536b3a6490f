import { join } from "node:path";
import * as host from "@mariozechner/pi-coding-agent";
import { AbortedEarly, untilAborted } from "../platform/cancellation.ts";
import type { ChildResources } from "./child-resources.ts";

/** The newer host asks a loader two more questions than the older one's types know. */
type AnyHostsLoader = host.ResourceLoader & {
	getSystemPromptSource(): undefined;
	getAppendSystemPromptSources(): [];
};

export interface ChildLoaderRequest {
	readonly resources: ChildResources;
	readonly cwd: string;
	readonly systemPrompt: string;
	/** Extensions that are no files. */
	readonly factories: readonly host.ExtensionFactory[];
	readonly signal: AbortSignal;
}

/**
 * Makes the resource loader of one child: its own extension instances, the parent's skills, our system prompt, and no
 * context files, templates or themes (the parent's prompt carries those already).
 *
 * Loading extensions blocks the event loop, so children begin it one after another and the loop breathes in between.
 */
export class ChildResourceLoaders {
	private last: Promise<void> = Promise.resolve();

	/** @throws AbortedEarly when `signal` fires first; what an extension's factory still does then reaches nobody */
	async create(request: ChildLoaderRequest): Promise<host.ResourceLoader> {
		const { resources, factories } = request;
		if (resources.extensionPaths.length + factories.length === 0) return withoutExtensions(request);
		const turn = this.last.then(breathe);
		this.last = turn;
		return untilAborted(
			turn.then(() => loadExtensions(request)),
			request.signal,
		);
	}
}

function breathe(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

async function loadExtensions({
	resources,
	cwd,
	systemPrompt,
	factories,
	signal,
}: ChildLoaderRequest): Promise<host.ResourceLoader> {
	if (signal.aborted) throw new AbortedEarly();
	const loader = new host.DefaultResourceLoader({
		cwd,
		// Everything is named below. Pointed at the real folder, the loader would scan it for each child all the same.
		agentDir: join(resources.agentDir, "no-resources-here"),
		settingsManager: resources.settings,
		noExtensions: true,
		noSkills: true,
		noPromptTemplates: true,
		noThemes: true,
		noContextFiles: true,
		additionalExtensionPaths: [...resources.extensionPaths],
		extensionFactories: [...factories],
		// What an extension contributes at run time comes on top of what the parent has.
		skillsOverride: (own) => ({ skills: skillsOf(resources, own.skills), diagnostics: own.diagnostics }),
		systemPromptOverride: () => systemPrompt,
		appendSystemPromptOverride: () => [],
	});
	await loader.reload();
	return loader;
}

function skillsOf({ skills: parents, hasNoSkills }: ChildResources, own: readonly host.Skill[]): host.Skill[] {
	if (hasNoSkills) return [];
	const names = new Set(parents.map((skill) => skill.name));
	return [...parents, ...own.filter((skill) => !names.has(skill.name))];
}

/** The host's own loader costs more than the rest of a bare child; where nothing is to be loaded, a plain object does. */
function withoutExtensions({ resources, systemPrompt }: ChildLoaderRequest): AnyHostsLoader {
	const extensions = { extensions: [], errors: [], runtime: host.createExtensionRuntime() };
	return {
		getExtensions: () => extensions,
		getSkills: () => ({ skills: [...resources.skills], diagnostics: [] }),
		getPrompts: () => ({ prompts: [], diagnostics: [] }),
		getThemes: () => ({ themes: [], diagnostics: [] }),
		getAgentsFiles: () => ({ agentsFiles: [] }),
		getSystemPrompt: () => systemPrompt,
		getSystemPromptSource: () => undefined,
		getAppendSystemPrompt: () => [],
		getAppendSystemPromptSources: () => [],
		extendResources: () => undefined,
		reload: async () => undefined,
	};
}

/**
 * Spreads the starts of many children. Creating a session blocks the event loop for about a millisecond, and fifty in one
 * tick would be felt at the keyboard: the first one passes at once, each other when the loop has had a turn since.
 */
export class StartGate {
	private last: Promise<void> | undefined;

	/** @throws AbortedEarly when the signal fired before it was its turn */
	async pass(signal: AbortSignal): Promise<void> {
		const before = this.last;
		const mine = before ? before.then(nextTick) : nextTick();
		this.last = mine;
		void mine.then(() => {
			if (this.last === mine) this.last = undefined;
		});
		await before;
		if (signal.aborted) throw new AbortedEarly();
	}
}

function nextTick(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
