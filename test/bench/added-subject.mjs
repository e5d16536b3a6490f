// Asks the parent's model with our tools and without them, and prints how many characters more it was given.
import { modelCalls, startParent } from "./host.mjs";

const OURS = ["subagent", "get_subagent_result", "steer_subagent"];
const { session } = await startParent({ ...JSON.parse(process.argv[2]), persisted: false });
const heard = [];
modelCalls.onCall = ({ systemPrompt = "", tools = [] }) =>
	heard.push(systemPrompt.length + JSON.stringify(tools).length);
await session.prompt("hello");
session.setActiveToolsByName(session.getActiveToolNames().filter((name) => !OURS.includes(name)));
await session.prompt("hello again");
const [withUs, without] = heard;
console.log(JSON.stringify({ characters: withUs - without }));
process.exit();
