import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { parseAllDocuments } from "yaml";

import { anchors, blocks, commands, documents, headings, inlineCode, links, rows } from "../support/documents";
import { checkCommand } from "./commands";
import { hasKey } from "./settings";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
const textOf = (file: string) => readFileSync(file, "utf8");

const programs = [
    "npm",
    "npx",
    "pulumi",
    "kubectl",
    "git",
    "gh",
    "cd",
    "cp",
    "sed",
    "find",
    "kustomize",
    "curl",
    "export",
    "unset",
    "shasum",
    "ssh-keyscan",
    "ssh-keygen",
    "source",
    "for",
    "do",
    "done",
    "node",
    "ssh-keygen",
    "age-keygen",
    "sops",
];

describe("The document", () => {
    for (const file of documents) {
        describe(file, () => {
            it("links only to files and headings that exist", () => {
                for (const link of links(file).filter((href) => !/^https?:/.test(href))) {
                    const [path = "", anchor] = link.split("#");
                    const target = path === "" ? file : join(dirname(file), path);
                    assert.ok(existsSync(target), `${link} leads nowhere`);
                    assert.ok(anchor === undefined || anchors(target).includes(anchor), `${link} is no heading`);
                }
            });

            it("links to the web only through https", () => {
                assert.deepEqual(
                    links(file).filter((href) => href.startsWith("http:")),
                    [],
                );
            });

            it("names only npm scripts of package.json", () => {
                for (const [command, script = ""] of textOf(file).matchAll(/npm run ([\w:-]+)/g)) {
                    assert.ok(script in manifest.scripts, command);
                }
            });

            it("names only settings that exist", () => {
                const mentioned = [...inlineCode(file), ...blocks(file).map(({ text }) => text)].join("\n");
                for (const [key, namespace = "", path = ""] of mentioned.matchAll(
                    /\b(fluxcd|github):([a-z]\w*(?:\.[\w<>-]+|\[\d*\])*)/g,
                )) {
                    assert.ok(
                        hasKey(
                            namespace,
                            path.split(/[.[]/).map((part) => part.replace("]", "")),
                        ),
                        key,
                    );
                }
            });

            it("shows stack files only with settings that exist", () => {
                for (const { text } of blocks(file).filter(({ language }) => language === "yaml")) {
                    for (const path of keysIn(parseAllDocuments(text).map((it) => it.toJS() as unknown))) {
                        const [, namespace = "", top = ""] = /^(fluxcd|github):(\w+)$/.exec(path[0] ?? "") ?? [];
                        assert.ok(namespace === "" || hasKey(namespace, [top, ...path.slice(1)]), path.join("."));
                    }
                }
            });

            it("shows only commands and flags that exist", () => {
                // Variables may stand in front, for the one command.
                const told = commands(file).map((command) => command.replace(/^([A-Z]\w*=\S* )+/, ""));
                for (const command of told) {
                    assert.ok(programs.includes(command.split(" ")[0] ?? ""), command);
                }
                const messages = rows(file, "Message").map(({ Message = "" }) => Message.replaceAll("`", ""));
                const inline = inlineCode(file).filter((code) => !messages.includes(code));
                for (const command of [...told, ...inline].flatMap((it) => it.split(" | "))) {
                    checkCommand(command);
                }
            });

            it("contains no path of a local machine", () => {
                assert.doesNotMatch(textOf(file), /\/(home|root|Users|work|tmp)\//);
            });
        });
    }
});

describe("The decisions in docs/decisions", () => {
    const folder = "docs/decisions";
    const files = readdirSync(folder).sort();

    it("are numbered without a gap", () => {
        assert.deepEqual(
            files.map((file) => Number(file.slice(0, 3))),
            files.map((_, index) => index),
        );
    });

    // The first one is the design as a whole.
    for (const file of files.slice(1)) {
        it(`have the four required parts on one page: ${file}`, () => {
            const [title = "", ...parts] = headings(`${folder}/${file}`);
            assert.ok(title.startsWith(`${file.slice(0, 3)} `), title);
            assert.deepEqual(parts, ["Status", "Context", "Decision", "Consequences"]);
            assert.ok(statSync(`${folder}/${file}`).size < 4500, "longer than a page");
        });
    }
});

/** The path of each value in a YAML document, from the key of a setting on. */
function keysIn(value: unknown): string[][] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([name, inner]) => {
        const part = Array.isArray(value) ? "" : name;
        const within = /^(fluxcd|github):/.test(part) ? pathsIn(inner).map((path) => [part, ...path]) : keysIn(inner);
        return within;
    });
}

function pathsIn(value: unknown): string[][] {
    if (typeof value !== "object" || value === null) {
        return [[]];
    }
    const part = (name: string) => (Array.isArray(value) ? "" : name);
    return [
        [],
        ...Object.entries(value).flatMap(([name, inner]) => pathsIn(inner).map((path) => [part(name), ...path])),
    ];
}
