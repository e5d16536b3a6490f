import { statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { ImageContent } from "@mariozechner/pi-ai";
import * as host from "@mariozechner/pi-coding-agent";
import { modelKey } from "../planning/model-match.ts";
import { type RunPlan, takesImages } from "../planning/run-plan.ts";
import { AbortedEarly, untilAborted } from "../platform/cancellation.ts";
import { reasonOf } from "../platform/reason-of.ts";
import type { ChildSession } from "./child-session.ts";

const BIGGEST_IMAGE_FILE = 32 * 1024 * 1024;

export interface PromptImages {
	readonly images: readonly ImageContent[];
	/** Goes before the prompt and names each file, as pi does for `@file` on its command line; `""` for none. */
	readonly preface: string;
	/** Files that were not read, each with the reason. */
	readonly omitted: readonly string[];
}

/**
 * Reads the image files that a task names, as the host's tool `read` does. Paths are relative to the parent's directory, for the
 * parent wrote them. Nothing is read that the parent could not read itself, or that a `tool_call` handler refuses to the child.
 * Resolves always; when the signal fires with what was read by then.
 */
export async function readPromptImages(
	plan: RunPlan,
	session: Pick<ChildSession, "refusesToRead">,
	signal: AbortSignal,
): Promise<PromptImages> {
	const images: ImageContent[] = [];
	const omitted: string[] = [];
	let preface = "";
	for (const written of plan.context.imageFiles) {
		const path = resolve(plan.context.parent.cwd, written.replace(/^~(?=\/)/, homedir()));
		try {
			const refused = whyNotAtAll(plan) ?? (await untilAborted(session.refusesToRead(path), signal));
			if (refused !== undefined) throw new Error(refused);
			const { image, note } = await untilAborted(readImage(path, signal), signal);
			images.push(image);
			preface += `<file name="${path}">${note}</file>\n`;
		} catch (error) {
			if (error instanceof AbortedEarly) break;
			const reason = reasonOf(error);
			omitted.push(`${path} (${reason})`);
			preface += `<file name="${path}">[Image omitted: ${reason}]</file>\n`;
		}
	}
	return { images, preface, omitted };
}

function whyNotAtAll({ spec: { definition }, context: { model, parent } }: RunPlan): string | undefined {
	if (!takesImages(model)) return `the model ${modelKey(model)} takes no images`;
	const { callableTools } = parent.loaded;
	if (!callableTools.includes("read") && !callableTools.includes("bash")) return "the parent has no tool to read files";
	const isUnwatched = definition.isolated && parent.permissionFolders.length > 0;
	return isUnwatched ? "it is isolated, so no permission extension could be asked" : undefined;
}

/** @throws what is wrong with the file */
async function readImage(path: string, signal: AbortSignal): Promise<{ image: ImageContent; note: string }> {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat) throw new Error("there is no such file");
	if (!stat.isFile()) throw new Error("it is no regular file");
	if (stat.size > BIGGEST_IMAGE_FILE) {
		throw new Error(`it is too large: ${stat.size} bytes; expected at most ${BIGGEST_IMAGE_FILE}`);
	}
	const tool = host.createReadTool(resolve(path, ".."));
	const { content } = await tool.execute(`image:${path}`, { path }, signal);
	const image = content.find((part) => part.type === "image");
	const said = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
	if (!image) throw new Error(/\[Image omitted: ([^\]]*?)\.?\]/.exec(said)?.[1] ?? "it is no image that pi can read");
	return { image, note: said.split("\n").slice(1).join("\n") };
}
