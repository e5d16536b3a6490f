import type { HostOptions } from "./scripted-host.ts";

/** Every model call costs so much, parent's and subagents' alike. @param usd of one call */
export function priced(usd: number | (() => number)): Required<Pick<HostOptions, "wrapStream">> {
	return {
		wrapStream: (ask) => (model, context, options) => {
			const stream = ask(model, context, options);
			const push = stream.push.bind(stream);
			stream.push = (event) => {
				const message = event.type === "done" ? event.message : event.type === "error" ? event.error : undefined;
				if (message) message.usage.cost.total = typeof usd === "number" ? usd : usd();
				push(event);
			};
			return stream;
		},
	};
}
