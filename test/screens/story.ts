/** What the README's pictures tell: somebody lets three subagents look at a shop before it is released. */

/** One message of a model. */
export interface Line {
	readonly text?: string;
	readonly calls?: readonly (readonly [tool: string, args: Record<string, unknown>])[];
	/** The name of a cue that it waits for. */
	readonly after?: string;
}

export interface Role {
	/** Words of what it is asked, by which it is known. */
	readonly task: string;
	readonly lines: readonly Line[];
}

export const OPENING = "Before the release: have three subagents look at the checkout, in the background.";

/** The person's own agent, as it lies in the project. */
export const REVIEWER = `---
description: Reviews a change for mistakes; give it the files
tools: read, grep, bash
max_turns: 20
---

You review changes. Answer with a list of findings, the worst first, each with file and line.
`;

/** The project. */
export const FILES: Readonly<Record<string, string>> = {
	"src/cart.ts": `import { discounted, rounded } from "./money.ts";

export interface Item {
	readonly price: number;
	readonly count: number;
}

export function total(items: readonly Item[], percentOff: number): number {
	const sum = items.reduce((all, { price, count }) => all + price * count, 0);
	return rounded(discounted(sum, percentOff));
}
`,
	"src/money.ts": `export function discounted(amount: number, percentOff: number): number {
	return amount - (amount * percentOff) / 100;
}

export function rounded(amount: number): number {
	return Math.round(amount * 100) / 100;
}
`,
	"src/routes.ts": `export const routes = {
	"/cart": "cart",
	"/checkout": "checkout",
	"/checkout/old": "checkout-old",
};
`,
	".pi/agents/reviewer.md": REVIEWER,
};

const REVIEW = `Two findings.
1. src/money.ts:2 takes a discount of more than 100 % and answers with a negative price.
2. src/cart.ts:10 rounds the total only: the lines of a bill need not add up to it.`;

const inBackground = (subagent_type: string, description: string, prompt: string) =>
	["subagent", { subagent_type, description, prompt, run_in_background: true }] as const;

const TASKS = {
	explore: "Find every route that nothing links to any more.",
	review: "Review src/cart.ts and src/money.ts for mistakes with amounts of money.",
	tests: "Write tests for src/money.ts and run them.",
};

export const ROLES = {
	parent: {
		task: OPENING,
		lines: [
			{
				calls: [
					inBackground("Explore", "Find dead routes", TASKS.explore),
					inBackground("reviewer", "Review the checkout", TASKS.review),
					inBackground("general-purpose", "Write tests for money", TASKS.tests),
				],
			},
			{ text: "Three subagents are running. I will put together what they find when they are back." },
			{
				text: "The review is back: two mistakes with amounts of money. I wait for the other two before I change anything.",
			},
		],
	},
	explore: {
		task: TASKS.explore,
		lines: [
			{ calls: [["grep", { pattern: "checkout", path: "src" }]] },
			{ calls: [["read", { path: "src/routes.ts" }]] },
			{ text: "Nothing links to `/checkout/old`.", after: "routes-known" },
		],
	},
	review: {
		task: TASKS.review,
		lines: [
			{ text: "I read both files first.", calls: [["read", { path: "src/money.ts" }]] },
			{ calls: [["read", { path: "src/cart.ts" }]] },
			{
				text: "Discounts are not bounded. Who calls this?",
				calls: [["bash", { command: "grep -rn 'discounted(' src" }]],
			},
			{ calls: [["bash", { command: "sh scripts/types.sh" }]] },
			{ text: REVIEW, after: "reviewed" },
		],
	},
	tests: {
		task: TASKS.tests,
		lines: [
			{ calls: [["read", { path: "src/money.ts" }]] },
			{
				calls: [
					[
						"write",
						{
							path: "test/money.test.ts",
							content:
								'import { rounded } from "../src/money.ts";\n\ntest("rounds to cents", () => expect(rounded(0.005)).toBe(0.01));\n',
						},
					],
				],
			},
			{ calls: [["bash", { command: "sh scripts/test.sh" }]] },
			{ text: "The tests are in test/money.test.ts and pass." },
		],
	},
} as const satisfies Record<string, Role>;

/** A command of the project that takes until the cue is given. */
export const waitingScript = (cue: string) => `until [ -e "$PI_CREW_STORY/${cue}" ]; do sleep 0.05; done\n`;
