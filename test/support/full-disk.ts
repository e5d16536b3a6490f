import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/**
 * A pi extension that makes the disk full while the file named in `FULL_DISK` is there: what is appended to a session is
 * refused, after as much of it as the text of that file says in bytes. `FULL_DISK_FOR` narrows it to what contains a text.
 */
export default function fullDisk(): void {
	const shared = globalThis as { diskIsFull?: true };
	const flag = process.env.FULL_DISK;
	if (shared.diskIsFull || !flag) return; // subagents load it again, in the same process
	shared.diskIsFull = true;
	const append = fs.appendFileSync;
	fs.appendFileSync = (file, data, options) => {
		const isMeant = String(file).endsWith(".jsonl") && String(data).includes(process.env.FULL_DISK_FOR ?? "");
		if (!isMeant || !fs.existsSync(flag)) return append(file, data, options);
		const fits = Number(fs.readFileSync(flag, "utf8")) || 0;
		if (fits > 0) append(file, String(data).slice(0, fits), options);
		throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
	};
	syncBuiltinESMExports();
}
