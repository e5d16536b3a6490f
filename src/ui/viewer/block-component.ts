import * as host from "@mariozechner/pi-coding-agent";
import { type Component, Container, Spacer, Text, type TUI } from "@mariozechner/pi-tui";
import { messageText } from "../../domain/message-text.ts";
import { plainLine, plainText } from "../../platform/plain-text.ts";
import { cutText } from "../../platform/shorten.ts";
import type { BashMessage, Block } from "./block.ts";
import { blockText } from "./search.ts";

/** How blocks are to look. */
export interface Look {
	/** Tool output and summaries in full. */
	readonly expanded: boolean;
	readonly hidesThinking: boolean;
	/** Where the subagent works: the host shows paths relative to it. */
	readonly cwd: string;
}

/** Components may ask to be drawn again later. Ours are drawn once for each state, so there is nothing to do. */
const STILL = { requestRender: () => {} } as TUI;

/** The host's own drawing of a block. @throws what the host throws for content it does not expect */
export function blockComponent(block: Block, look: Look): Component {
	const markdown = host.getMarkdownTheme();
	switch (block.kind) {
		case "user": {
			const images = countImages(block.content);
			const text = [messageText(block.content), ...Array.from({ length: images }, () => "[image]")].join("\n").trim();
			return below(new host.UserMessageComponent(plainExcerpt(text), markdown));
		}
		case "assistant":
			return new host.AssistantMessageComponent(plainValue(block.message), look.hidesThinking, markdown);
		case "tool":
			return toolComponent(block, look);
		case "compaction":
			return below(expanded(new host.CompactionSummaryMessageComponent(plainValue(block.message), markdown), look));
		case "branch":
			return below(expanded(new host.BranchSummaryMessageComponent(plainValue(block.message), markdown), look));
		case "custom":
			return expanded(new host.CustomMessageComponent(withoutDetails(block.message), undefined, markdown), look);
		case "bash":
			return bashComponent(block.message, look);
		case "plain":
			return plainComponent(block);
		default:
			return block satisfies never;
	}
}

/** A block without the host's help. */
export function plainComponent(block: Block): Component {
	const title = block.kind === "plain" ? block.title : block.kind;
	const text = block.kind === "plain" ? block.text : blockText(block);
	return below(new Text(`[${plainLine(title)}] ${plainExcerpt(text)}`.trimEnd(), 1, 0));
}

function toolComponent({ call, outcome }: Block & { kind: "tool" }, look: Look): Component {
	const { name, id } = call;
	const args = plainValue(call.arguments);
	const component = new host.ToolExecutionComponent(
		plainLine(name),
		id,
		args,
		{ showImages: false },
		definitionOf(name, look.cwd),
		STILL,
		look.cwd,
	);
	component.setExpanded(look.expanded);
	if (outcome) {
		const { details, isError, isPartial } = outcome;
		const content = outcome.content.map(({ type, text, mimeType }) =>
			// The host would convert an image for the terminal, which an overlay does not draw.
			type === "image"
				? { type: "text", text: `[image ${plainLine(mimeType ?? "")}]` }
				: { type, text: plainExcerpt(text ?? "") },
		);
		component.updateResult({ content, details: plainValue(details), isError }, isPartial);
	}
	return component;
}

/** The newer host must be given the views of its own tools; the older one knows them. */
function definitionOf(name: string, cwd: string): ToolDefinition {
	return DEFINITIONS[name]?.(cwd) as ToolDefinition;
}

type ToolDefinition = ConstructorParameters<typeof host.ToolExecutionComponent>[4];

const DEFINITIONS: Readonly<Record<string, (cwd: string) => unknown>> = {
	bash: (cwd) => host.createBashToolDefinition(cwd),
	edit: (cwd) => host.createEditToolDefinition(cwd),
	find: (cwd) => host.createFindToolDefinition(cwd),
	grep: (cwd) => host.createGrepToolDefinition(cwd),
	ls: (cwd) => host.createLsToolDefinition(cwd),
	read: (cwd) => host.createReadToolDefinition(cwd),
	write: (cwd) => host.createWriteToolDefinition(cwd),
};

function bashComponent(message: BashMessage, look: Look): Component {
	const { exitCode, cancelled, truncated, fullOutputPath, excludeFromContext } = message;
	const component = new host.BashExecutionComponent(plainExcerpt(message.command), STILL, excludeFromContext);
	try {
		if (message.output) component.appendOutput(plainExcerpt(message.output));
		component.setExpanded(look.expanded);
	} finally {
		// The component shows a running spinner until it gets the end.
		component.setComplete(exitCode, cancelled, truncated ? TRUNCATED : undefined, fullOutputPath);
	}
	return component;
}

const TRUNCATED = { truncated: true } as Parameters<host.BashExecutionComponent["setComplete"]>[2];

/** What an extension keeps beside its message may be large, and nothing of it is drawn. */
function withoutDetails<T extends { details?: unknown }>(message: T): T {
	return plainValue({ ...message, details: undefined });
}

function countImages(content: string | readonly { type: string }[]): number {
	return typeof content === "string" ? 0 : content.filter((part) => part.type === "image").length;
}

function expanded<T extends Component & { setExpanded(expanded: boolean): void }>(component: T, look: Look): T {
	component.setExpanded(look.expanded);
	return component;
}

/** With a blank line above, as the host sets it. */
function below(component: Component): Component {
	const box = new Container();
	box.addChild(new Spacer(1));
	box.addChild(component);
	return box;
}

/** More than a person reads in one piece; the host would lay out all of it before the first line can be shown. */
const MOST_SHOWN = 200_000;
const DEEPEST = 8;
/** The host's wrapping takes the square of a line's length. */
const OVERLONG_LINE = /[^\n]{2000}/gu;

/** Text made safe to draw, and no longer than anybody reads. */
export function plainExcerpt(text: string): string {
	const { text: beginning, isCut } = cutText(text, MOST_SHOWN);
	const plain = plainText(beginning).replace(OVERLONG_LINE, "$&\n");
	return isCut ? `${plain}\n… [${text.length - beginning.length} more characters are in the transcript]` : plain;
}

/** A value of unknown origin with every text in it made safe to draw. */
export function plainValue<T>(value: T, depth = 0): T {
	return shown(value, depth) as T;
}

function shown(value: unknown, depth: number): unknown {
	if (typeof value === "string") return plainExcerpt(value);
	if (typeof value !== "object" || value === null) return value;
	if (depth >= DEEPEST) return "…";
	if (Array.isArray(value)) return value.map((item) => shown(item, depth + 1));
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [plainExcerpt(key), shown(item, depth + 1)]));
}
