import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { ExtensionAPI } from "@mariozechner/pi-coding-agent";

/** A pi extension that asks the person for leave, as one that guards tools does for a subagent: whenever the file `ask` is made. */
export default function askingNeighbour(pi: ExtensionAPI): void {
	let timer: NodeJS.Timeout | undefined;
	pi.on("session_start", (_event, ctx) => {
		if (!ctx.hasUI) return; // in a subagent
		const file = join(ctx.cwd, "ask");
		timer = setInterval(async () => {
			if (!existsSync(file)) return;
			unlinkSync(file);
			ctx.ui.notify(`leave given: ${await ctx.ui.confirm("May it run that?", "somebody asks")}`, "info");
		}, 20);
	});
	pi.on("session_shutdown", () => clearInterval(timer));
}
