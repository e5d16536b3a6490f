import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SENTENCES } from "../docs/demo/story.ts";
import { parseAgentFile } from "../src/agents/agent-file.ts";
import { agentFileKeys } from "../src/agents/agent-file-keys.ts";
import type { Settings } from "../src/domain/settings.ts";
import type { SubagentStatus } from "../src/domain/subagent-state.ts";
import { CHILD_HOOKS } from "../src/events/child-hooks.ts";
import { SETTINGS_EVENTS, SUBAGENT_EVENTS } from "../src/events/fact-channels.ts";
import {
	acceptedValues,
	DEFAULT_SETTINGS,
	problemWithSetting,
	unknownSetting,
} from "../src/settings/settings-schema.ts";

import { ResultParams } from "../src/tools/get-result-tool.ts";
import { SteerParams } from "../src/tools/steer-tool.ts";
import { SubagentParams } from "../src/tools/subagent-tool.ts";
import { AGENTS_WORDS, readAgentsWords } from "../src/ui/agents/command-parser.ts";

const pathOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string) => readFileSync(pathOf(path), "utf8");
/** The names by which the headings of a page are linked to. */
const headingsOf = (page: string) =>
	[...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
		heading
			.toLowerCase()
			.replace(/[^\w -]/g, "")
			.replaceAll(" ", "-"),
	);
/** The rows of all tables, without head and rule, as cells. */
const rows = (text: string) =>
	[...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = ""]) => row.split(" | ").map((cell) => cell.trim()));
const parse = (keys: string, text = `---\n${keys}\n---\nbody`) => parseAgentFile("/agents/a.md", "project", text);
const inCode = (cell = "") => /^`(.*)`$/.exec(cell)?.[1];

describe("docs/agents.md", () => {
	const text = read("docs/agents.md");
	const documented = rows(text.slice(text.indexOf("## Keys"), text.indexOf("### Tools")));
	const keys = documented.map(([key]) => inCode(key)).filter((key) => key !== undefined);

	it("has every key that is read, and no other", () => {
		const known = agentFileKeys().map(({ key }) => key);
		expect(known.length).toBeGreaterThan(0);
		expect([...keys].sort()).toEqual([...known].sort());
	});

	const examples = documented.slice(2).map(([key = "", example]) => [key, inCode(example) as string] as const);

	it.each(examples.filter(([key]) => inCode(key)))("has an example for %s that is accepted: %s", (key, example) => {
		const { definition, diagnostics } = parse(example);
		expect([Object.keys(definition?.fileKeys ?? {}), diagnostics]).toEqual([[inCode(key)], []]);
	});

	it.each(examples.filter(([key]) => !inCode(key)))(
		"says of keys that are not honoured what becomes of them: %s, %s",
		(key, example) => {
			const messages = parse(example).diagnostics.map(({ message }) => message);
			const said = key.includes("passed on") ? [] : [key.includes("no effect") ? /has no effect/ : /unknown key/];
			expect(messages).toEqual(said.map((words) => expect.stringMatching(words)));
		},
	);

	it("has lists of tools that are accepted, but for what it says is not", () => {
		const table = rows(text.slice(text.indexOf("### Tools"), text.indexOf("### Model")));
		const written = table.flatMap(([cell = "", has = ""]) =>
			[...cell.matchAll(/`(tools:.*?)`/g)].map(([, line = ""]) => ({ line, isWarned: has.includes("with a warning") })),
		);
		expect(written.length).toBeGreaterThan(8);
		const told = written.filter(({ line }) => parse(line).diagnostics.length > 0);
		expect(told).toEqual(written.filter(({ isWarned }) => isWarned));
	});

	it("has a first agent that loads without a word", () => {
		const [, example = ""] = /```markdown\n([\s\S]*?)```/.exec(text) ?? [];
		expect(parse("", example)).toMatchObject({ definition: { maxTurns: 30 }, diagnostics: [] });
	});

	it("quotes warnings as they are", () => {
		const quoted = text.split("\n").filter((line) => line.startsWith("/project/.pi/agents/tester.md"));
		const said = parse("description: x\nmodle: haiku\n\nthinking: huge").diagnostics.map(({ message }) => message);
		expect(quoted.map((line) => line.replace(/^.*?: warning: /, ""))).toEqual(said);
	});
});

