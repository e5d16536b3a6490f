/** The signs we draw that a terminal without Unicode has none of; each stands for one column, as its replacement does. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
	"●": "*",
	"○": "o",
	"✓": "+",
	"✗": "x",
	"■": "#",
	"…": "~",
	"·": "|",
	"•": "|",
	"→": ">",
	"›": ">",
	"↳": "`",
	"↑": "^",
	"↓": "v",
	"─": "-",
	"━": "=",
	"│": "|",
	"–": "-",
	"—": "-",
	"“": '"',
	"”": '"',
	"’": "'",
};

const SIGNS = new RegExp(`[${Object.keys(REPLACEMENTS).join("")}]`, "g");

/** A person asked for plain signs, or the terminal has no others. */
export function wantsAscii({ PI_CREW_ASCII, TERM }: Readonly<Record<string, string | undefined>>): boolean {
	if (PI_CREW_ASCII !== undefined && PI_CREW_ASCII !== "") return PI_CREW_ASCII !== "0";
	return TERM === "dumb";
}

const isAscii = wantsAscii(process.env);

/** The last thing that happens to a text before it is shown. Keeps its width. */
export function inTerminalsSigns(text: string, ascii = isAscii): string {
	return ascii ? text.replace(SIGNS, (sign) => REPLACEMENTS[sign] ?? "?") : text;
}
