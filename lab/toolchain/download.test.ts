import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { checkout } from "../paths.ts";
import { downloaded, type Installer, published } from "./download.ts";

const directory = mkdtempSync(join(tmpdir(), "official-"));
const versionOf = (name: string) =>
    (
        JSON.parse(readFileSync(join(checkout, "node_modules", "@pulumi", name, "package.json"), "utf8")) as {
            version: string;
        }
    ).version;

function put(file: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
}

/** Downloads what Pulumi would, and remembers what it was asked for. */
function installer(change: Partial<Installer> = {}): Installer & { asked: string[] } {
    const asked: string[] = [];
    return {
        asked,
        reachable: () => {
            asked.push("reachable");
            return Promise.resolve(true);
        },
        cli: (version, root) => {
            asked.push(`cli ${version}`);
            put(join(root, "bin", "pulumi"));
            put(join(root, "bin", "pulumi-language-nodejs"));
            return Promise.resolve();
        },
        provider: (cli, provider, version, home) => {
            asked.push(`${relative(directory, cli)} ${provider} ${version}`);
            put(join(home, "plugins", `resource-${provider}-v${version}`, `pulumi-resource-${provider}`));
            return Promise.resolve();
        },
        ...change,
    };
}

const files = () =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort();

void describe("Pulumi as Pulumi publishes it", () => {
    beforeEach(() => {
        rmSync(directory, { recursive: true, force: true });
    });
    after(() => {
        rmSync(directory, { recursive: true, force: true });
    });

    void it("is downloaded in the versions of the npm packages, the language host with the CLI, and only once", async () => {
        const first = installer();
        const found = await downloaded(published, undefined, { installer: first, directory });
        const cli = join(`pulumi-v${versionOf("pulumi")}`, "bin", "pulumi");
        assert.deepEqual(first.asked, [
            "reachable",
            `cli ${versionOf("pulumi")}`,
            ...["github", "kubernetes", "random"].map((name) => `${cli} ${name} ${versionOf(name)}`),
        ]);
        assert.deepEqual([...found.keys()], [...published]);
        for (const path of found.values()) assert.ok(existsSync(path), path);
        assert.ok(existsSync(join(dirname(found.get("pulumi") ?? ""), "pulumi-language-nodejs")));
        const second = installer();
        assert.deepEqual(await downloaded(published, undefined, { installer: second, directory }), found);
        assert.deepEqual(second.asked, []);
    });

    void it("is downloaded by the CLI that is installed, where one is", async () => {
        const { asked, ...theirs } = installer();
        await downloaded(["pulumi-resource-random"], join(directory, "theirs"), { installer: theirs, directory });
        assert.deepEqual(asked, ["reachable", `theirs random ${versionOf("random")}`]);
    });

    void it("is left out where it cannot be reached, which a line says", async () => {
        const lines: string[] = [];
        const unreachable = installer({ reachable: () => Promise.resolve(false) });
        const log = (line: string) => void lines.push(line);
        const found = await downloaded(published, undefined, { installer: unreachable, directory, log });
        assert.deepEqual([...found], []);
        assert.deepEqual(unreachable.asked, []);
        assert.match(lines.join("\n"), /^Pulumi's downloads cannot be reached: .* is built/);
        assert.ok(!existsSync(directory));
    });

    void it("leaves no half tool where a download breaks off, and the next one goes on", async () => {
        const lines: string[] = [];
        const breaking = installer({
            provider: (_, provider, version, home) => {
                put(join(home, "plugins", `resource-${provider}-v${version}`, "PulumiPlugin.yaml"));
                return Promise.reject(new Error("socket hang up"));
            },
        });
        const log = (line: string) => void lines.push(line);
        const found = await downloaded(published, undefined, { installer: breaking, directory, log });
        assert.deepEqual([...found.keys()], ["pulumi"]);
        assert.deepEqual(files(), ["pulumi", "pulumi-language-nodejs"]);
        assert.match(
            lines.join("\n"),
            /pulumi-resource-random could not be downloaded, so it is built: .*socket hang up/,
        );
        // What a download that was killed leaves.
        put(join(directory, ".download-abc", "plugins", "half"));
        const next = await downloaded(published, undefined, { installer: installer(), directory });
        assert.deepEqual([...next.keys()], [...published]);
        assert.ok(!files().includes("half"));
    });

    void it("is not taken for whole where something else was downloaded", async () => {
        const wrong = installer({
            cli: (_, root) => {
                put(join(root, "README"));
                return Promise.resolve();
            },
        });
        const found = await downloaded(["pulumi"], undefined, { installer: wrong, directory });
        assert.deepEqual([...found], []);
        assert.deepEqual(files(), []);
    });
});
