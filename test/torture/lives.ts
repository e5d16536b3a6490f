import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHECKOUT, createWorkspace, type PiEvent, SCRIPTED_MODEL, type Workspace } from "../support/cli.ts";
import { type RpcClient, startRpc } from "../support/rpc-client.ts";
import { drawMoment, LONGEST_LIFE_MS, type Moment } from "./moments.ts";
import type { Random } from "./random.ts";
import { type Book, openBook } from "./session-book.ts";
import { drawPrompt, type Work } from "./work.ts";

const fixture = (name: string) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

/** How long a session's last life may take to bring everything to rest. */
const PATIENCE_MS = 30_000;
/** Nothing may change any more for so long. */
const REST_MS = 250;

/** One session of pi and what became of it over its lives. */
export interface Story {
	readonly workspace: Workspace;
	readonly hasWorkspaces: boolean;
	readonly work: Work;
	/** One for each life that was killed. */
	readonly moments: readonly Moment[];
	/** Why the last life did not become idle, or what else went wrong on the way. */
	readonly troubles: readonly string[];
}

/** Lives a session through so many kills, and once more until it is at rest. */
export async function liveThrough(random: Random, kills: number): Promise<Story> {
	const workspace = createWorkspace();
	const hasWorkspaces = random.chance(0.5);
	const settings = {
		maxConcurrent: random.integer(1, 3),
		graceTurns: 1,
		resumeInterrupted: random.pick(["ask", "never", "auto"]),
	};
	mkdirSync(join(workspace.cwd, ".pi"), { recursive: true });
	writeFileSync(join(workspace.cwd, ".pi", "subagents.json"), JSON.stringify(settings));
	const work: Work = { effects: join(workspace.cwd, "effects"), tokens: [] };
	const moments: Moment[] = [];
	const troubles: string[] = [];
	for (let kill = 0; kill < kills; kill++) {
		const moment = drawMoment(random, hasWorkspaces);
		moments.push(moment);
		await liveUntil(moment, { random, workspace, hasWorkspaces, work, troubles });
	}
	await liveInPeace({ random, workspace, hasWorkspaces, work, troubles });
	return { workspace, hasWorkspaces, work, moments, troubles };
}

interface Scene {
	readonly random: Random;
	readonly workspace: Workspace;
	readonly hasWorkspaces: boolean;
	readonly work: Work;
	readonly troubles: string[];
}

function begin({ workspace, hasWorkspaces, work }: Scene, env: Record<string, string>): RpcClient {
	const extensions = [
		CHECKOUT,
		SCRIPTED_MODEL,
		fixture("saboteur"),
		...(hasWorkspaces ? [fixture("slow-workspaces")] : []),
	];
	const place = join(workspace.cwd, "workspaces");
	return startRpc({
		workspace,
		extensions,
		args: ["--continue"],
		env: { TORTURE_EFFECTS: work.effects, TORTURE_WORKSPACES: place, ...env },
	});
}

async function liveUntil(moment: Moment, scene: Scene): Promise<void> {
	const env: Record<string, string> = {
		...(moment.kind === "write" && { TORTURE_WRITE: JSON.stringify(moment) }),
		...(moment.kind === "disposal" && { TORTURE_DISPOSAL: JSON.stringify(moment) }),
	};
	const pi = begin(scene, env);
	let isOver = false;
	const over = pi.gone.then(() => {
		isOver = true;
	});
	const isFromStart = scene.random.chance(0.3);
	const living = live(pi, scene, () => isOver).catch((error) => {
		if (!isOver) scene.troubles.push(`a life went wrong: ${error.message}`);
	});
	const watch = new Watch(moment, scene.workspace, isFromStart);
	while (!isOver) {
		if (pi.events.length > 0) watch.begun();
		if (watch.isDue()) await pi.kill();
		else await Promise.race([over, pause(1)]);
	}
	await over;
	await living;
}

/** Looks from outside for the moment to kill. */
class Watch {
	private readonly since = performance.now();
	private readyAt: number | undefined;
	private size = -1;
	private growths = 0;
	private dueAt: number | undefined;

	constructor(
		private readonly moment: Moment,
		private readonly workspace: Workspace,
		private readonly isFromStart: boolean,
	) {
		this.size = this.look()?.size ?? -1;
	}

	begun(): void {
		this.readyAt ??= performance.now();
	}

	isDue(): boolean {
		const now = performance.now();
		const from = this.isFromStart ? this.since : this.readyAt;
		if (this.readyAt !== undefined && now > this.readyAt + LONGEST_LIFE_MS) return true;
		const { moment } = this;
		if (moment.kind === "time") return from !== undefined && now > from + moment.ms;
		if (moment.kind !== "growth" && moment.kind !== "text") return false;
		this.observe(moment, now);
		return this.dueAt !== undefined && now >= this.dueAt;
	}

