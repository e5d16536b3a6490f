import type { ExtensionUIContext } from "@mariozechner/pi-coding-agent";

/** Without a UI the host counts as headless; this one is there and shows nothing. */
export function createUiStub(notices: string[] = [], person: Partial<ExtensionUIContext> = {}): ExtensionUIContext {
	const answers: Partial<ExtensionUIContext> = {
		select: async () => undefined,
		confirm: async () => false,
		input: async () => undefined,
		editor: async () => undefined,
		notify: (message) => void notices.push(message),
		onTerminalInput: () => () => undefined,
		setStatus: () => undefined,
		// The newer host copies what there is, so what we call has to be there.
		setWidget: () => undefined,
		custom: async <T>() => undefined as T,
		...person,
	};
	return new Proxy(answers as ExtensionUIContext, {
		get: (target, name) => Reflect.get(target, name) ?? (() => undefined),
	});
}
