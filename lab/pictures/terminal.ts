/** A run of characters in one style. */
interface Run {
    readonly text: string;
    readonly color: string | undefined;
    readonly bold: boolean;
}

/** The colors of GitHub's dark theme, by the codes of a terminal. https://en.wikipedia.org/wiki/ANSI_escape_code#Colors */
const palette: Readonly<Record<number, string>> = {
    30: "#484f58",
    31: "#ff7b72",
    32: "#3fb950",
    33: "#d29922",
    34: "#58a6ff",
    35: "#bc8cff",
    36: "#39c5cf",
    37: "#b1bac4",
    90: "#6e7681",
    91: "#ffa198",
    92: "#56d364",
    93: "#e3b341",
    94: "#79c0ff",
    95: "#d2a8ff",
    96: "#56d4dd",
    97: "#ffffff",
};

const escape = "\u001b";
const sequence = new RegExp(`(${escape}\\[[0-9;]*[A-Za-z])`);
const styleSequence = new RegExp(`^${escape}\\[([0-9;]*)m$`);

const character = { width: 7.8, height: 18 };
const margin = 16;

/** The output of a command in a terminal, as an SVG. Lines are wrapped at `columns`, as a terminal does. */
export function terminalPicture(title: string, output: string, columns = 150): string {
    const lines = output
        .trimEnd()
        .split("\n")
        .flatMap((line) => wrapped(runsOf(line), columns));
    const width = Math.ceil(columns * character.width + 2 * margin);
    const height = lines.length * character.height + 3 * margin;
    const text = lines.map((line, index) => {
        const y = margin + (index + 1) * character.height;
        return `<text x="${margin}" y="${y}" xml:space="preserve">${line.map(span).join("")}</text>`;
    });
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" fill="#e6edf3">
${text.join("\n")}
</g>
</svg>
`;
}

/** The runs of a line with the escape sequences of styles; every other sequence is left out. */
export function runsOf(line: string): Run[] {
    const runs: Run[] = [];
    let style: Omit<Run, "text"> = { color: undefined, bold: false };
    for (const part of line.split(sequence)) {
        const [, codes] = styleSequence.exec(part) ?? [];
        if (codes !== undefined) style = codesOf(codes).reduce(styled, style);
        else if (part !== "" && !part.startsWith(escape)) runs.push({ text: part, ...style });
    }
    return runs;
}

/** The codes of a sequence. The first 16 of the 256 colors (38;5;n, which Pulumi writes) are the colors of the palette. */
function codesOf(codes: string): number[] {
    return codes
        .replace(/38;5;(\d+)/, (_, color: string) =>
            String(Number(color) < 8 ? 30 + Number(color) : 82 + Number(color)),
        )
        .split(";")
        .map(Number);
}

function styled(style: Omit<Run, "text">, code: number): Omit<Run, "text"> {
    if (code === 0) return { color: undefined, bold: false };
    if (code === 1) return { ...style, bold: true };
    if (code === 22) return { ...style, bold: false };
    if (code === 39) return { ...style, color: undefined };
    return code in palette ? { ...style, color: palette[code] } : style;
}

function wrapped(runs: readonly Run[], columns: number): Run[][] {
    const lines: Run[][] = [[]];
    let left = columns;
    for (const run of runs) {
        let { text } = run;
        while (text !== "") {
            if (left === 0) {
                lines.push([]);
                left = columns;
            }
            const part = text.slice(0, left);
            lines.at(-1)?.push({ ...run, text: part });
            left -= part.length;
            text = text.slice(part.length);
        }
    }
    return lines;
}

/** Text without the escape sequences of a terminal. */
export function plain(line: string): string {
    return runsOf(line)
        .map(({ text }) => text)
        .join("");
}

function span({ text, color, bold }: Run): string {
    const fill = color === undefined ? "" : ` fill="${color}"`;
    const weight = bold ? ' font-weight="bold"' : "";
    return `<tspan${fill}${weight}>${escaped(text)}</tspan>`;
}

/** Text in XML. */
export function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
