import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";

import { type Config, readConfig } from "../../config";
import { customize } from "../../manifest/customize";
import { fluxManifest } from "../../clients/manifest";
import { startEngine } from "../support/engine";
import { scratchFolder } from "../support/scratch";
import { useStackFile } from "../support/stack";

const whole = readFileSync("test/fixtures/install.yaml", "utf8");

/** A piece of the manifest taken away or put in place of another, and whatever may come between. */
const anyDamage = fc.record({
    from: fc.nat(whole.length),
    length: fc.oneof(fc.constant(0), fc.nat(40), fc.nat(whole.length)),
    with: fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom(
            "\n---\n",
            "\n",
            ": ",
            "- ",
            "null",
            "{}",
            "[]",
            "*a",
            "&a ",
            "<<: *a",
            "!!binary ",
            "\t",
            "\u0000",
        ),
        fc.tuple(fc.nat(whole.length), fc.nat(200)).map(([at, length]) => whole.slice(at, at + length)),
    ),
});

describe("Any Flux manifest", () => {
    const file = join(scratchFolder(), "install.yaml");
    let config: Config;

    before(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest: file, logLevel: "debug" } });
        config = readConfig();
    });

    it("is read and accepts the options, or is refused with the key fluxcd:flux.manifest", async () => {
        const seen = { read: 0, refused: 0 };
        await fc.assert(
            fc.asyncProperty(fc.array(anyDamage, { maxLength: 3 }), async (damages) => {
                const text = damages.reduce(
                    (so, { from, length, with: other }) => so.slice(0, from) + other + so.slice(from + length),
                    whole,
                );
                writeFileSync(file, text);
                const manifest = await fluxManifest(config);
                if ("key" in manifest) {
                    seen.refused++;
                    assert.equal(manifest.key, "fluxcd:flux.manifest");
                    return;
                }
                seen.read++;
                const { problems } = customize(manifest, config.flux.options, "dev");
                assert.ok(problems.every(({ key }) => key.startsWith("fluxcd:flux")));
            }),
            { numRuns: 300 },
        );
        assert.ok(seen.read > 20 && seen.refused > 50, JSON.stringify(seen));
    });
});
