import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageContent } from "@mariozechner/pi-ai";
import { afterEach, describe, expect, it } from "vitest";
import { callTool, isChild, say } from "../support/script.ts";
import { type HostOptions, type Script, type ScriptedHost, startHost } from "../support/scripted-host.ts";

let host: ScriptedHost;
afterEach(() => host?.stop());

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const IMAGE: ImageContent = { type: "image", data: PNG, mimeType: "image/png" };

const SEEING = [
	{ id: "faux-1", input: ["text", "image"] },
	{ id: "blind", input: ["text"] },
] as HostOptions["models"];

async function start(options: Partial<HostOptions> = {}) {
	const script: Script = (call) => {
		if (isChild(call)) return say("done");
		const [, args] = /^run (.*)$/s.exec(call.text) ?? [];
		const call_ = { subagent_type: "general-purpose", description: "d" };
		return call.role === "user" && args ? callTool("subagent", { ...call_, ...JSON.parse(args) }) : say("noted");
	};
	host = await startHost({ models: SEEING, script, ...options });
	writeFileSync(join(host.cwd, "shot.png"), Buffer.from(PNG, "base64"));
	writeFileSync(join(host.cwd, "my shot.PNG"), Buffer.from(PNG, "base64"));
	writeFileSync(join(host.cwd, "text.png"), "no image");
}

const run = async (args: object) => (await host.prompt(`run ${JSON.stringify(args)}`))[0];
const child = () => host.calls.findLast(isChild);

describe("the images of an inherited conversation", () => {
	const shown = async () => {
		await host.session.prompt("Look at this.", { images: [IMAGE, IMAGE] });
		await host.session.prompt("", { images: [IMAGE] });
	};

	it("go along, and the text says where they were", async () => {
		await start();
		await shown();
		const result = await run({ prompt: "the task", inherit_context: true });
		expect(child()?.images).toBe(3);
		expect(child()?.text).toMatch(/User: Look at this\. \[image\] \[image\][\s\S]*User: \[image\]/);
		expect(result?.text).not.toContain("Note:");
	});

	it("are those of the kept turns only", async () => {
		await start();
		await shown();
		await run({ prompt: "the task", inherit_context: true, context_turns: 2 });
		expect([child()?.images, child()?.text.match(/\[image\]/g)?.length]).toEqual([1, 1]);
	});

	it("become words for a model that takes none, which is said", async () => {
		await start();
		await shown();
		const result = await run({ prompt: "the task", inherit_context: true, model: "faux/blind" });
		expect([child()?.images, child()?.text.match(/\[image\]/g)?.length]).toEqual([0, 3]);
		expect(result?.text).toContain(
			"Note: the conversation's images did not go along (3): its model faux/blind takes none",
		);
	});
});

describe("image files that a prompt names", () => {
	it("are read relative to the parent's directory, each once, and named before the prompt as pi does", async () => {
		await start();
		const prompt = 'Compare @shot.png, @"my shot.PNG" and @shot.png. Write to ada@shot.png.';
		const result = await run({ prompt });
		expect(child()?.images).toBe(2);
		expect(child()?.text).toBe(
			`<file name="${host.cwd}/shot.png"></file>\n<file name="${host.cwd}/my shot.PNG"></file>\n${prompt}`,
		);
		expect(result?.text).not.toContain("ran without");
	});

	it("that are missing, too large or no images are named, to the child and with the result", async () => {
		await start();
		writeFileSync(join(host.cwd, "huge.png"), "");
		truncateSync(join(host.cwd, "huge.png"), 40 * 1024 * 1024);
		symlinkSync("/dev/zero", join(host.cwd, "zero.png"));
		const result = await run({ prompt: "Look at @gone.png @huge.png @text.png @zero.png @shot.png" });
		expect(child()?.images).toBe(1);
		for (const [name, reason] of [
			["gone.png", "there is no such file"],
			["huge.png", "it is too large: 41943040 bytes; expected at most 33554432"],
			["text.png", "it is no image that pi can read"],
			["zero.png", "it is no regular file"],
		]) {
			expect(child()?.text).toContain(`<file name="${host.cwd}/${name}">[Image omitted: ${reason}]</file>`);
			expect(result?.text).toContain(`${host.cwd}/${name} (${reason})`);
		}
		expect(result?.text).toContain("[general-purpose ran without images that its prompt names: ");
	});

	it.each([
		[
			"a handler refuses to read",
			{
				extensions: {
					"guard.ts": `export default (pi) => pi.on("tool_call", ({ toolName, input }) =>
						toolName === "read" && input.path.endsWith("shot.png") ? { block: true, reason: "not that" } : undefined);`,
				},
			},
			{},
			"not that",
		],
		["the parent has no tool to read", { tools: ["ls", "subagent"] }, {}, "the parent has no tool to read files"],
		["the model takes no images", {}, { model: "faux/blind" }, "the model faux/blind takes no images"],
	])("are not read where %s", async (_what, options: Partial<HostOptions>, args, reason) => {
		await start(options);
		const result = await run({ prompt: "Look at @shot.png", ...args });
		expect(child()?.images).toBe(0);
		expect(child()?.text).toContain(`[Image omitted: ${reason}]`);
		expect(result?.text).toContain(`ran without images that its prompt names: ${host.cwd}/shot.png (${reason})`);
	});

	it("are read by a resume, too", async () => {
		await start();
		const first = await run({ prompt: "Begin." });
		await run({ prompt: "Look at @shot.png", resume: first?.details.id });
		expect(child()?.images).toBe(1);
	});
});
