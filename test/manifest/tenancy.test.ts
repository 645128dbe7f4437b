import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { customized, newArguments } from "../support/customized";
import { startEngine } from "../support/engine";
import { releaseObjects } from "../support/release";
import { useStackFile } from "../support/stack";

const apart = "--no-cross-namespace-refs=true";

describe("The multitenancy lockdown", () => {
    for (const [multitenancy, account] of [
        [true, "default"],
        ["tenant", "tenant"],
    ] as const) {
        it(`with ${String(multitenancy)} sets the flags of Flux's documentation, with default account ${account}`, () => {
            assert.deepEqual(newArguments(customized({ multitenancy })), {
                "kustomize-controller": ["--no-remote-bases=true", apart, `--default-service-account=${account}`],
                "helm-controller": [apart, `--default-service-account=${account}`],
                "notification-controller": [apart],
                "image-reflector-controller": [apart],
                "image-automation-controller": [apart],
                "source-watcher": [apart],
            });
        });
    }

    it("blocks only remote bases if source URLs are limited, because a remote base is also a source", () => {
        assert.deepEqual(newArguments(customized({ sourceUrls: ["https://github.com/misua"] })), {
            "kustomize-controller": ["--no-remote-bases=true"],
        });
    });

    it("changes nothing if it is off", () => {
        assert.deepEqual(customized({ multitenancy: false }), releaseObjects());
    });

    it("lets the program's Kustomizations apply as Flux's account, unless they name another account", async () => {
        const { infrastructure, apps } = await configOf({ multitenancy: true });
        assert.equal(infrastructure?.serviceAccountName, "kustomize-controller");
        assert.equal(apps?.serviceAccountName, "apps-reconciler");
    });

    it("sets no service account on the program's Kustomizations if it is off", async () => {
        const { infrastructure } = await configOf({});
        assert.ok(infrastructure);
        assert.equal(infrastructure.serviceAccountName, undefined);
    });
});

async function configOf(flux: object) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("production");
    useStackFile("Pulumi.production.yaml", { "fluxcd:flux": flux });
    return readConfig().kustomizations;
}
