import * as host from "@mariozechner/pi-coding-agent";

/** Makes one of the extensions that are built into the newer host; typed as the older host types extensions. */
type BuiltInExtension = () => host.ExtensionFactory;

/** What only some hosts have. Absent where the host under us does not have it. */
export const hostExtras = host as {
	/** Its sessions reach MCP servers by built-in extensions, which a session made by the SDK does not load. */
	readonly createCodemodeExtension?: BuiltInExtension;
	readonly createToolSearchExtension?: BuiltInExtension;
};
