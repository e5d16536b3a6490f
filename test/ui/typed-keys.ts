/** What a terminal sends for keys that are no letters. */
export const TYPED = {
	up: "\x1b[A",
	down: "\x1b[B",
	pageUp: "\x1b[5~",
	pageDown: "\x1b[6~",
	home: "\x1b[H",
	end: "\x1b[F",
	enter: "\r",
	escape: "\x1b",
	backspace: "\x7f",
};
