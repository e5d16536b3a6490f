import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";
import { backgroundTasks } from "../support/background.ts";
import { createWorkspace, runPi } from "../support/cli.ts";
import { signalled, until } from "../support/condition.ts";
import { hostCli } from "../support/host-cli.ts";
import { isChild, say } from "../support/script.ts";
import { type HostOptions, type ScriptedHost, startHost } from "../support/scripted-host.ts";

const hosts: ScriptedHost[] = [];
afterEach(async () => {
	for (const host of hosts.splice(0)) await host.stop();
});

async function start(options: Partial<HostOptions> = {}): Promise<ScriptedHost> {
	const host = await startHost({ script: () => say("noted"), ...options });
	hosts.push(host);
	return host;
}

/** Another extension that keeps what it hears of the settings. */
const listener = {
	"listener.ts": `export default (pi) => {
		for (const name of ["settings_loaded", "settings_changed"]) {
			const hear = (payload) => (globalThis.heardOfSettings ??= []).push({ name, payload });
			pi.on("session_shutdown", pi.events.on("subagents:" + name, hear));
		}
	};`,
};
interface Heard {
	readonly name: string;
	readonly payload: { readonly settings: object; readonly persisted?: boolean };
}
function heard(): Heard[] {
	const shared = globalThis as { heardOfSettings?: Heard[] };
	shared.heardOfSettings ??= [];
	return shared.heardOfSettings;
}
afterEach(() => void heard().splice(0));

const fileOf = ({ cwd }: { cwd: string }) => join(cwd, ".pi", "subagents.json");
function write(host: ScriptedHost, content: object): void {
	mkdirSync(join(host.cwd, ".pi"), { recursive: true });
	writeFileSync(fileOf(host), JSON.stringify(content));
}

describe("a change of maxConcurrent while runs wait", () => {
	const tasks = ["one", "two", "three", "four"];
	const children = (host: ScriptedHost) => host.calls.filter(isChild).length;

	async function startWaiting() {
		const { happened, happen } = signalled();
		const script = backgroundTasks(tasks, async () => {
			await happened;
			return say("done");
		});
		const host = await start({ script, files: { ".pi/subagents.json": '{"maxConcurrent": 1}' } });
		await host.prompt("go");
		await until("one to be running", () => children(host) === 1);
		return { host, finish: happen };
	}

	it("starts them at once when there is more room", async () => {
		const { host, finish } = await startWaiting();
		await host.session.prompt("/agents set maxConcurrent 3");
		await until("three to be running", () => children(host) === 3);
		expect(host.notices.at(-1)).toBe(`maxConcurrent is 3 (project), written to ${fileOf(host)}`);
		await host.session.prompt("/agents unset maxConcurrent");
		await until("all to be running", () => children(host) === 4);
		finish();
		await until("all to be delivered", () => host.notifications().join().split("<task-id>").length > 4);
	});

	it("starts them when somebody else made room and pi-crew is used", async () => {
		const { host, finish } = await startWaiting();
		write(host, { maxConcurrent: 2 });
		await host.prompt("anything");
		await until("two to be running", () => children(host) === 2);
		finish();
		await until("all to be delivered", () => host.notifications().join().split("<task-id>").length > 4);
	});

	it("lets what runs continue when there is less room, and starts no more", async () => {
		const { host, finish } = await startWaiting();
		await host.session.prompt("/agents set maxConcurrent 3");
		await until("three to be running", () => children(host) === 3);
		await host.session.prompt("/agents set maxConcurrent 1");
		expect(children(host)).toBe(3);
		finish();
		await until("all to be delivered", () => host.notifications().join().split("<task-id>").length > 4);
	});
});

