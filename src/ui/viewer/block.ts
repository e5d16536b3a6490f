import type { AssistantMessage, UserMessage } from "@mariozechner/pi-ai";
import type {
	BranchSummaryMessageComponent,
	CompactionSummaryMessageComponent,
	CustomMessageComponent,
} from "@mariozechner/pi-coding-agent";

/** The first argument of a host component: what it draws. */
type Drawn<T extends abstract new (...args: never) => unknown> =
	ConstructorParameters<T> extends [infer First, ...unknown[]] ? First : never;

/** A tool's result, or its output so far. */
export interface ToolOutcome {
	readonly content: readonly { readonly type: string; readonly text?: string; readonly mimeType?: string }[];
	readonly details?: unknown;
	readonly isError: boolean;
	/** The tool still runs. */
	readonly isPartial: boolean;
}

/** What is drawn in one piece: a message, or a tool call with its result. Never changed; what has changed is another block. */
export type Block = { readonly beginsTurn: boolean } & (
	| { readonly kind: "user"; readonly content: UserMessage["content"] }
	| { readonly kind: "assistant"; readonly message: AssistantMessage }
	| {
			readonly kind: "tool";
			readonly call: { readonly id: string; readonly name: string; readonly arguments: unknown };
			readonly outcome: ToolOutcome | undefined;
	  }
	| { readonly kind: "compaction"; readonly message: Drawn<typeof CompactionSummaryMessageComponent> }
	| { readonly kind: "branch"; readonly message: Drawn<typeof BranchSummaryMessageComponent> }
	| { readonly kind: "custom"; readonly message: Drawn<typeof CustomMessageComponent> }
	| { readonly kind: "bash"; readonly message: BashMessage }
	/** What the host has no component for. */
	| { readonly kind: "plain"; readonly title: string; readonly text: string }
);

/** A command that a person ran. */
export interface BashMessage {
	readonly command: string;
	readonly output: string;
	readonly exitCode: number | undefined;
	readonly cancelled: boolean;
	readonly truncated: boolean;
	readonly fullOutputPath?: string;
	readonly excludeFromContext?: boolean;
}
