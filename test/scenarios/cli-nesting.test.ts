import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { until } from "../support/condition.ts";
import {
	background,
	calls,
	idOf,
	notices,
	open,
	prompt,
	resume,
	sessionWhen,
	statuses,
	theSession,
	toldIds,
	workspaceWith,
} from "../support/lasting-session.ts";

it("keeps a tree of three levels when pi is killed, and brings what was interrupted to its own parent", async () => {
	const workspace = workspaceWith({ maxDepth: 2, resumeInterrupted: "never" });
	const first = open(workspace);
	const leaf = background("leaf", `bash sleep 300.${process.pid}`);
	const quick = background("quick", "the quick answer");
	const top = background("top", calls([background("mid", calls([leaf])), quick]));
	await prompt(first, calls([top]));
	await sessionWhen("all to run, and one to have ended and be heard of", workspace, (file) => {
		const { transcriptFile = "" } = file.records.get("top")?.record ?? {};
		return (
			statuses(file).leaf === "running" && readFileSync(transcriptFile, "utf8").includes("[user] the quick answer")
		);
	});
	await first.kill();

	const second = open(workspace);
	const recovered = await sessionWhen(
		"the restart to be delivered",
		workspace,
		(file) => file.notifications.length > 0,
	);

	expect(statuses(recovered)).toEqual({
		top: "interrupted",
		mid: "interrupted",
		leaf: "interrupted",
		quick: "completed",
	});
	const ids = { top: idOf(recovered, "top"), mid: idOf(recovered, "mid"), leaf: idOf(recovered, "leaf") };
	const lineage = ["top", "mid", "leaf", "quick"].map((name) => recovered.records.get(name)?.record);
	expect(lineage.map((record) => [record?.depth, record?.parentId])).toEqual([
		[0, undefined],
		[1, ids.top],
		[2, ids.mid],
		[1, ids.top],
	]);
	expect(toldIds(recovered)).toEqual([ids.top]);
	const line = `${ids.leaf} general-purpose "leaf" (started by ${ids.mid})`;
	await until("the person to be shown what was interrupted", () => notices(second).join("\n").includes(line));

	const resumed = await resume(second, ids.top, `call get_subagent_result ${JSON.stringify({ agent_id: ids.mid })}`);

	expect(resumed).toMatchObject({ isError: false, details: { status: "completed" } });
	expect(resumed.text).toContain("interrupted");
	const after = theSession(workspace);
	expect(after.records.get("mid")?.record.delivery.state).toBe("delivered");
	expect(after.records.get("leaf")?.record.delivery.state).toBe("pending");
	expect(toldIds(after)).toEqual([ids.top]);
	expect(second.stderr()).toBe("");
});
