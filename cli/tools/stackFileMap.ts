import { isAlias, isMap, isScalar, type Pair, type ParsedNode, parseDocument, type Scalar, type YAMLMap } from "yaml";

export type Entry = Pair<ParsedNode, ParsedNode | null>;
export type Value = string | true;

/** A map in the text of a stack file. */
export interface Place {
    readonly text: string;
    /** The key in the file, such as `fluxcd:sources.apps`. */
    readonly key: string;
    /** The name of the source, such as `apps`. */
    readonly source: string;
    readonly map: YAMLMap.Parsed;
}

/** The map of a source under `fluxcd:sources`. Throws an Error if it does not exist or is shared with another key. */
export function placeIn(text: string, source: string): Place {
    const document = parseDocument(text, { keepSourceTokens: true });
    const [error] = document.errors;
    if (error !== undefined) {
        throw new Error(`the file is not valid YAML: ${(error.message.split("\n")[0] ?? "").replace(/:$/, "")}`);
    }
    const keys = ["config", "fluxcd:sources", source];
    const names = ["config", "fluxcd:sources", `fluxcd:sources.${source}`];
    return keys.reduce<Place>(
        (place, key, at) => mapAt(text, names[at] ?? key, entryOf(place, key)?.value, source),
        mapAt(text, "the file", document.contents, source),
    );
}

export function entryOf({ map }: Place, name: string): Entry | undefined {
    return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** The value of an entry. Throws an Error if it is not a plain value that only this key uses. */
export function scalarOf(place: Place, { key, value }: Entry): Scalar.Parsed {
    const name = `${place.key}.${isScalar(key) ? String(key.value) : ""}`;
    if (!isScalar(value)) {
        const found = isAlias(value) ? `is the alias *${value.source}` : "is not a single value";
        return refuseAt(place, value ?? key, `${name} ${found}; expected a value written out`);
    }
    return value.anchor === undefined
        ? value
        : refuseAt(place, value, `${name} has the anchor &${value.anchor}, so other places may share it`);
}

export function isOnOneLine({ text }: Place, { range: [start, end] }: Scalar.Parsed): boolean {
    return !text.slice(start, end).includes("\n");
}

/** The text with another value, in the same kind of quotes. */
export function setScalar({ text }: Place, scalar: Scalar.Parsed, value: Value): string {
    if (scalar.value === value) {
        return text;
    }
    const [start, end] = scalar.range;
    // yaml reports the position of an empty value before a comment, after the space that the comment needs.
    const at = start === end ? text.slice(0, start).trimEnd().length : start;
    return splice(text, at, at + end - start, (start === end ? " " : "") + written(value, scalar.type));
}

/** The text with a new entry, `name: value`, after another one. */
export function insertAfter(place: Place, entry: Entry, line: string): string {
    const { text, map } = place;
    const end = endOf(entry);
    if (map.flow === true) {
        return splice(text, end, end, `, ${line}`);
    }
    const indent = indentOf(place, entry);
    const newline = /\r?\n/.exec(text)?.[0] ?? "\n";
    const at = lineEnd(text, end);
    return splice(text, at, at, text[at - 1] === "\n" ? indent + line + newline : newline + indent + line);
}

/** The text without an entry and the comment on its line. */
export function removeEntry(place: Place, entry: Entry): string {
    return place.map.flow === true ? removeFromFlow(place, entry) : removeLines(place, entry);
}

/**
 * The value in the same kind of quotes. Only a text that no YAML reader can take for a number or a date has no quotes.
 */
export function written(value: Value, type?: Scalar.Type): string {
    if (typeof value !== "string" || !/^\w[\w./-]*\.\d+\.\d+$/.test(value) || type === "QUOTE_DOUBLE") {
        return quoted(value);
    }
    return type === "QUOTE_SINGLE" ? `'${value}'` : value;
}

/** The value as JSON, which is valid YAML after some characters are escaped that YAML does not allow unescaped. */
export function quoted(value: Value): string {
    const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);
}

export function refuseAt({ text }: Place, node: ParsedNode, what: string): never {
    throw new Error(`line ${lineOf(text, node)}: ${what}`);
}

function mapAt(text: string, key: string, node: ParsedNode | null | undefined, source: string): Place {
    if (!isMap(node)) {
        const line = node ? `line ${lineOf(text, node)}: ` : "";
        const found = isAlias(node) ? `is the alias *${node.source}` : node ? "is not a map" : "is missing";
        throw new Error(`${line}${key} ${found}; expected a map`);
    }
    const place = { text, key, source, map: node };
    if (node.anchor !== undefined) {
        return refuseAt(place, node, `${key} has the anchor &${node.anchor}, so other places may share it`);
    }
    const merge = entryOf(place, "<<");
    return merge === undefined
        ? place
        : refuseAt(place, merge.key, `${key} merges another map; expected it written out`);
}

function removeLines(place: Place, entry: Entry): string {
    const { text } = place;
    const start = entry.key.range[0] - indentOf(place, entry).length;
    const end = lineEnd(text, text.slice(0, endOf(entry)).trimEnd().length);
    // If the last line of the file has no line break, it still has none after the edit.
    const before = end === text.length && !text.endsWith("\n") ? (/\r?\n$/.exec(text.slice(0, start))?.[0] ?? "") : "";
    return splice(text, start - before.length, end);
}

/** Also removes one comma: the one before the entry if it is on the same line. */
function removeFromFlow({ text, map }: Place, entry: Entry): string {
    const items = map.srcToken?.items ?? [];
    const at = items.findIndex((item) => item === entry.srcToken);
    const [before, after] = [at, at + 1].map(
        (index) => items[index]?.start.find(({ type }) => type === "comma")?.offset,
    );
    const [start, end] = [entry.key.range[0], endOf(entry)];
    if (before !== undefined && !text.slice(before, start).includes("\n")) {
        return withoutEmptyLine(splice(text, before, end), before);
    }
    if (after === undefined) {
        return withoutEmptyLine(splice(text, start, end), start);
    }
    const spaces = /^ */.exec(text.slice(after + 1))?.[0].length ?? 0;
    return text.slice(end, after).includes("\n")
        ? withoutEmptyLine(splice(splice(text, after, after + 1), start, end), start)
        : withoutEmptyLine(splice(text, start, after + 1 + spaces), start);
}

/** Removes the line if it is empty or has only a comment. */
function withoutEmptyLine(text: string, at: number): string {
    const [start, end] = [lineStart(text, at), lineEnd(text, at)];
    return /^[ \t]*(#.*)?\r?\n$/.test(text.slice(start, end)) ? splice(text, start, end) : text;
}

function indentOf(place: Place, { key }: Entry): string {
    const indent = place.text.slice(lineStart(place.text, key.range[0]), key.range[0]);
    return /^ *$/.test(indent) ? indent : refuseAt(place, key, "expected the key to be the first thing on its line");
}

function endOf({ key, value }: Entry): number {
    return (value ?? key).range[1];
}

function lineStart(text: string, at: number): number {
    return text.lastIndexOf("\n", at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
    const newline = text.indexOf("\n", at);
    return newline === -1 ? text.length : newline + 1;
}

function splice(text: string, start: number, end: number, replacement = ""): string {
    return text.slice(0, start) + replacement + text.slice(end);
}

function lineOf(text: string, { range: [start] }: ParsedNode): number {
    return text.slice(0, start).split("\n").length;
}
