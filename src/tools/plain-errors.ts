import { reasonOf } from "../domain/reason-of.ts";
import { headAndTail } from "../format/bounded-text.ts";
import { modelText } from "../format/plain-text.ts";

/** A call may hold anything, and what is wrong with it is repeated to the model and shown to the person. */
const MOST_OF_ERROR = 10_000;

interface Throwing {
	execute(...given: never[]): Promise<unknown>;
	prepareArguments?: ((args: unknown) => unknown) | undefined;
}

/** The same tool; what it throws has a text that is bounded and safe to print. */
export function withPlainErrors<T extends Throwing>(tool: T): T {
	const execute: Throwing["execute"] = async (...given) => {
		try {
			return await tool.execute(...given);
		} catch (error) {
			throw plainError(error);
		}
	};
	const prepareArguments = (args: unknown) => {
		try {
			return tool.prepareArguments?.(args);
		} catch (error) {
			throw plainError(error);
		}
	};
	return { ...tool, execute, ...(tool.prepareArguments && { prepareArguments }) };
}

function plainError(error: unknown): Error {
	const note = (from: number, to: number) => `${to - from} characters are left out here`;
	return new Error(headAndTail(modelText(reasonOf(error)), { room: MOST_OF_ERROR, note }), { cause: error });
}
