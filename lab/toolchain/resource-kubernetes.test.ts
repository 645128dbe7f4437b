import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { checkout } from "../paths.ts";
import { build, builtTool } from "./build.ts";
import { values, withPlugin } from "./plugin.ts";

const npmPackage = join(checkout, "node_modules", "@pulumi", "kubernetes");
await build(["pulumi-resource-kubernetes"], console.error);
const plugin = builtTool("pulumi-resource-kubernetes");

void test("the plugin is of the version of @pulumi/kubernetes", async () => {
    const { version } = JSON.parse(readFileSync(join(npmPackage, "package.json"), "utf8")) as { version: string };
    await withPlugin(plugin, async (ask) => {
        const info = await ask<PluginInfo>("getPluginInfo", new empty.Empty());
        assert.equal(info.getVersion(), version);
    });
});

void test("the plugin checks its configuration as the official one does: another context alone replaces nothing", async () => {
    await withPlugin(plugin, async (ask) => {
        const diff = new provider.DiffRequest();
        diff.setUrn("urn:pulumi:dev::p::pulumi:providers:kubernetes::kubernetes");
        diff.setOlds(values({ context: "dev", version: "4.34.2" }));
        diff.setNews(values({ context: "staging", version: "4.34.2" }));
        const answer = await ask<provider.DiffResponse>("diffConfig", diff);
        assert.deepEqual(answer.getReplacesList(), []);
        assert.deepEqual(answer.getDiffsList(), ["context"]);
    });
});
