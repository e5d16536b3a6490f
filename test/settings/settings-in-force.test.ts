import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SettingsEvent } from "../../src/domain/settings.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings-schema.ts";
import { EffectiveSettings, SettingsStore } from "../../src/settings/settings-store.ts";

let cwd: string;
let told: SettingsEvent[];
let settings: EffectiveSettings;
beforeEach(() => {
	cwd = mkdtempSync(join(tmpdir(), "pi-crew-in-force-"));
	told = [];
	settings = new EffectiveSettings(new SettingsStore(join(cwd, "agent")), (event) => told.push(event));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const place = () => ({ cwd, isTrusted: true });
const now = () => settings.now(place()).settings;
const change = (value: unknown) => settings.change(place(), { key: "maxConcurrent", value });
const having = (maxConcurrent: number) => ({ ...DEFAULT_SETTINGS, maxConcurrent });
function write(text: string): void {
	mkdirSync(join(cwd, ".pi"), { recursive: true });
	writeFileSync(join(cwd, ".pi", "subagents.json"), text);
}

describe("the settings of a session", () => {
	it("are reported each time it starts, and not when they are used", () => {
		write('{"maxConcurrent": 2}');
		settings.begin(place());
		expect([now(), now()]).toEqual([having(2), having(2)]);
		settings.begin(place());
		expect(told).toEqual([
			{ type: "loaded", settings: having(2) },
			{ type: "loaded", settings: having(2) },
		]);
	});

	it("are announced once when somebody else changed a file, as soon as they are used", () => {
		settings.begin(place());
		write('{"maxConcurrent": 2}');
		expect([now(), now()]).toEqual([having(2), having(2)]);
		expect(told.slice(1)).toEqual([{ type: "changed", settings: having(2), persisted: true }]);
	});

	it("are not told when a file changed and they did not", () => {
		settings.begin(place());
		write('{"maxConcurrent": 4, "unknown": 1}');
		now();
		expect(told).toHaveLength(1);
	});

	it("are announced once after a change, also when they are used while it is written", async () => {
		settings.begin(place());
		let isChanging = true;
		const changing = change(2).then((outcome) => {
			isChanging = false;
			return outcome;
		});
		while (isChanging) {
			now();
			await new Promise((resolve) => setTimeout(resolve));
		}
		expect((await changing).kind).toBe("saved");
		now();
		expect(told.slice(1)).toEqual([{ type: "changed", settings: having(2), persisted: true }]);
	});

	it("are announced as of this session only when the change could not be written", async () => {
		writeFileSync(join(cwd, ".pi"), "in the way");
		expect((await change(2)).kind).toBe("not-persisted");
		expect([told, now()]).toEqual([[{ type: "changed", settings: having(2), persisted: false }], having(2)]);
	});

	it("are not told when a change was refused", async () => {
		expect((await change("many")).kind).toBe("refused");
		expect([told, now()]).toEqual([[], DEFAULT_SETTINGS]);
	});
});
