// `npm run screens`: drives the real pi in a terminal through the story of test/screens and writes what is seen into docs/screens.
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Not one of the suite's tests: it writes into the repository. Vitest runs it because it knows TypeScript.
const options = { root, config: false, include: ["test/screens/capture.ts"], watch: false, testTimeout: 120_000 };
const vitest = await startVitest("test", [], options);
await vitest.close();
