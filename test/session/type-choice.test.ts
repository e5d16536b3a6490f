import { describe, expect, it } from "vitest";
import { AgentCatalog } from "../../src/config/agent-catalog.ts";
import { type RunRequest, servicePolicy, TOOL_POLICY } from "../../src/domain/run-request.ts";
import { chooseDefinition } from "../../src/session/type-choice.ts";
import { asFile, sampleAgent } from "../config/sample-agent.ts";

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
	return chooseDefinition(asked, { catalog, settings: { fallbackAgent } });
}

const refused = (code: string, message: unknown) => ({ kind: "refused", code, message });

describe("the type of a first run", () => {
	it("is the one that is asked for, in any letter case", () => {
		const catalog = new AgentCatalog([[asFile(review)]]);
		expect(choose({ catalog, request: { type: " rEVIEW " } })).toEqual({ kind: "chosen", definition: review });
	});

	it("is general-purpose in place of an unknown one, which is told", () => {
		expect(choose({ catalog: gone })).toMatchObject({
			kind: "chosen",
			definition: { name: "general-purpose" },
			insteadOf: "Review",
		});
	});

	it("is the file's general-purpose, where a file takes its place", () => {
		const own = sampleAgent({ name: "General-Purpose", description: "mine" });
		const catalog = new AgentCatalog([[asFile(own)]]);
		expect(choose({ catalog })).toEqual({ kind: "chosen", definition: own, insteadOf: "Review" });
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
			refused("disabled-type", expect.stringContaining('"Review" is disabled by its file. Known types: general')),
		);
		expect(choose({ catalog: ambiguous })).toEqual(
			refused("ambiguous-type", expect.stringContaining('"Review" could be REVIEW and review; name one exactly.')),
		);
	});
});

describe("the type of a resume", () => {
	const known = { definition: review, model: "a/b", maxTurns: undefined, cwd: undefined };
	const previous = { ...known, thinkingLevel: "off" } as const;
	const request = { previous, policy: servicePolicy({}) };

	it("is as its file has it now", () => {
		const now = sampleAgent({ name: "review", description: "as it is" });
		expect(choose({ catalog: new AgentCatalog([[asFile(now)]]), request })).toEqual({
			kind: "chosen",
			definition: now,
		});
	});

	it.each([
		["is gone", gone],
		["is disabled", disabled],
		["is ambiguous", ambiguous],
	])("is as it was where its file %s", (_what, catalog) => {
		expect(choose({ catalog, request, fallbackAgent: "none" })).toEqual({ kind: "chosen", definition: review });
	});
});
