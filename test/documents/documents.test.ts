import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import semver from "semver";
import { parse } from "yaml";
import type { z } from "zod";

import { exitCodes } from "../../cli/terminal/exit";
import { readConfig } from "../../config";
import { fluxSchema } from "../../config/flux";
import { fluxcdSchema, githubSchema } from "../../config/schema";
import { refusalCodes } from "../../domain/problem";
import { anchors, blocks, commands, documents, headings, inlineCode, links, rows } from "../support/documents";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { scratchFolder } from "../support/scratch";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
    scripts: Record<string, string>;
    engines: { node: string };
};
const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { requiredPulumiVersion: string };
const textOf = (file: string) => readFileSync(file, "utf8");

/** What people are told to run: each command with the flags that it may have here. */
const pulumi: Readonly<Record<string, readonly string[]>> = {
    login: [],
    up: ["-s", "--refresh"],
    preview: ["-s", "--diff", "--refresh", "--expect-no-changes"],
    refresh: ["-s"],
    destroy: ["-s"],
    "stack init": ["--secrets-provider"],
    "stack migrate": ["--yes"],
    cancel: ["-s"],
    "deployment settings edit": ["-s", "--github-repo", "--branch", "--preview-prs", "--push-to-deploy"],
    "stack rm": ["--force"],
    "stack output": ["-s"],
    "config get": ["-s"],
    "config set": ["-s", "--path", "--secret"],
    "config rm": ["-s", "--path"],
    "stack history": ["-s"],
    "stack change-secrets-provider": ["-s"],
};
const programs = [
    "npm",
    "pulumi",
    "kubectl",
    "git",
    "cd",
    "cp",
    "sed",
    "curl",
    "export",
    "source",
    "for",
    "do",
    "done",
    "node",
    "ssh-keygen",
    "age-keygen",
    "sops",
];

describe("The documents", () => {
    for (const file of documents) {
        describe(file, () => {
            it("links to what is there", () => {
                for (const link of links(file).filter((href) => !/^https?:/.test(href))) {
                    const [path = "", anchor] = link.split("#");
                    const target = path === "" ? file : join(dirname(file), path);
                    assert.ok(existsSync(target), `${link} leads nowhere`);
                    assert.ok(anchor === undefined || anchors(target).includes(anchor), `${link} is no heading`);
                }
            });

            it("links to the web by https", () => {
                assert.deepEqual(
                    links(file).filter((href) => href.startsWith("http:")),
                    [],
                );
            });

            it("names scripts of package.json only", () => {
                for (const [command, script = ""] of textOf(file).matchAll(/npm run ([\w:-]+)/g)) {
                    assert.ok(script in manifest.scripts, command);
                }
            });

            it("names keys that there are only", () => {
                const known = (namespace: string, shape: object) =>
                    Object.keys(shape).map((name) => `${namespace}:${name}`);
                const keys = [...known("fluxcd", fluxcdSchema.shape), ...known("github", githubSchema.shape)];
                const { githubApp, infrastructure } = fluxcdSchema.shape;
                const within: Record<string, z.ZodObject> = {
                    "fluxcd:flux": fluxSchema,
                    "fluxcd:githubApp": githubApp,
                };
                const nested = (key: string) => Object.keys((within[key] ?? infrastructure).shape);
                // Their inner keys are names that people choose.
                const maps = ["sources", "kustomizations", "notifications", "notificationAddresses"];
                const named = maps.map((name) => `fluxcd:${name}`);
                const isThere = (top: string, inner: string | undefined) =>
                    inner === undefined || named.includes(top) || nested(top).includes(inner);
                const mentioned = [...inlineCode(file), ...blocks(file).map(({ text }) => text)].join("\n");
                for (const [key, top = "", inner] of mentioned.matchAll(
                    /\b((?:fluxcd|github):[a-z]\w*)(?:\.(\w+))?/g,
                )) {
                    assert.ok(keys.includes(top) && isThere(top, inner), key);
                }
            });

            it("tells commands that there are only", () => {
                // Variables may stand in front, for the one command.
                const told = commands(file).map((command) => command.replace(/^([A-Z]\w*=\S* )+/, ""));
                for (const command of told) {
                    assert.ok(programs.includes(command.split(" ")[0] ?? ""), command);
                }
                const messages = rows(file, "Message").map(({ Message = "" }) => Message.replaceAll("`", ""));
                const inline = inlineCode(file).filter((code) => !messages.includes(code));
                for (const command of [...told, ...inline].flatMap((it) => it.split(" | "))) {
                    checkPulumi(command);
                }
            });

            it("has no path of somebody's machine", () => {
                assert.doesNotMatch(textOf(file), /\/(home|root|Users|work|tmp)\//);
            });
        });
    }
});

describe("README.md", () => {
    it("has one test command, under Test", () => {
        const [, section = ""] = textOf("README.md").split("\n## Test\n");
        const [body = ""] = section.split("\n## ");
        assert.deepEqual(body.match(/^```sh\n[^]*?^```$/gm), ["```sh\nnpm ci && npm test\n```"]);
    });

    for (const stack of ["dev", "staging", "production"]) {
        it(`shows what ${stack} follows, as its stack file has it`, () => {
            const { config } = parse(textOf(`Pulumi.${stack}.yaml`)) as {
                config: Record<string, { branch?: string; tag?: string }>;
            };
            const row = rows("README.md", "").find((it) => it[""] === stack);
            const shown = /`(\w+: \S+)`$/.exec(row?.["the value in its stack file"] ?? "")?.[1];
            for (const source of ["fluxcd:infrastructure", "fluxcd:apps"]) {
                const { branch, tag } = config[source] ?? {};
                assert.deepEqual(parse(shown ?? ""), tag === undefined ? { branch } : { tag });
            }
        });
    }

    it("shows a promotion of what is in the stack file", () => {
        const promotion = blocks("README.md").find(({ language }) => language === "diff")?.text ?? "";
        const file = /^ # (\S+)$/m.exec(promotion)?.[1] ?? "";
        const before = promotion
            .split("\n")
            .slice(1)
            .filter((line) => !line.startsWith("+"))
            .map((line) => line.slice(1));
        assert.ok(textOf(file).includes(before.join("\n")), `${file} has not:\n${before.join("\n")}`);
    });

    it("tells the versions that are needed", () => {
        const [cli = "", node = ""] = ["Pulumi CLI", "Node.js"].map(
            (name) =>
                new RegExp(`${name.replace(".", "[.]")}[^0-9]* (\\d[\\d.]*) or newer`).exec(textOf("README.md"))?.[1],
        );
        assert.deepEqual(semver.minVersion(project.requiredPulumiVersion), semver.coerce(cli));
        assert.deepEqual(semver.minVersion(manifest.engines.node), semver.coerce(node));
    });

    it("shows a second production stack that is valid", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const block = blocks("README.md").find(({ text }) => text.startsWith("# Pulumi.production-eu.yaml"));
        const file = join(scratchFolder(), "Pulumi.production-eu.yaml");
        writeFileSync(file, block?.text ?? "");
        await startEngine("production-eu");
        useStackFile(file);
        const { environment, context } = readConfig();
        assert.deepEqual({ environment, context }, { environment: "production", context: "production-eu" });
    });
});

