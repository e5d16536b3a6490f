/**
 * The project a session works in. What a project brings along is used only when the person trusts it: agent files are
 * instructions and settings are powers. The older host knows no trust and counts as trusting.
 */
export interface ProjectPlace {
	readonly cwd: string;
	readonly isTrusted: boolean;
}
