// Loads what an agent directory holds, once, in a fresh process, and prints what that took.
import { startParent } from "./host.mjs";

const { reloadMs, createMs } = await startParent({ ...JSON.parse(process.argv[2]), persisted: false });
console.log(JSON.stringify({ reloadMs, createMs }));
process.exit();
