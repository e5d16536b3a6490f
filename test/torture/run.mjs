// `npm run torture -- --rounds 200 --seed 1 [--session 3]`: kills pi so many times and looks at what is left; exits with 1
// when something was lost or told twice. The short form of it is part of the suite.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "200" },
		seed: { type: "string", default: String(Date.now() % 100_000) },
		session: { type: "string" },
	},
});
const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const args = ["run", "test/torture/torture.test.ts", "--disable-console-intercept", "--reporter", "default"];
const env = {
	...process.env,
	TORTURE_ROUNDS: values.rounds,
	TORTURE_SEED: values.seed,
	...(values.session && { TORTURE_SESSION: values.session }),
};
console.log(`${values.rounds} kills with seed ${values.seed}`);
const { status } = spawnSync(process.execPath, [vitest, ...args], { cwd: root, stdio: "inherit", env });
if (status !== 0) console.error(`Again: npm run torture -- --rounds ${values.rounds} --seed ${values.seed}`);
process.exitCode = status ?? 1;
