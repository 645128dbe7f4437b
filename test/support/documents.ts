import { globSync, readFileSync } from "node:fs";

import GithubSlugger from "github-slugger";
import { lexer, type Token, type Tokens, walkTokens } from "marked";

/** The project's own documents. Those under scaffold/ belong to the repositories that the program makes. */
export const documents = globSync(["*.md", "docs/**/*.md", "lab/*/README.md"]).sort();

export interface Block {
    readonly language: string;
    readonly text: string;
}

export type Row = Readonly<Record<string, string>>;

/** The targets of all links. */
export function links(file: string): string[] {
    return ofType<Tokens.Link>(file, "link").map(({ href }) => href);
}

/** The anchors of all headings, as GitHub makes them. */
export function anchors(file: string): string[] {
    const slugger = new GithubSlugger();
    return headings(file).map((text) => slugger.slug(text));
}

export function headings(file: string): string[] {
    return ofType<Tokens.Heading>(file, "heading").map(({ text }) => text.replaceAll("`", ""));
}

/** Fenced code. */
export function blocks(file: string): Block[] {
    return ofType<Tokens.Code>(file, "code").map(({ lang, text }) => ({ language: lang ?? "", text }));
}

/** Fenced code under the heading that is next above it; what is above all of them is under the title. */
export function sections(file: string): Map<string, Block[]> {
    const found = new Map<string, Block[]>();
    let section = "";
    for (const token of lexer(readFileSync(file, "utf8"))) {
        if (token.type === "heading") {
            section = (token as Tokens.Heading).text;
            found.set(section, []);
        } else if (token.type === "code") {
            const { lang, text } = token as Tokens.Code;
            found.get(section)?.push({ language: lang ?? "", text });
        }
    }
    return found;
}

/** Code in the middle of a sentence, or in a table. */
export function inlineCode(file: string): string[] {
    return ofType<Tokens.Codespan>(file, "codespan").map(({ text }) => text);
}

export interface Table {
    /** The titles of the columns. */
    readonly header: readonly string[];
    /** Each by the titles of the columns. */
    readonly rows: readonly Row[];
}

export function tables(file: string): Table[] {
    return ofType<Tokens.Table>(file, "table").map(({ header, rows }) => {
        const titles = header.map(({ text }) => text);
        const named = rows.map((cells) =>
            Object.fromEntries(cells.map(({ text }, column) => [titles[column] ?? "", text])),
        );
        return { header: titles, rows: named };
    });
}

/** The rows of every table whose first column has this title. */
export function rows(file: string, firstColumn: string): Row[] {
    return tables(file)
        .filter(({ header }) => header[0] === firstColumn)
        .flatMap((table) => table.rows);
}

/** The lines of every shell block, without continuation and indentation, and without variables set for one command. */
export function commands(file: string): string[] {
    return blocks(file)
        .filter(({ language }) => language === "sh")
        .flatMap(({ text }) => text.split("\n"))
        .flatMap((line) => line.split("&&"))
        .map((line) => line.trim().replace(/^([A-Z0-9_]+=\S* )+/, ""))
        .filter((line) => line !== "");
}

function ofType<T extends Token>(file: string, type: T["type"]): T[] {
    const found: T[] = [];
    void walkTokens(lexer(readFileSync(file, "utf8")), (token) => {
        if (token.type === type) {
            found.push(token as T);
        }
    });
    return found;
}
