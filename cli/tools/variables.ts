import { isLike } from "./sourceIgnore";

type Variables = Readonly<Record<string, string>>;

/** The text is not valid for Flux either. */
export class BadSubstitution extends Error {}

/**
 * Replaces the variables in a manifest as Flux does. The operators of a shell work too. A variable without a value is
 * empty, and `$$` is a dollar sign.
 * https://github.com/fluxcd/pkg/tree/envsubst/v1.7.1/envsubst
 */
export function substituted(manifest: string, variables: Variables): string {
    return expanded(manifest, variables, true);
}

function expanded(text: string, variables: Variables, escapes: boolean): string {
    let [result, rest] = ["", text];
    for (let at = rest.indexOf("$"); at !== -1; at = rest.indexOf("$")) {
        result += rest.slice(0, at);
        if (escapes && rest.startsWith("$$", at)) {
            [result, rest] = [`${result}$`, rest.slice(at + 2)];
        } else if (rest.startsWith("${", at)) {
            const [inner, after] = splitAtBrace(rest.slice(at + 2));
            [result, rest] = [result + valueOf(inner, variables), after];
        } else {
            [result, rest] = [`${result}$`, rest.slice(at + 1)];
        }
    }
    return result + rest;
}

/** The text up to the brace that closes an expression, and the text after it. */
function splitAtBrace(text: string): [inner: string, after: string] {
    for (let [at, depth] = [0, 0]; at < text.length; at += 1) {
        if (text.startsWith("${", at)) {
            depth += 1;
        } else if (text[at] === "}" && depth === 0) {
            return [text.slice(0, at), text.slice(at + 1)];
        } else if (text[at] === "}") {
            depth -= 1;
        }
    }
    throw new BadSubstitution(`variable substitution failed: no closing brace after \${${text.slice(0, 40)}`);
}

function valueOf(inner: string, variables: Variables): string {
    const [, length] = /^#([\p{L}\p{Nd}_]+)$/u.exec(inner) ?? [];
    if (length !== undefined) {
        return String(Buffer.byteLength(variables[length] ?? ""));
    }
    const [, name, operator = "", argument = ""] =
        /^([\p{L}\p{Nd}_]+)(:[-=?+]|=|,,?|\^\^?|\/[/#%]?|##?|%%?|:)?([^]*)$/u.exec(inner) ?? [];
    const isComplete = operator !== "" || argument === "";
    const takesNone = /^[,^]/.test(operator) && argument !== "";
    const takesTwo = operator.startsWith("/") && !/^(?:\\.|[^\\/])*\//.test(argument);
    if (name === undefined || !isComplete || takesNone || takesTwo) {
        throw new BadSubstitution(`variable substitution failed: bad substitution \${${inner}}`);
    }
    const value = variables[name] ?? "";
    const given = expanded(argument, variables, operator.startsWith("/"));
    if (/^(:[-=?+]|=)$/.test(operator)) {
        // Flux takes the default for each of these operators.
        return value === "" ? given : value;
    }
    return operator === ":" ? part(value, given) : changed(value, operator, given);
}

function part(value: string, argument: string): string {
    const bytes = Buffer.from(value);
    const [from, length] = argument.split(":").map(wholeNumber);
    if (from === undefined || (length === undefined && argument.includes(":"))) {
        return value;
    }
    const start = from < 0 ? Math.max(0, bytes.length + from) : from;
    const end = length === undefined ? bytes.length : length < 0 ? bytes.length + length : start + length;
    return bytes.subarray(start, Math.max(start, end)).toString();
}

function wholeNumber(text: string): number | undefined {
    return /^[-+]?\d+$/.test(text) ? Number(text) : undefined;
}

function changed(value: string, operator: string, argument: string): string {
    const first = String.fromCodePoint(...(value === "" ? [] : [value.codePointAt(0) ?? 0]));
    const others = value.slice(first.length);
    switch (operator) {
        case ",":
            return first.toLowerCase() + others;
        case ",,":
            return value.toLowerCase();
        case "^":
            return first.toUpperCase() + others;
        case "^^":
            return value.toUpperCase();
        case "#":
        case "##":
            return value.slice(matchLength(value, argument, operator === "##"));
        case "%":
        case "%%": {
            const reversed = (text: string) => Array.from(text).toReversed().join("");
            return reversed(reversed(value).slice(matchLength(reversed(value), reversed(argument), operator === "%%")));
        }
        default:
            return operator.startsWith("/") ? replaced(value, operator, argument) : value;
    }
}

/** The length of the shortest or longest start of a value that matches a pattern; 0 if none does. */
function matchLength(value: string, pattern: string, longest: boolean): number {
    const lengths = Array.from({ length: value.length }, (_, index) => index + 1);
    const fitting = lengths.filter((length) => isLike(pattern, value.slice(0, length), "[^]"));
    return (longest ? fitting.at(-1) : fitting[0]) ?? 0;
}

function replaced(value: string, operator: string, argument: string): string {
    const [, pattern = "", replacement = ""] = /^((?:\\.|[^\\/])*)\/([^]*)$/s.exec(argument) ?? [];
    const [from, to] = [pattern, replacement].map((text) => text.replaceAll(/\\([/\\])/g, "$1")) as [string, string];
    switch (operator) {
        case "//":
            return value.replaceAll(from, () => to);
        case "/#":
            return value.startsWith(from) ? to + value.slice(from.length) : value;
        case "/%":
            return value.endsWith(from) ? value.slice(0, value.length - from.length) + to : value;
        default:
            return value.replace(from, () => to);
    }
}
