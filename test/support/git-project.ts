import { git } from "../extensions/worktrees/sample-repository.ts";

/** Makes a folder a repository of somebody, with one commit of all that is in it. */
export function makeRepository(folder: string): void {
	git(folder, "init", "--quiet", "--initial-branch=main");
	git(folder, "config", "user.name", "Ada");
	git(folder, "config", "user.email", "ada@example.com");
	git(folder, "add", ".");
	git(folder, "commit", "--quiet", "--allow-empty", "--message=first");
}
