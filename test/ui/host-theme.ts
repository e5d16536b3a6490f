import { initTheme, type Theme, ToolExecutionComponent } from "@mariozechner/pi-coding-agent";

type ToolExecutionArguments = ConstructorParameters<typeof ToolExecutionComponent>;

/** The host's own theme of that name. It hands its theme to renderers only, so a tool is drawn once to get it. */
export function hostTheme(name: "dark" | "light"): Theme {
	initTheme(name);
	let captured: Theme | undefined;
	const definition = {
		renderCall: (_args: unknown, theme: Theme) => {
			captured = theme;
			return { render: () => [], invalidate: () => {} };
		},
	} as unknown as ToolExecutionArguments[4];
	const ui = { requestRender: () => {} } as ToolExecutionArguments[5];
	new ToolExecutionComponent("captures-theme", "call-1", {}, {}, definition, ui, "/project");
	if (!captured) throw new Error("the host drew a tool without its theme");
	return captured;
}
