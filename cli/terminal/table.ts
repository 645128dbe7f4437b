import Table from "cli-table3";

/** A table without borders. Two spaces separate the columns. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[], indent = 0): string {
    const table = new Table({
        head: [...head],
        style: { head: [], border: [], "padding-left": 0, "padding-right": 2, compact: true },
        chars: Object.fromEntries(borders.map((name) => [name, ""])),
    });
    table.push(...rows.map((row) => [...row]));
    return table
        .toString()
        .split("\n")
        .map((line) => `${" ".repeat(indent)}${line.trimEnd()}`)
        .join("\n");
}

const borders = [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
];
