import { isNodeNewEnough } from "./node-version.mjs";

// Imported late, because an old Node cannot even read it.
if (isNodeNewEnough()) import("./launch.mjs").then((launch) => launch.startInteractive(process.argv.slice(2)));
