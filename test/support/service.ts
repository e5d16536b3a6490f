import {
	getSubagentsService,
	type SubagentsErrorCode,
	type SubagentsService,
} from "../../src/service/subagents-service.ts";

/** The service as clients find it. */
export function theService(): SubagentsService {
	const service = getSubagentsService();
	if (!service) throw new Error("the place of the service is empty");
	return service;
}

/** The code of what a call throws or rejects with. */
export async function codeOf(call: () => unknown): Promise<SubagentsErrorCode | "none"> {
	try {
		await call();
		return "none";
	} catch (error) {
		return (error as { code: SubagentsErrorCode }).code;
	}
}
