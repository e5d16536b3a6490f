import type { Theme } from "@mariozechner/pi-coding-agent";
import type { DrawCall, ResultTool } from "../../src/tools/get-result-tool.ts";

type RenderCall = NonNullable<ResultTool["renderCall"]>;

const theme = { fg: (color: string, text: string) => `${color}: ${text}` } as unknown as Theme;

/** Draws a call as what it is given. */
export const drawAsGiven: DrawCall = (tool, args, { fg }) => ({
	render: () => [fg("accent", tool), JSON.stringify(args) ?? "no arguments yet"],
	invalidate: () => {},
});

/** What a tool that draws its calls with `drawAsGiven` shows of one. */
export function drawnCall(renderCall: unknown, args: object | undefined): string[] {
	const drawing = (renderCall as RenderCall)(args as Parameters<RenderCall>[0], theme, {} as Parameters<RenderCall>[2]);
	return drawing.render(80);
}
