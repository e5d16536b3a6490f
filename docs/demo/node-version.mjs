// Only what Node has understood for long: an old Node must get as far as the message.
export function isNodeNewEnough() {
	const [major, minor] = process.versions.node.split(".").map(Number);
	if (major > 20 || (major === 20 && minor >= 6)) return true;
	console.error(`pi-crew needs Node 20.6 or newer; this is ${process.version}.`);
	process.exitCode = 1;
	return false;
}
