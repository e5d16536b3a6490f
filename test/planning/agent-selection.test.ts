import { describe, expect, it } from "vitest";
import { AgentCatalog } from "../../src/agents/agent-catalog.ts";
import type { AgentDefinition } from "../../src/domain/agent-definition.ts";
import { type RunRequest, servicePolicy, TOOL_POLICY } from "../../src/domain/run-request.ts";
import { selectAgent } from "../../src/planning/agent-selection.ts";
import { asFile, sampleAgent } from "../agents/sample-agent.ts";

const review = sampleAgent({ name: "Review", description: "as it was" });
const gone = new AgentCatalog();
const disabled = new AgentCatalog([[asFile(review, { isDisabled: true })]]);
const ambiguous = new AgentCatalog([
	[asFile(sampleAgent({ name: "REVIEW" })), asFile(sampleAgent({ name: "review" }))],
]);

interface Situation {
	readonly catalog: AgentCatalog;
	readonly request?: Partial<RunRequest>;
	readonly fallbackAgent?: "general-purpose" | "none";
}

function choose({ catalog, request, fallbackAgent = "general-purpose" }: Situation) {
	const asked: RunRequest = { prompt: "x", description: "x", type: "Review", policy: TOOL_POLICY, ...request };
	return selectAgent(asked, { catalog, settings: { fallbackAgent } });
}

const chosen = (definition: AgentDefinition) => ({ kind: "chosen", definition, remarks: [] });
const refused = (code: string, message: unknown) => ({ kind: "refused", code, reason: message });

describe("the type of a first run", () => {
	it("is the one that is asked for, in any letter case", () => {
		const catalog = new AgentCatalog([[asFile(review)]]);
		expect(choose({ catalog, request: { type: " rEVIEW " } })).toEqual(chosen(review));
	});

	it("is general-purpose in place of an unknown one, which is reported", () => {
		expect(choose({ catalog: gone })).toMatchObject({
			kind: "chosen",
			definition: { name: "general-purpose" },
			insteadOf: "Review",
			remarks: ["the agent types are general-purpose, Explore, Plan"],
		});
	});

	it.each(["code-reviewer", "@review", "review.md", "team:review", "@team:Review.md", "The Reviewer"])(
		"is found by a name that its file gives it, or that is written round it: %s",
		(type) => {
			const definition = { ...review, displayName: "The Reviewer" };
			const catalog = new AgentCatalog([[asFile(definition, { alias: { name: "Code-Reviewer", line: 2 } })]]);
			expect(choose({ catalog, request: { type } })).toEqual(chosen(definition));
		},
	);

	it("is found in either Unicode form", () => {
		const [composed, decomposed] = ["r\u00e9viseur", "re\u0301viseur"].map((name) => sampleAgent({ name }));
		for (const definition of [composed, decomposed]) {
			const catalog = new AgentCatalog([[asFile(definition as AgentDefinition)]]);
			const types = ["r\u00e9viseur", "re\u0301viseur", "R\u00c9VISEUR", "RE\u0301VISEUR"];
			expect(types.map((type) => catalog.find(type))).toEqual(types.map(() => ({ kind: "found", definition })));
		}
	});

	it.each([
		["explorer", "Explore"],
		["explore-agent", "Explore"],
		["Exploration", "Explore"],
		["code-explorer", "Explore"],
		["planner", "Plan"],
		["general_purpose", "general-purpose"],
		["GeneralPurpose", "general-purpose"],
		["reviewr", "Review"],
		["code reviewer", "Review"],
		["@reviews.md", "Review"],
	])("is refused when %s is near another one, which is named: %s", (type, meant) => {
		const outcome = choose({ catalog: new AgentCatalog([[asFile(review)]]), request: { type } });
		expect(outcome).toEqual(
			refused(
				"unknown-type",
				expect.stringContaining(`Unknown agent type "${type}"; did you mean ${meant}? Known types: `),
			),
		);
	});

	it.each(["security-auditor", "quantum-poet", "play", "coder", "worker", "deploy", "db", "test", "x".repeat(10_000)])(
		"is general-purpose where nothing is near: %s",
		(type) => {
			const outcome = choose({ catalog: new AgentCatalog([[asFile(review)]]), request: { type } });
			expect(outcome).toMatchObject({ kind: "chosen", definition: { name: "general-purpose" } });
		},
	);

	it("is refused with what is wrong with its file when that cannot be used", () => {
		const problem = { severity: "error", file: "/agents/Explore.md", line: 3, message: "not valid YAML" } as const;
		const broken = { ...asFile(sampleAgent({ name: "Explore" })), definition: undefined, diagnostics: [problem] };
		for (const type of ["explore", "@Explore", "plugin:explore"]) {
			expect(choose({ catalog: new AgentCatalog([[broken]]), request: { type } })).toEqual(
				refused(
					"unusable-type",
					'Agent type "Explore" cannot be used because of its file: /agents/Explore.md:3: error: not valid YAML. Known types: general-purpose, Plan.',
				),
			);
		}
	});

	it("is the file's general-purpose, where a file takes its place", () => {
		const own = sampleAgent({ name: "General-Purpose", description: "mine" });
		const catalog = new AgentCatalog([[asFile(own)]]);
		expect(choose({ catalog })).toMatchObject({ definition: own, insteadOf: "Review" });
	});

	const unknown = refused("unknown-type", 'Unknown agent type "Review". Known types: general-purpose, Explore, Plan.');

	it.each([
		["the settings say none", { fallbackAgent: "none" }],
		["the policy refuses unknown types", { request: { policy: servicePolicy({}) } }],
	] as const)("is refused when it is unknown and %s", (_what, situation) => {
		expect(choose({ catalog: gone, ...situation })).toEqual(unknown);
	});

	it("is refused when it is disabled or could be two, and nothing else is run", () => {
		expect(choose({ catalog: disabled })).toEqual(
			refused(
				"disabled-type",
				expect.stringContaining('"Review" is disabled by its file /agents/Review.md. Known types: general'),
			),
		);
		expect(choose({ catalog: ambiguous })).toEqual(
			refused("ambiguous-type", expect.stringContaining('"Review" could be REVIEW and review; name one exactly.')),
		);
	});
});

describe("the type of a resume", () => {
	const known = { definition: review, model: "a/b", limits: {}, cwd: undefined };
	const previous = { ...known, thinkingLevel: "off" } as const;
	const request = { previous, policy: servicePolicy({}) };

	it("is as its file has it now", () => {
		const now = sampleAgent({ name: "review", description: "as it is" });
		expect(choose({ catalog: new AgentCatalog([[asFile(now)]]), request })).toEqual(chosen(now));
	});

	it.each([
		["is gone", gone],
		["is disabled", disabled],
		["is ambiguous", ambiguous],
	])("is as it was where its file %s", (_what, catalog) => {
		expect(choose({ catalog, request, fallbackAgent: "none" })).toEqual(chosen(review));
	});
});
