import { WorktreeProvider } from "../../../src/extensions/worktrees/worktree-provider.ts";
import { InTurn } from "../../../src/platform/keyed-mutex.ts";
import { requestFor } from "./request.ts";

/** A pi process with a subagent running: prints the directory and stays until it is killed. */
const [agentDir = "", baseCwd = "", agentId = ""] = process.argv.slice(2);
const settings = () => ({ worktreeAgents: ["worker"], includeUncommitted: false });
const provider = new WorktreeProvider({ agentDir, settings, inTurn: new InTurn() });
const workspace = await provider.prepare(requestFor({ baseCwd, agentId }));
console.log(workspace?.cwd);
setInterval(() => undefined, 1000);
