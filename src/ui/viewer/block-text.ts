import type { Block } from "./block.ts";
import { asText } from "./entry-blocks.ts";

/** All that can be read in a block, for the search, and for when the host cannot draw it. */
export function blockText(block: Block): string {
	switch (block.kind) {
		case "user":
			return partsText(block.content);
		case "assistant":
			return joined(partsText(block.message.content), block.message.errorMessage);
		case "tool":
			return joined(block.call.name, valuesText(block.call.arguments), partsText(block.outcome?.content));
		case "compaction":
		case "branch":
			return block.message.summary;
		case "custom":
			return joined(block.message.customType, partsText(block.message.content));
		case "bash":
			return joined(`$ ${block.message.command}`, block.message.output);
		case "plain":
			return joined(block.title, block.text);
		default:
			return block satisfies never;
	}
}

function partsText(content: unknown): string {
	if (typeof content === "string") return content;
	if (!Array.isArray(content)) return "";
	return joined(...content.map((part) => (part?.type === "image" ? "[image]" : (part?.text ?? part?.thinking))));
}

/** The values of a call's arguments as they are, for a person searches for what he sees; nested ones as JSON. */
function valuesText(args: unknown): string {
	if (typeof args !== "object" || args === null) return args === undefined ? "" : String(args);
	return joined(...Object.values(args).map((value) => (typeof value === "string" ? value : asText(value))));
}

function joined(...texts: readonly unknown[]): string {
	return texts.filter((text) => typeof text === "string" && text !== "").join("\n");
}