	private observe(moment: Moment & { kind: "growth" | "text" }, now: number): void {
		const seen = this.look();
		if (!seen || seen.size === this.size || this.dueAt !== undefined) return;
		const before = Math.max(this.size, 0);
		this.size = seen.size;
		this.growths++;
		const isIt =
			moment.kind === "growth"
				? this.growths >= moment.nth
				: readFileSync(seen.file).subarray(before).toString().includes(moment.text);
		if (isIt) this.dueAt = now + moment.ms;
	}

	private look(): { file: string; size: number } | undefined {
		const file = newestSession(this.workspace);
		if (file === undefined) return undefined;
		return { file, size: statSync(file).size };
	}
}

export function newestSession({ sessionDir }: Workspace): string | undefined {
	if (!existsSync(sessionDir)) return undefined;
	const name = readdirSync(sessionDir)
		.filter((file) => file.endsWith(".jsonl"))
		.sort()
		.at(-1);
	return name && join(sessionDir, name);
}

async function live(pi: RpcClient, scene: Scene, isOver: () => boolean): Promise<void> {
	const { random } = scene;
	await pi.request({ type: "get_state" });
	for (let prompt = random.integer(1, 4); prompt > 0 && !isOver(); prompt--) {
		answerQuestions(pi, random);
		const after = pi.events.length;
		const message = drawPrompt(random, scene.work, bookOf(scene.workspace));
		const response = await pi.request({ type: "prompt", message });
		if (response.success !== true) {
			await pause(100); // a notification is being answered
			continue;
		}
		if (random.chance(0.15)) {
			await pause(random.integer(0, 200));
			pi.send({ type: "abort" });
		}
		await pi.waitFor("the end of the turn", (event) => event.type === "agent_end", { after });
	}
	while (!isOver()) {
		answerQuestions(pi, random);
		await pause(20);
	}
}

const answered = new WeakMap<RpcClient, Set<unknown>>();

function answerQuestions(pi: RpcClient, random: Random): void {
	const known = answered.get(pi) ?? new Set();
	answered.set(pi, known);
	const isQuestion = (event: PiEvent) => event.type === "extension_ui_request" && event.method === "confirm";
	for (const { id } of pi.events.filter(isQuestion)) {
		if (!known.has(id)) pi.send({ type: "extension_ui_response", id, confirmed: random.chance(0.5) });
		known.add(id);
	}
}

/** The last life: what lives may end, what is held is left or started, and everything is delivered. */
async function liveInPeace(scene: Scene): Promise<void> {
	const pi = begin(scene, {});
	const deadline = performance.now() + PATIENCE_MS;
	try {
		await pi.request({ type: "get_state" });
		for (let restingSince = performance.now(); performance.now() < restingSince + REST_MS; ) {
			const unrest = unrestIn(bookOf(scene.workspace));
			if (unrest !== "") restingSince = performance.now();
			if (performance.now() > deadline) {
				scene.troubles.push(`did not become idle: ${unrest}`);
				break;
			}
			answerQuestions(pi, scene.random);
			await pause(30);
		}
		if (pi.stderr() !== "") scene.troubles.push(`stderr: ${pi.stderr()}`);
	} catch (error) {
		scene.troubles.push(`the last life went wrong: ${(error as Error).message}`);
	}
	await pi.close();
	await reopen(scene);
}

/** Once more, for what a start would tell a second time. */
async function reopen(scene: Scene): Promise<void> {
	const pi = begin(scene, {});
	try {
		await pi.request({ type: "get_state" });
		await pause(REST_MS);
	} catch (error) {
		scene.troubles.push(`it could not be opened again: ${(error as Error).message}`);
	}
	await pi.close();
}

/** Held ones may stay so for ever; they are known by nothing happening to them. */
function unrestIn(book: Book | undefined): string {
	const runs = book ? [...book.last.values()] : [];
	const restless = runs.filter(
		({ record, owner }) =>
			record.status === "running" ||
			(record.delivery.state !== "delivered" && record.delivery.state !== "withheld" && record.status !== "queued") ||
			(record.status === "queued" && owner.pid === book?.lastOwner && book.startedByLastOwner.has(record.id)),
	);
	return restless.map(({ record }) => `${record.id} ${record.status} ${record.delivery.state}`).join(", ");
}

function bookOf(workspace: Workspace): Book | undefined {
	const file = newestSession(workspace);
	return file === undefined ? undefined : openBook(file);
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
