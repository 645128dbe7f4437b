import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import semver from "semver";
import { parse } from "yaml";

import { exitCodes } from "../../cli/terminal/exit";
import { readConfig } from "../../config";
import { refusalCodes } from "../../domain/problem";
import { blocks, rows, tables } from "../support/documents";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { scratchFolder } from "../support/scratch";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { requiredPulumiVersion: string };
const textOf = (file: string) => readFileSync(file, "utf8");

describe("README.md", () => {
    it("has exactly one test command in the section Test", () => {
        const [, section = ""] = textOf("README.md").split("\n## Test\n");
        const [body = ""] = section.split("\n## ");
        assert.deepEqual(body.match(/^```sh\n[^]*?^```$/gm), ["```sh\nnpm ci && npm test\n```"]);
    });

    for (const stack of ["dev", "staging", "production"]) {
        it(`shows the ref of ${stack} as in its stack file`, () => {
            const { config } = parse(textOf(`Pulumi.${stack}.yaml`)) as {
                config: Record<string, Record<string, { branch?: string; tag?: string }>>;
            };
            const row = rows("README.md", "Environment").find(({ Environment }) => Environment === stack);
            const shown = /`(\w+: \S+)`$/.exec(row?.["Value in its stack file"] ?? "")?.[1];
            for (const source of ["infrastructure", "apps"]) {
                const { branch, tag } = config["fluxcd:sources"]?.[source] ?? {};
                assert.deepEqual(parse(shown ?? ""), tag === undefined ? { branch } : { tag });
            }
        });
    }

    it("shows a promotion diff that applies to the stack file", () => {
        const promotion = blocks("README.md").find(({ language }) => language === "diff")?.text ?? "";
        const file = /^ # (\S+)$/m.exec(promotion)?.[1] ?? "";
        const before = promotion
            .split("\n")
            .slice(1)
            .filter((line) => !line.startsWith("+"))
            .map((line) => line.slice(1));
        assert.ok(textOf(file).includes(before.join("\n")), `${file} has not:\n${before.join("\n")}`);
    });

    it("states the required versions of Pulumi and Node.js", () => {
        const [cli = "", node = ""] = ["Pulumi CLI", "Node.js"].map(
            (name) =>
                new RegExp(`${name.replace(".", "[.]")}[^0-9]* (\\d[\\d.]*) or newer`).exec(textOf("README.md"))?.[1],
        );
        assert.deepEqual(semver.minVersion(project.requiredPulumiVersion), semver.coerce(cli));
        assert.deepEqual(semver.minVersion(manifest.engines.node), semver.coerce(node));
    });
});

describe("docs/README.md", () => {
    it("links to every document, and exactly once in its groups", () => {
        const targets = tables("docs/README.md").flatMap((table) =>
            table.rows.map(({ Read = "" }) => /\]\(([\w./-]+\.md)\)/.exec(Read)?.[1] ?? ""),
        );
        const own = targets.filter((target) => /^[\w-]+\.md$/.test(target)).sort();
        assert.deepEqual(
            own,
            readdirSync("docs")
                .filter((name) => /^[a-z-]+\.md$/.test(name))
                .sort(),
        );
    });
});

describe("docs/clusters.md", () => {
    for (const [stack, environment, prefixes] of [
        ["production-eu", "production", { production: "prod-v" }],
        ["qa", "qa", { qa: "qa-v" }],
    ] as const) {
        it(`shows a valid stack file for ${stack}`, async () => {
            process.env.GITHUB_TOKEN = "token-of-the-test";
            const block = blocks("docs/clusters.md").find(({ text }) => text.startsWith(`# Pulumi.${stack}.yaml`));
            const file = join(scratchFolder(), `Pulumi.${stack}.yaml`);
            writeFileSync(file, block?.text ?? "");
            await startEngine(stack);
            useStackFile(file, { "fluxcd:tagPrefixes": prefixes });
            const config = readConfig();
            assert.deepEqual([config.environment, config.context], [environment, stack]);
        });
    }
});

describe("docs/promotion.md", () => {
    it("explains every rule of the gate, and no other rule", () => {
        const explained = rows("docs/promotion.md", "Rule").map(({ Rule = "" }) => Rule.replaceAll("`", ""));
        assert.deepEqual(explained.sort(), [...refusalCodes].sort());
    });

    it("lists the exit codes of the commands", () => {
        const told = rows("docs/promotion.md", "Exit code").map((row) => Number(row["Exit code"]));
        assert.deepEqual(told, Object.values(exitCodes));
    });

    it("shows a valid stack file", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const block = blocks("docs/promotion.md").find(({ text }) => text.startsWith("# Pulumi.production.yaml"));
        const file = join(scratchFolder(), "Pulumi.production.yaml");
        writeFileSync(file, block?.text ?? "");
        await startEngine("production");
        useStackFile(file, { "github:owner": "misua", "fluxcd:context": "production" });
        assert.equal(readConfig().promotion.from, "staging");
    });
});
