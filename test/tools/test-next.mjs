// `npm run test:next`: the test suite against the newest host. `npm run test:smoke`: one scenario file against an earlier one.
import { join } from "node:path";
import { installHost } from "./hosts.mjs";
import "./install-neighbours.mjs";
import { root, run } from "./install-once.mjs";

const [name, ...args] = process.argv.slice(2);
const node = installHost(name);
run(node, [join(root, "node_modules/vitest/vitest.mjs"), "run", ...args], {
	env: { ...process.env, PI_CREW_HOST: name },
});