describe("docs/settings.md", () => {
	const text = read("docs/settings.md");
	const documented = rows(text).filter(([, accepted, value]) => accepted !== undefined && value !== undefined);

	it("has every setting with what it accepts and its default, and no other", () => {
		const settings = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];
		expect(documented.slice(2).map((cells) => cells.slice(0, 3))).toEqual(
			settings.map((key) => [`\`${key}\``, acceptedValues(key), `\`${JSON.stringify(DEFAULT_SETTINGS[key])}\``]),
		);
	});
});

describe("docs/settings.md on /agents", () => {
	const text = read("docs/settings.md");

	it("has the words about settings, which are understood", () => {
		const documented = [...text.matchAll(/^\| `\/agents (\w+)/gm)].map(([, word]) => word);
		expect(documented).toEqual(["settings", "set", "unset", "transcripts"]);
		expect(documented.filter((word = "") => !Object.hasOwn(AGENTS_WORDS, word))).toEqual([]);
	});

	it("has examples of changes that are accepted", () => {
		const examples = [...text.matchAll(/^\/agents (.+)$/gm)].map(([, words = ""]) => readAgentsWords(words));
		const problems = examples.map((request) => {
			if (request.kind !== "change") return request;
			const { key, value } = request.change;
			return value === undefined ? undefined : problemWithSetting(key, value);
		});
		expect(problems).toEqual(Array(6).fill(undefined));
	});

	it("quotes the messages about bad values and unknown keys as they are", () => {
		const told = [...text.matchAll(/^\/project\/.*?(?:error|warning): (.*?) ?…?$/gm)].map(([, message]) => message);
		expect(told).toHaveLength(2);
		expect(told[0]).toBe(problemWithSetting("maxConcurrent", "many"));
		expect(unknownSetting("graceTurn").startsWith(told[1] ?? "?")).toBe(true);
	});
});

describe("docs/screens.md", () => {
	it("has every word after /agents", () => {
		const lines = read("docs/screens.md")
			.split("\n")
			.filter((line) => line.startsWith("| `/agents "));
		const words = lines.flatMap((line) => [...line.matchAll(/`\/agents (\w+)/g)].map(([, word]) => word));
		expect(new Set(words)).toEqual(new Set(Object.keys(AGENTS_WORDS)));
	});
});

describe("docs/events.md", () => {
	it("has every channel, and no other", () => {
		const documented = [...read("docs/events.md").matchAll(/^\| `(subagents:[\w:-]+)`/gm)].map(
			([, channel]) => channel,
		);
		const told = [SUBAGENT_EVENTS, SETTINGS_EVENTS, CHILD_HOOKS].flatMap((channels) => Object.values(channels));
		expect([...documented].sort()).toEqual([...told].sort());
	});
});

/** The compiler sees to it that none is missing. */
const STATUSES: Record<SubagentStatus, true> = {
	queued: true,
	running: true,
	completed: true,
	steered: true,
	aborted: true,
	stopped: true,
	error: true,
	interrupted: true,
};

describe("docs/tools.md", () => {
	const text = read("docs/tools.md");

	it("has every tool with every parameter, every status, and no other", () => {
		const sections = text.split(/^(?=## )/m).slice(1);
		const named = (table = "") =>
			rows(table).flatMap(([cell = ""]) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
		const parametersOf = (tool: string) => {
			const section = sections.find((one) => one.startsWith(`## \`${tool}\``)) ?? "";
			return named(section.split("| status |")[0]);
		};
		expect(parametersOf("subagent")).toEqual(Object.keys(SubagentParams.properties));
		expect(parametersOf("get_subagent_result")).toEqual(Object.keys(ResultParams.properties));
		expect(parametersOf("steer_subagent")).toEqual(Object.keys(SteerParams.properties));
		expect(named(text.split("| status |")[1]?.split("\n## ")[0]).sort()).toEqual(Object.keys(STATUSES).sort());
	});
});

describe("README.md", () => {
	const text = read("README.md");

	it("has an agent that loads", () => {
		const [, example = ""] = /```markdown\n([\s\S]*?)```/.exec(text) ?? [];
		expect(parse("", example)).toMatchObject({ definition: { name: "a" }, diagnostics: [] });
	});

	it("suggests sentences that the demo knows, the first of them first", () => {
		const suggested = [...text.matchAll(/^- "(.+)"$/gm)].map(([, sentence = ""]) => sentence);
		const known: string[] = Object.values(SENTENCES);
		expect(suggested).toHaveLength(4);
		expect(suggested[0]).toBe(SENTENCES.review);
		expect(suggested.filter((sentence) => !known.includes(sentence))).toEqual([]);
	});
});

const PAGES = [
	"README.md",
	...readdirSync(pathOf("docs"), { recursive: true, encoding: "utf8" }).map((page) => `docs/${page}`),
].filter((page) => page.endsWith(".md"));

describe.each(PAGES)("%s", (page) => {
	it("has no place that somebody forgot to fill in", () => {
		const placeholders = read(page).match(
			/(?:https?:\/\/|git:|git clone )[^\s)]*<[^\n]*|<this repository>|\bexample\.(?:com|org)\b/gi,
		);
		expect(placeholders).toBeNull();
	});

	it("has links that lead somewhere", () => {
		const links = [...read(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)];
		const dead = links.filter(([, path = "", heading]) => {
			const target = path === "" ? page : join(dirname(page), path);
			return !existsSync(pathOf(target)) || (heading !== undefined && !headingsOf(target).includes(heading));
		});
		expect(dead.map(([link]) => link)).toEqual([]);
	});
});

describe("CHANGELOG.md", () => {
	const text = read("CHANGELOG.md");

	it("has headings from which pi tells what an update has brought: what is not released first, then versions", () => {
		const [first, ...released] = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
		expect(first).toBe("Unreleased");
		const form = /^(?:\[\d+\.\d+\.\d+\]|\d+\.\d+\.\d+)(?: - \d{4}-\d{2}-\d{2})?$/;
		expect(released.filter((heading) => !form.test(heading ?? ""))).toEqual([]);
	});

	it("has no links to files: pi would look for them in a repository of its own", () => {
		expect([...text.matchAll(/\]\((?!https?:)[^)]*\)/g)].map(([link]) => link)).toEqual([]);
	});
});

describe("README.md", () => {
	const text = read("README.md");

	it("names only ways to install that work: a tarball as it is would keep pi from starting", () => {
		const ways = [...text.matchAll(/pi (?:install|-ne -e|-e) ([^\s`]+)/g)].map(([, source]) => source);
		expect(ways).toEqual([".", ".", "npm:pi-crew", "."]);
		expect(text).not.toContain(".tgz");
	});

	it("says which hosts are supported, as they are tested", () => {
		const { devDependencies } = JSON.parse(read("package.json"));
		const [, next = "", smoke = ""] = /next: "(\d+)[\d.]+", smoke: "([\d.]+)"/.exec(read("test/tools/hosts.mjs")) ?? [];
		const hosts = rows(text.slice(text.indexOf("| pi |"), text.indexOf("## Work on it"))).slice(1);
		const pinned = devDependencies["@mariozechner/pi-coding-agent"];
		expect(hosts.map(([host]) => host?.split(",")[0]).filter((host) => host !== "---")).toEqual([
			`${next}.x`,
			pinned,
			smoke,
		]);
	});
});
