import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { checkout } from "../paths.ts";
import { build, builtTool } from "./build.ts";

const npmPackage = join(checkout, "node_modules", "@pulumi", "github");
await build(["pulumi-resource-github"], console.error);
const plugin = builtTool("pulumi-resource-github");

void test("the plugin is of the version of @pulumi/github", async () => {
    const { version } = JSON.parse(await readFile(join(npmPackage, "package.json"), "utf8")) as { version: string };
    assert.equal((await execa(plugin, ["-version"], { all: true })).all, version);
});

void test("the plugin serves every resource and function of @pulumi/github", async () => {
    const { stdout } = await execa(plugin, ["-get-provider-info"]);
    const info = JSON.parse(stdout) as Record<"resources" | "dataSources", Record<string, { tok: string }>>;
    const served = new Set(
        [...Object.values(info.resources), ...Object.values(info.dataSources)].map(({ tok }) => tok),
    );
    const wanted = new Set<string>();
    for await (const file of glob("*.js", { cwd: npmPackage })) {
        const text = await readFile(join(npmPackage, file), "utf8");
        for (const [token] of text.matchAll(/github:index\/\w+:\w+/g)) wanted.add(token);
    }
    assert.ok(wanted.size > 100, `only ${wanted.size} types found in ${npmPackage}`);
    assert.deepEqual(
        [...wanted].filter((token) => !served.has(token)),
        [],
    );
});
