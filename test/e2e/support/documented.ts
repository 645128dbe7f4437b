import { readFileSync } from "node:fs";
import { join } from "node:path";

import { lexer, type Token, type Tokens } from "marked";
import { parse } from "yaml";

import { checkout } from "./run";

/** The blocks of code of a document, by their language. */
function blocks(document: string, language: string): string[] {
    const isBlock = (token: Token): token is Tokens.Code => token.type === "code" && token.lang === language;
    return lexer(readFileSync(join(checkout, document), "utf8"))
        .filter(isBlock)
        .map(({ text }) => text);
}

/** What a document shows of dev's stack file. */
export function documentedSettings(document: string): unknown {
    const shown = blocks(document, "yaml").find((text) => text.startsWith("# Pulumi.dev.yaml\n"));
    return (parse(shown ?? "") as { config: unknown }).config;
}

/** The files of a repository that a document shows, each under its path: `# fluxcd-apps/<path>`. */
export function documentedFiles(document: string, repository: string): Record<string, string> {
    const shown = blocks(document, "yaml").flatMap((text) => {
        const [, path] = new RegExp(`^# ${repository}/(\\S+)\\n`).exec(text) ?? [];
        return path === undefined ? [] : [[path, `${text}\n`] as const];
    });
    return Object.fromEntries(shown);
}

/** The commands of a document that begin with this. */
export function documentedCommands(document: string, program: string): string[] {
    const lines = blocks(document, "sh").flatMap((text) => text.split("\n"));
    return lines.filter((line) => line.startsWith(program));
}
