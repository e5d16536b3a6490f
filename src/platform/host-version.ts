import * as host from "@mariozechner/pi-coding-agent";

/** Makes one of the extensions that are built into the newer host; typed as the older host types extensions. */
type BuiltInExtension = () => host.ExtensionFactory;

/** What only some hosts have. Absent where the host under us does not have it. */
export const hostExtras = host as {
	/** Its sessions reach MCP servers by built-in extensions, which a session made by the SDK does not load. */
	readonly createCodemodeExtension?: BuiltInExtension;
	readonly createToolSearchExtension?: BuiltInExtension;
};

/** Whether the host under us is of the 1.x line (`@earendil-works/pi-coding-agent`); else it is 0.73 (`@mariozechner/…`). */
export const isNewerHost = "ModelRuntime" in host;