describe("what other extensions hear of the settings", () => {
	const settings = (own: object) => ({ ...DEFAULT_SETTINGS, ...own });

	it("is what holds when the session starts, and each change", async () => {
		const host = await start({ extensions: listener, files: { ".pi/subagents.json": '{"graceTurns": 2}' } });
		expect(heard()).toEqual([{ name: "settings_loaded", payload: { settings: settings({ graceTurns: 2 }) } }]);
		await host.session.prompt("/agents set graceTurns 7");
		await host.session.prompt("/agents set graceTurns many");
		await host.session.prompt("/agents settings");
		write(host, { graceTurns: 9 });
		await host.prompt("anything");
		expect(heard().slice(1)).toEqual([
			{ name: "settings_changed", payload: { settings: settings({ graceTurns: 7 }), persisted: true } },
			{ name: "settings_changed", payload: { settings: settings({ graceTurns: 9 }), persisted: true } },
		]);
		expect(heard().every(({ payload }) => Object.isFrozen(payload) && Object.isFrozen(payload.settings))).toBe(true);
	});

	it("is that a change holds for this session only when it could not be written, also after a reload", async () => {
		const host = await start({ extensions: listener });
		writeFileSync(join(host.cwd, ".pi"), "a file where the folder should be");
		await host.session.prompt("/agents set graceTurns 7");
		expect(host.notices.at(-1)).toMatch(/^graceTurns is 7 \(this session only\); it could not be written: ENOTDIR/);
		await host.reload();
		expect(heard().slice(1)).toEqual([
			{ name: "settings_changed", payload: { settings: settings({ graceTurns: 7 }), persisted: false } },
			{ name: "settings_loaded", payload: { settings: settings({ graceTurns: 7 }) } },
		]);
	});
});

describe("/agents", () => {
	it("offers its words, keys and values while they are typed", async () => {
		const host = await start();
		const command = host.session.extensionRunner.getCommand("agents");
		expect(await command?.getArgumentCompletions?.("set onI")).toMatchObject([{ value: "set onInterrupt " }]);
		expect(await command?.getArgumentCompletions?.("set onInterrupt ")).toHaveLength(2);
	});

	it("lists whose value each setting has, and answers what it does not understand", async () => {
		const host = await start({
			files: { ".pi/subagents.json": '{"graceTurns": 2}' },
			personalFiles: { "subagents.json": '{"maxConcurrent": 8}' },
		});
		await host.session.prompt("/agents settings");
		expect(host.notices.at(-1)?.split("\n").slice(0, 3)).toEqual([
			expect.stringMatching(/^maxConcurrent is 8 \(yours\); an integer 1\.\.1024; /),
			expect.stringMatching(/^defaultMaxTurns is 0 \(default\); an integer 0\.\.10000; /),
			expect.stringMatching(/^graceTurns is 2 \(project\); an integer 1\.\.1000; /),
		]);
		await host.session.prompt("/agents set graceTurn 2");
		expect(host.notices.at(-1)).toMatch(/^unknown setting "graceTurn"; did you mean "graceTurns"\? Known are /);
	});
});

describe("two instances of pi in one project", () => {
	it("see each other's changes, and both changes stay", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		const runs = await Promise.all(
			["/agents set graceTurns 7", "/agents set onInterrupt stop-all"].map((prompt) =>
				runPi({ workspace, mode: "print", prompt: [prompt, "/agents settings"] }),
			),
		);
		expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([
			[0, ""],
			[0, ""],
		]);
		expect(runs[0]?.stdout).toContain(`graceTurns is 7 (project), written to ${fileOf(workspace)}\n`);
		expect(runs[1]?.stdout).toContain('onInterrupt is "stop-all" (project); ');
		const text = readFileSync(fileOf(workspace), "utf8");
		expect(JSON.parse(text)).toEqual({ graceTurns: 7, onInterrupt: "stop-all" });
		const third = await runPi({ workspace, mode: "json", prompt: "/agents settings" });
		expect(third.stderr).toMatch(/^graceTurns is 7 \(project\).*\nonInterrupt is "stop-all" \(project\)/m);
	});
});

describe.runIf(hostCli.version === "next")("a project that is not trusted", () => {
	it("decides nothing, and nothing is written there", async () => {
		const workspace = createWorkspace();
		onTestFinished(workspace.remove);
		workspace.addAgentFile("settings.json", JSON.stringify({ quietStartup: true, defaultProjectTrust: "never" }));
		const text = '{"graceTurns": 7, "maxConcurrent": "many"}';
		mkdirSync(join(workspace.cwd, ".pi"));
		writeFileSync(fileOf(workspace), text);
		writeFileSync(join(workspace.cwd, ".pi", "settings.json"), "{}"); // makes pi ask
		const prompt = ["/agents settings", "/agents set graceTurns 9"];
		const { stdout, stderr } = await runPi({ workspace, mode: "print", prompt });
		expect(stdout).toContain("graceTurns is 5 (default); ");
		expect(stderr + stdout).toContain(
			`graceTurns was not changed: ${workspace.cwd} is not trusted, so nothing is written there`,
		);
		expect(stderr + stdout).not.toContain('"many"');
		expect([readFileSync(fileOf(workspace), "utf8"), existsSync(`${fileOf(workspace)}.lock`)]).toEqual([text, false]);
	});
});
