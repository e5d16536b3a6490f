import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HostOptions } from "./scripted-host.ts";

/** The real permission extension, as `test/tools/install-neighbours.mjs` puts it there for `npm test` and `npm run test:next`. */
const FOLDER = fileURLToPath(new URL("../../.neighbours/node_modules/@gotgenes/pi-permission-system", import.meta.url));

export const hasPermissionSystem = existsSync(FOLDER);

/** A session whose person has installed it as a package of pi, and wants to be asked for every shell command. */
export function withPermissionSystem(ask: (question: string) => "y" | "n"): Partial<HostOptions> {
	const config = { permission: { "*": "allow", bash: "ask" }, doublePressToConfirm: false };
	return {
		settings: { packages: [FOLDER] },
		personalFiles: { "extensions/pi-permission-system/config.json": JSON.stringify(config) },
		person: {
			// The newer host says that there is a terminal: then it shows a component of its own and reads keys.
			custom: ((create: Create) => answerByKey(create, ask)) as never,
			select: async (question) => ({ y: "Yes", n: "No" })[ask(question)],
		},
	};
}

type Create = (
	tui: object,
	theme: object,
	keys: object,
	done: (answer: unknown) => void,
) => { render(width: number): string[]; handleInput(key: string): void };

function answerByKey(create: Create, ask: (question: string) => "y" | "n"): Promise<unknown> {
	return new Promise((done) => {
		const theme = { fg: (_color: string, text: string) => text };
		const component = create({ requestRender: () => undefined }, theme, {}, done);
		component.handleInput(ask(component.render(200).join("\n")));
	});
}

/** The ids of the child sessions it knows of. */
export function knownChildren(sessionIds: readonly string[]): string[] {
	const key = Symbol.for("@gotgenes/pi-permission-system:subagent-registry");
	const registry = (globalThis as unknown as { [key]: { has(sessionId: string): boolean } })[key];
	return sessionIds.filter((id) => registry.has(id));
}

/** What it offers other extensions in the parent. */
export function permissionsService(): unknown {
	return (globalThis as Record<symbol, unknown>)[Symbol.for("@gotgenes/pi-permission-system:service")];
}
