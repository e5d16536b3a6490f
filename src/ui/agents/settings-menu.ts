import type { SettingKey } from "../../domain/settings.ts";
import { settingsList, settingText } from "../../format/catalog-text.ts";
import {
	acceptedValues,
	problemWithSetting,
	SETTING_KEYS,
	settingChoices,
	settingMeaning,
} from "../../settings/settings-schema.ts";
import type { ChangeOutcome, LoadedSettings } from "../../settings/settings-store.ts";
import type { SettingChange } from "../../settings/settings-writer.ts";
import type { Choice, Dialogs, Tone } from "../dialogs/dialogs.ts";
import { settingValueIn, typedSetting } from "./command-parser.ts";

/** The settings in force, and the way to change them. */
export interface SettingsParts {
	readonly dialogs: Dialogs;
	readonly settings: () => LoadedSettings;
	readonly change: (change: SettingChange) => Promise<ChangeOutcome>;
}

/** Every setting with its current value; ends with Escape. */
export async function openSettings(parts: SettingsParts): Promise<void> {
	let last: SettingKey | undefined;
	for (;;) {
		const key = await parts.dialogs.choose<SettingKey>({
			title: "Settings\nChanges apply to this project at once.",
			choices: () => SETTING_KEYS.map((name) => settingLine(parts.settings(), name)),
			begin: (value) => value === last,
		});
		if (key === undefined) return;
		last = key;
		await openSetting(key, parts);
	}
}

/** Changes a setting and reports its new value and file, or why it could not be changed. */
export async function changeSetting(change: SettingChange, parts: SettingsParts): Promise<void> {
	const { text, tone } = outcomeText(change, await parts.change(change), parts.settings());
	parts.dialogs.tell(text, tone);
}

/** All of them, a line each. */
export function settingsText(loaded: LoadedSettings): string {
	const rows = SETTING_KEYS.map((key) => ({
		...inForce(loaded, key),
		accepted: acceptedValues(key),
		meaning: settingMeaning(key),
	}));
	return settingsList(rows);
}

type Step = { readonly kind: "value"; readonly value: unknown } | { readonly kind: "type" | "take out" };

async function openSetting(key: SettingKey, parts: SettingsParts): Promise<void> {
	const steps = stepsFor(key, parts.settings());
	const [only] = steps;
	const step = steps.length === 1 ? only?.value : await chooseStep(key, steps, parts);
	if (step?.kind === "type") await typeSetting(key, parts);
	else if (step?.kind === "value") await changeSetting({ key, value: step.value }, parts);
	else if (step?.kind === "take out") await changeSetting({ key, value: undefined }, parts);
}

function stepsFor(key: SettingKey, { settings, sources }: LoadedSettings): readonly Choice<Step>[] {
	const words = settingChoices(key).map((value): Choice<Step> => {
		return { value: { kind: "value", value }, label: value === settings[key] ? `${value} (now)` : value };
	});
	const steps: Choice<Step>[] = words.length > 0 ? words : [{ value: { kind: "type" }, label: "Type another value" }];
	const isOurs = sources[key] === "project" || sources[key] === "session";
	return isOurs ? [...steps, { value: { kind: "take out" }, label: "Remove it from the project's file" }] : steps;
}

function chooseStep(key: SettingKey, steps: readonly Choice<Step>[], parts: SettingsParts): Promise<Step | undefined> {
	const loaded = parts.settings();
	return parts.dialogs.choose({
		title: `${key}\n${settingMeaning(key)}\n${settingText(inForce(loaded, key))}`,
		choices: () => steps,
		begin: (step) => step.kind === "value" && step.value === loaded.settings[key],
	});
}

/** Asks until the value is valid or the person gives up. */
async function typeSetting(key: SettingKey, parts: SettingsParts): Promise<void> {
	let typed = typedSetting(parts.settings().settings[key]);
	let remark = `${settingMeaning(key)}\nExpected: ${acceptedValues(key)}.`;
	for (;;) {
		const text = await parts.dialogs.ask(`${key}\n${remark}`, typed);
		if (text === undefined) return;
		const value = settingValueIn(key, text.trim());
		const problem = problemWithSetting(key, value);
		if (problem === undefined) return changeSetting({ key, value }, parts);
		[typed, remark] = [text, `Not changed: ${problem}.`];
	}
}

function settingLine(loaded: LoadedSettings, key: SettingKey): Choice<SettingKey> {
	return {
		value: key,
		label: settingText(inForce(loaded, key)),
		description: `${acceptedValues(key)}; ${settingMeaning(key)}`,
	};
}

function outcomeText(
	change: SettingChange,
	outcome: ChangeOutcome,
	loaded: LoadedSettings,
): { readonly text: string; readonly tone: Tone } {
	if (outcome.kind === "refused") return { text: `${change.key} was not changed: ${outcome.reason}`, tone: "error" };
	const now = settingText(inForce(loaded, change.key));
	if (outcome.kind === "not-persisted")
		return { text: `${now}; it could not be written: ${outcome.reason}`, tone: "warning" };
	const inFile = change.value === undefined ? "no longer in" : "written to";
	return { text: `${now}, ${inFile} ${outcome.file}`, tone: "info" };
}

function inForce({ settings, sources }: LoadedSettings, key: SettingKey) {
	return { key, value: settings[key], source: sources[key] };
}
