import { readFileSync } from "node:fs";

import { lexer, type Token, type Tokens } from "marked";
import { parse } from "yaml";
import { z } from "zod";

const schema = z.strictObject({
    longestSentence: z.int().min(1),
    words: z.array(z.strictObject({ avoid: z.string(), write: z.string() })).min(1),
});

const { longestSentence, words } = schema.parse(parse(readFileSync("test/documents/words.yaml", "utf8")));
const avoided = words.map(({ avoid, write }) => ({ pattern: new RegExp(`(?<!\\w)(?:${avoid})(?!\\w)`, "i"), write }));

/** What a text says in words that it should not, or at too great a length; empty if it is good. */
export function complaints(markdown: string): string[] {
    return sentencesOf(markdown).flatMap((sentence) => [
        ...avoided.flatMap(({ pattern, write }) => {
            const [found] = pattern.exec(sentence) ?? [];
            return found === undefined ? [] : [`"${found}" (write: ${write}): ${sentence}`];
        }),
        ...tooLong(sentence),
    ]);
}

function tooLong(sentence: string): string[] {
    const count = sentence.split(/\s+/).filter((word) => /\w/.test(word)).length;
    return count > longestSentence ? [`${count} words: ${sentence}`] : [];
}

/** Each sentence of a text, without its code: a piece of code in a sentence is one word. */
export function sentencesOf(markdown: string): string[] {
    return passagesIn(lexer(markdown))
        .flatMap((text) => text.split(/(?<=[.!?][)*"]*)\s+/))
        .map((sentence) => sentence.replaceAll(/\s+/g, " ").trim())
        .filter((sentence) => sentence !== "");
}

/** The paragraphs, headings, items and cells. */
function passagesIn(tokens: readonly Token[]): string[] {
    return tokens.flatMap((token): string[] => {
        switch (token.type) {
            case "paragraph":
            case "heading":
            case "text":
                return [plain(token)];
            case "blockquote":
                return passagesIn((token as Tokens.Blockquote).tokens).map((text) => text.replace(/^\[!\w+\]/, ""));
            case "list":
                return (token as Tokens.List).items.flatMap((item) => passagesIn(item.tokens));
            case "table": {
                const { header, rows } = token as Tokens.Table;
                return [header, ...rows].flat().flatMap((cell) => passagesIn([{ ...cell, type: "text", raw: "" }]));
            }
            default:
                return [];
        }
    });
}

function plain(token: Token): string {
    if (token.type === "codespan") {
        return "CODE";
    }
    if (token.type === "br") {
        return " ";
    }
    const { tokens, text = "" } = token as { tokens?: readonly Token[]; text?: string };
    return tokens ? tokens.map(plain).join("") : text;
}
