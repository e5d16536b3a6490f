import { currentChild } from "../platform/child-scope.ts";
import type { SubagentsService } from "./service-api.ts";

/** Where clients look; it is older than this package. */
const PLACE = Symbol.for("@gotgenes/pi-subagents:service");
/** All copies of this package in the process share it, the newest service last. */
const PUBLISHED = Symbol.for("pi-crew:published-services/v1");

type Services = unknown[];
type Shared = { [PLACE]?: unknown; [PUBLISHED]?: Services };

/** Publishes a service, on top of those of other sessions in this process. Publishing it again moves it to the top. */
export function publishSubagentsService(service: SubagentsService): void {
	if (!currentChild()) moveToTop(takePlace(), service);
}

/** The service of the session that was started last in this process; none before it and inside a subagent. */
export function getSubagentsService(): SubagentsService | undefined {
	return (globalThis as Shared)[PLACE] as SubagentsService | undefined;
}

/** Removes this service and no other. */
export function unpublishSubagentsService(service: SubagentsService): void {
	if (!currentChild()) remove((globalThis as Shared)[PUBLISHED] ?? [], service);
}

/**
 * The place is an accessor: a child's extensions, which run in the parent's process, must neither meet the parent's
 * service there nor replace it. It is inherited, not `globalThis`'s own, so that a `delete` cannot remove it either, and it
 * stays when the last service is gone: children end after their parent's service. A value that somebody else had put there
 * stays underneath.
 */
function takePlace(): Services {
	const shared = globalThis as Shared;
	if (shared[PUBLISHED]) return shared[PUBLISHED];
	const services: Services = shared[PLACE] === undefined ? [] : [shared[PLACE]];
	delete shared[PLACE];
	shared[PUBLISHED] = services;
	Object.defineProperty(Object.getPrototypeOf(shared), PLACE, {
		configurable: true,
		get: () => (currentChild() ? undefined : services.at(-1)),
		set: (service: unknown) => {
			if (!currentChild() && service !== undefined) moveToTop(services, service);
		},
	});
	return services;
}

function moveToTop(services: Services, service: unknown): void {
	remove(services, service);
	services.push(service);
}

function remove(services: Services, service: unknown): void {
	const index = services.indexOf(service);
	if (index >= 0) services.splice(index, 1);
}
