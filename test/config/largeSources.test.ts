import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { gitRepositorySpec } from "../../config/specs";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const own = { infrastructure: { branch: "main" }, apps: { branch: "main" } };

async function configOf(mono: object, path = "./deploy/dev") {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    useStackFile("Pulumi.dev.yaml", {
        "fluxcd:sources": { ...own, mono: { repository: "mono", branch: "main", ...mono } },
        "fluxcd:kustomizations": { mono: { source: "mono", path } },
    });
    return readConfig();
}

async function specOf(mono: object, path?: string) {
    const { mono: source } = (await configOf(mono, path)).sources;
    assert.ok(source);
    return gitRepositorySpec(source, { url: "", secret: undefined, provider: undefined, verification: undefined });
}

describe("The settings of a large source", () => {
    for (const [mono, expected] of [
        [{}, { timeout: "60s" }],
        [{ timeout: "10m" }, { timeout: "10m" }],
        [{ timeout: "1m30s" }, { timeout: "1m30s" }],
        [{ ignore: "*.psd\n/docs/\n!/docs/a.yaml\n" }, { timeout: "60s", ignore: "*.psd\n/docs/\n!/docs/a.yaml\n" }],
        [{ sparseCheckout: ["deploy", "./base"] }, { timeout: "60s", sparseCheckout: ["deploy", "./base"] }],
        [{ recurseSubmodules: true }, { timeout: "60s", recurseSubmodules: true }],
        [{ recurseSubmodules: false }, { timeout: "60s", recurseSubmodules: false }],
    ] as const) {
        it(`are in its GitRepository as Flux has them: ${JSON.stringify(mono)}`, async () => {
            assert.deepEqual(await specOf(mono), { url: "", ref: { branch: "main" }, interval: "1m", ...expected });
        });
    }

    it("are next to the comment of its verified signatures", async () => {
        const { mono } = (await configOf({ ignore: "*.psd" })).sources;
        assert.ok(mono);
        const verify = { mode: "HEAD" as const, keys: [] };
        const verification = { secret: "keys", ignore: "# signed" };
        const spec = gitRepositorySpec(
            { ...mono, verify },
            { url: "", secret: undefined, provider: undefined, verification },
        );
        assert.equal(spec.ignore, "*.psd\n# signed");
    });

    for (const [mono, key, says] of [
        [{ timeout: "1h" }, "timeout", "expected minutes and seconds, such as 10m"],
        [{ timeout: "1h30m" }, "timeout", "expected minutes and seconds, such as 10m"],
        [{ timeout: "0s" }, "timeout", "expected more than 0s"],
        [{ timeout: "soon" }, "timeout", "expected a duration"],
        [{ timeout: 600 }, "timeout", "expected string"],
        [{ ignore: "  " }, "ignore", "expected patterns, one a line"],
        [{ ignore: ["a"] }, "ignore", "expected string"],
        [{ sparseCheckout: [] }, "sparseCheckout", "expected at least one folder"],
        [{ sparseCheckout: ["/deploy"] }, "sparseCheckout.0", "expected a folder relative to the root"],
        [{ sparseCheckout: ["deploy/../x"] }, "sparseCheckout.0", "expected a folder without .."],
        [{ sparseCheckout: ["."] }, "sparseCheckout.0", "expected a folder relative to the root"],
        [{ sparseCheckout: [""] }, "sparseCheckout.0", "expected a folder relative to the root"],
        [{ sparseCheckout: "deploy" }, "sparseCheckout", "expected array"],
        [{ recurseSubmodules: "yes" }, "recurseSubmodules", "expected boolean"],
        [{ submodules: true }, "submodules", "there is no such key"],
    ] as const) {
        it(`are refused if Flux would not accept them: ${JSON.stringify(mono)}`, async () => {
            await assert.rejects(configOf(mono), refusal(`fluxcd:sources.mono.${key}`, says));
        });
    }

    for (const [folder, path] of [
        ["deploy", "./deploy/dev"],
        ["./deploy/", "deploy"],
        ["deploy/dev", "./deploy"],
        ["deploy", "."],
        ["deploy/dev", "./deploy/./dev/"],
    ] as const) {
        it(`accept a Kustomization at ${path} with only ${folder}`, async () => {
            assert.deepEqual((await specOf({ sparseCheckout: [folder] }, path)).sparseCheckout, [folder]);
        });
    }

    for (const [folder, path] of [
        ["deploy/prod", "./deploy/dev"],
        ["dep", "./deploy/dev"],
        ["deploy/dev/more", "./deploy/development"],
    ] as const) {
        it(`refuse a Kustomization at ${path} with only ${folder}`, async () => {
            const says = "is not in the folders of fluxcd:sources.mono.sparseCheckout";
            await assert.rejects(
                configOf({ sparseCheckout: [folder] }, path),
                refusal("fluxcd:kustomizations.mono.path", says),
            );
        });
    }
});
