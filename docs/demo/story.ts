import type { PlannedCall, Reply } from "./conversation.ts";

/** What the demo plays, and what the pictures in the README show: reviewers look at a small shop, a fixer repairs it. */

export const SENTENCES = {
	review: "Have three subagents review these files in the background",
	steer: "Tell the reviewer of cart.ts to look at negative counts too",
	findings: "What did the reviewers find?",
	explore: "Let Explore find out how a discount is applied",
	fix: "Let the fixer limit discounts in its own worktree",
} as const;

/** A subagent's part: it is known by its task. */
export interface Role {
	readonly task: string;
	readonly steps: readonly Reply[];
	readonly result: Reply & { readonly text: string };
	/** What it finds when somebody asks for this in particular. */
	readonly asked?: readonly { readonly about: RegExp; readonly finding: string }[];
}

const read = (path: string): readonly PlannedCall[] => [{ tool: "read", arguments: { path } }];
const bash = (command: string): readonly PlannedCall[] => [{ tool: "bash", arguments: { command } }];

const REVIEWS = {
	cart: "Review src/cart.ts for mistakes with amounts of money.",
	money: "Review src/money.ts for mistakes with discounts and rounding.",
	routes: "Review src/routes.ts for routes that nothing links to.",
};

const FIX = "Limit the discount in src/money.ts to 0 to 100 percent. Change nothing else, and run the checks.";

export const ROLES: readonly Role[] = [
	{
		task: REVIEWS.cart,
		steps: [
			{ calls: read("src/cart.ts"), seconds: 3 },
			{ text: "The total depends on money.ts, so I read that next.", calls: read("src/money.ts"), seconds: 4 },
			{ text: "Who else calls total()?", calls: bash("grep -rn 'total(' src"), seconds: 4 },
			{ calls: bash("sh scripts/test.sh"), seconds: 4 },
			{
				text: "The tests pass, so none of them covers this.",
				calls: bash("git log --oneline -- src/cart.ts"),
				seconds: 4,
			},
		],
		result: {
			text: `Two findings in src/cart.ts.
1. src/cart.ts:10 rounds the total only: the lines of a bill need not add up to it.
2. src/cart.ts:8 accepts any percentOff: a discount of more than 100 % makes the total negative.`,
			seconds: 6,
			hold: "cart-reviewed",
		},
		asked: [
			{
				about: /negative|count/i,
				finding: "Nothing checks that a count is at least 1: a negative count lowers the total (src/cart.ts:9).",
			},
		],
	},
	{
		task: REVIEWS.money,
		steps: [
			{ text: "I read the file first.", calls: read("src/money.ts"), seconds: 3 },
			{ text: "Discounts are not limited. Who calls this?", calls: bash("grep -rn 'discounted(' src"), seconds: 5 },
			{ calls: bash("sh scripts/types.sh"), seconds: 5 },
			{ text: "Now the rounding.", calls: bash("grep -n 'Math.round' src/money.ts"), seconds: 4 },
		],
		result: {
			text: `One finding in src/money.ts.
1. src/money.ts:3 accepts a discount of more than 100 % and returns a negative price.`,
			seconds: 5,
			hold: "money-reviewed",
		},
	},
	{
		task: REVIEWS.routes,
		steps: [
			{ calls: read("src/routes.ts"), seconds: 4 },
			{ text: "Which of these routes are linked?", calls: bash("grep -rn 'checkout' src"), seconds: 5 },
			{ calls: bash("sh scripts/links.sh"), seconds: 5 },
		],
		result: { text: "One finding in src/routes.ts.\n1. src/routes.ts:4: nothing links to /checkout/old.", seconds: 6 },
	},
	{
		task: FIX,
		steps: [
			{ calls: read("src/money.ts"), seconds: 2 },
			{
				text: "I limit the discount where it is applied.",
				calls: [{ tool: "write", arguments: { path: "src/money.ts", content: fixedMoney() } }],
				seconds: 3,
			},
			{ calls: bash("sh scripts/types.sh"), seconds: 1 },
		],
		result: {
			text: "discounted() in src/money.ts limits a discount to 0 to 100 percent; the checks pass.",
			seconds: 2,
		},
	},
];

function fixedMoney(): string {
	return `/** What is left of an amount after a discount in percent, which is limited to 0 to 100. */
export function discounted(amount: number, percentOff: number): number {
	const limited = Math.min(100, Math.max(0, percentOff));
	return amount - (amount * limited) / 100;
}

export function rounded(amount: number): number {
	return Math.round(amount * 100) / 100;
}
`;
}

export const REVIEW_CALLS: readonly PlannedCall[] = Object.entries(REVIEWS).map(([file, prompt]) => ({
	tool: "subagent",
	name: file,
	arguments: { subagent_type: "reviewer", description: `Review ${file}.ts`, prompt, run_in_background: true },
}));

export const FIX_CALL: PlannedCall = {
	tool: "subagent",
	arguments: { subagent_type: "fixer", description: "Limit discounts", prompt: FIX },
};
