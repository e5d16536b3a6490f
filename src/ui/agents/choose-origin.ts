import type { FileOrigin } from "../../config/agent-file.ts";
import type { AgentFileWriter } from "../../config/agent-file-writer.ts";
import type { Choice, Dialogs } from "../dialogs.ts";

const LABELS: Readonly<Record<FileOrigin, string>> = {
	project: "This project",
	personal: "Your own agents, for every project",
};

/** Where a file is to be made, with its path. @param name of the agent, where it is known */
export function chooseOrigin(
	dialogs: Dialogs,
	writer: Pick<AgentFileWriter, "fileOf">,
	question: { title: string; origins: readonly FileOrigin[]; name?: string; last?: FileOrigin | undefined },
): Promise<FileOrigin | undefined> {
	const { title, origins, name = "<name>", last } = question;
	const choices = origins.map(
		(origin): Choice<FileOrigin> => ({
			value: origin,
			label: LABELS[origin],
			description: writer.fileOf(origin, name),
		}),
	);
	return dialogs.choose({ title, choices: () => choices, begin: (origin) => origin === last });
}
