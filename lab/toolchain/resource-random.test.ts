import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { checkout } from "../paths.ts";
import { build, builtTool } from "./build.ts";
import { type Ask, values, withPlugin } from "./plugin.ts";

const npmPackage = join(checkout, "node_modules", "@pulumi", "random");
await build(["pulumi-resource-random"], console.error);
const plugin = builtTool("pulumi-resource-random");

/** What the engine keeps of a resource that it has the provider make. */
async function made(ask: Ask, type: string, inputs: Parameters<typeof values>[0]) {
    const configure = new provider.ConfigureRequest();
    configure.setAcceptsecrets(true);
    configure.setAcceptresources(true);
    configure.setArgs(values({}));
    await ask("configure", configure);
    const urn = `urn:pulumi:dev::p::random:index/${type[0]?.toLowerCase() ?? ""}${type.slice(1)}:${type}::one`;
    const check = new provider.CheckRequest();
    check.setUrn(urn);
    check.setNews(values(inputs));
    check.setRandomseed(Buffer.alloc(32, 1));
    const checked = await ask<provider.CheckResponse>("check", check);
    assert.deepEqual(checked.getFailuresList(), []);
    const create = new provider.CreateRequest();
    create.setUrn(urn);
    create.setProperties(checked.getInputs());
    const created = await ask<provider.CreateResponse>("create", create);
    return { id: created.getId(), state: created.getProperties()?.toJavaScript() ?? {} };
}

/** A secret travels as an envelope. */
const plain = (value: unknown) => (typeof value === "string" ? value : (value as { value: unknown }).value);
const isSecret = (value: unknown) =>
    (value as Record<string, unknown>)["4dabf18193072939515e22adb298388d"] === "1b47061264138c4ac30d75fd1eb44270";

void test("the plugin is of the version of @pulumi/random", async () => {
    const { version } = JSON.parse(readFileSync(join(npmPackage, "package.json"), "utf8")) as { version: string };
    await withPlugin(plugin, async (ask) => {
        const info = await ask<PluginInfo>("getPluginInfo", new empty.Empty());
        assert.equal(info.getVersion(), version);
    });
});

void test("the ID of RandomBytes is its value, in plain text", async () => {
    await withPlugin(plugin, async (ask) => {
        const { id, state } = await made(ask, "RandomBytes", { length: 32 });
        assert.equal(Buffer.from(id, "base64").length, 32);
        assert.equal(plain(state.base64), id);
        assert.ok(isSecret(state.base64), "the value itself is a secret");
        assert.ok(isSecret(state.hex));
    });
});

void test('the ID of RandomPassword is "none", and its value a secret', async () => {
    await withPlugin(plugin, async (ask) => {
        const { id, state } = await made(ask, "RandomPassword", { length: 64, special: false });
        assert.equal(id, "none");
        assert.match(String(plain(state.result)), /^[A-Za-z0-9]{64}$/);
        assert.ok(isSecret(state.result));
    });
});

void test("another keeper replaces", async () => {
    await withPlugin(plugin, async (ask) => {
        const { id, state } = await made(ask, "RandomPassword", { length: 64, keepers: { generation: "1" } });
        const diff = new provider.DiffRequest();
        diff.setId(id);
        diff.setUrn("urn:pulumi:dev::p::random:index/randomPassword:RandomPassword::one");
        diff.setOlds(values(state as Parameters<typeof values>[0]));
        diff.setNews(values({ length: 64, keepers: { generation: "2" } }));
        const answer = await ask<provider.DiffResponse>("diff", diff);
        assert.deepEqual(answer.getReplacesList(), ["keepers"]);
    });
});
