/** The files of the demo's project: paths and texts. */
export const FILES: Readonly<Record<string, string>>;
export function createShop(folder: string): void;
