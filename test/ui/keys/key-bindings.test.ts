import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { keysHint, readOwnBindings } from "../../../src/ui/keys/key-bindings.ts";

function bindings(text?: string) {
	const folder = mkdtempSync(join(tmpdir(), "pi-crew-keys-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	if (text !== undefined) writeFileSync(join(folder, "keybindings.json"), text);
	return readOwnBindings(folder);
}

const DOWN = { key: "down", isEditors: true };
const ALT_A = { key: "alt+a", isEditors: false };
const CTRL_B = { key: "ctrl+b", isEditors: true };

it.each([
	["nothing is bound", undefined],
	["the file is broken", "{"],
	["the file is no object", "3"],
	["only pi's own actions are bound", '{"app.session.new": "ctrl+shift+n"}'],
])("has its defaults where %s", (_where, text) => {
	const { keys, interrupt, diagnostics } = bindings(text);
	expect(keys).toEqual({ "pi-crew.list": [DOWN, ALT_A], "pi-crew.background": [CTRL_B] });
	expect([interrupt, diagnostics]).toEqual([["escape"], []]);
});

it("takes a key or a list of keys, and none", () => {
	const { keys } = bindings('{"pi-crew.list": "F2", "pi-crew.background": ["ctrl+shift+b", "up"]}');
	expect(keys["pi-crew.list"]).toEqual([{ key: "F2", isEditors: false }]);
	expect(keys["pi-crew.background"]).toEqual([
		{ key: "ctrl+shift+b", isEditors: false },
		{ key: "up", isEditors: true },
	]);
	const none = bindings('{"pi-crew.list": []}');
	expect([keysHint(none, "pi-crew.list"), keysHint(none, "pi-crew.background")]).toEqual([undefined, "ctrl+b"]);
	expect(keysHint(bindings(), "pi-crew.list")).toBe("↓ or alt+a");
});

it("knows a key as the editor's where the person has bound it so, and as ours where pi's editor does not use it any more", () => {
	const { keys } = bindings(
		'{"tui.editor.cursorLeft": "left", "tui.editor.yank": ["alt+a"], "app.interrupt": "ctrl+q"}',
	);
	expect(keys["pi-crew.background"]).toEqual([{ key: "ctrl+b", isEditors: false }]);
	expect(keys["pi-crew.list"]).toEqual([DOWN, { key: "alt+a", isEditors: true }]);
	expect(bindings('{"app.interrupt": ["ctrl+q"]}').interrupt).toEqual(["ctrl+q"]);
});

it.each(['"ctrl+"', '"hyper+a"', '["alt+a", 5]', "{}", '"two words"', "null"])(
	"says what is wrong with %s, and keeps the default",
	(value) => {
		const { keys, diagnostics } = bindings(`{"pi-crew.list": ${value}}`);
		expect(keys["pi-crew.list"]).toEqual([DOWN, ALT_A]);
		expect(diagnostics).toEqual([
			{
				severity: "warning",
				file: expect.stringMatching(/keybindings\.json$/),
				message: expect.stringMatching(
					/^"pi-crew\.list" must be a key such as "alt\+a", or a list of keys \(got .+\); down and alt\+a stay in force$/,
				),
			},
		]);
	},
);
