import { expect, it } from "vitest";
import { type Diagnostic, diagnosticText } from "../../src/domain/diagnostic.ts";

const trouble: Diagnostic = { severity: "warning", file: "/agents/a.md", message: "unknown key" };

it.each([
	[trouble, "/agents/a.md: warning: unknown key"],
	[{ ...trouble, line: 3 }, "/agents/a.md:3: warning: unknown key"],
	[{ ...trouble, line: 3, column: 7 }, "/agents/a.md:3:7: warning: unknown key"],
])("names a diagnostic's place as far as it is known", (diagnostic, text) => {
	expect(diagnosticText(diagnostic)).toBe(text);
});
