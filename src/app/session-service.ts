import { publishSubagentsService, unpublishSubagentsService } from "../service/published-services.ts";
import { createSubagentsService } from "../service/subagents-adapter.ts";
import type { ActiveSession } from "./active-session.ts";

/** Publishes the service: it is in its place while the extensions after us load, and serves from the session's start to its end. */
export function publishService(session: ActiveSession) {
	const service = createSubagentsService({ catalog: session.planning.catalog, session });
	publishSubagentsService(service);
	return {
		/** Puts it on top of one that was loaded meanwhile and never began. */
		begin: (): void => publishSubagentsService(service),
		end: (): void => unpublishSubagentsService(service),
	};
}
