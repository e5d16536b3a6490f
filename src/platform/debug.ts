import { debuglog } from "node:util";

const log = debuglog("pi-crew");

/** Writes to stderr under `NODE_DEBUG=pi-crew`. Never throws, also where a value cannot be printed. */
export function debug(format: string, ...values: readonly unknown[]): void {
	try {
		log(format, ...values);
	} catch {
		log("%s (its values cannot be printed)", format);
	}
}