describe("docs/promotion.md", () => {
    it("explains every rule, and no other", () => {
        const explained = rows("docs/promotion.md", "Rule").map(({ Rule = "" }) => Rule.replaceAll("`", ""));
        assert.deepEqual(explained.sort(), [...refusalCodes].sort());
    });

    it("tells the exit codes that the commands have", () => {
        const told = rows("docs/promotion.md", "Exit code").map((row) => Number(row["Exit code"]));
        assert.deepEqual(told, Object.values(exitCodes));
    });

    it("shows a stack file that is valid", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const block = blocks("docs/promotion.md").find(({ text }) => text.startsWith("# Pulumi.production.yaml"));
        const file = join(scratchFolder(), "Pulumi.production.yaml");
        writeFileSync(file, block?.text ?? "");
        await startEngine("production");
        useStackFile(file, { "github:owner": "misua", "fluxcd:context": "production" });
        assert.equal(readConfig().promotion.from, "staging");
    });
});

describe("docs/decisions", () => {
    const folder = "docs/decisions";
    const files = readdirSync(folder).sort();

    it("are numbered without a gap", () => {
        assert.deepEqual(
            files.map((file) => Number(file.slice(0, 3))),
            files.map((_, index) => index + 1),
        );
    });

    for (const file of files) {
        it(`${file} has the four parts, on one page`, () => {
            const [title = "", ...parts] = headings(`${folder}/${file}`);
            assert.ok(title.startsWith(`${file.slice(0, 3)} `), title);
            assert.deepEqual(parts, ["Status", "Context", "Decision", "Consequences"]);
            assert.ok(statSync(`${folder}/${file}`).size < 4500, "longer than a page");
        });
    }
});

function checkPulumi(command: string): void {
    const [program, ...words] = command.replace(/ *#.*$/, "").split(/\s+/);
    if (program !== "pulumi" || words.length === 0) {
        return;
    }
    const name = Object.keys(pulumi).find((it) => words.slice(0, it.split(" ").length).join(" ") === it);
    assert.ok(name !== undefined, `there is no such command: ${command}`);
    for (const flag of words.filter((word) => word.startsWith("-"))) {
        assert.ok(pulumi[name]?.includes(flag), `${name} is not known to have ${flag}: ${command}`);
    }
}
