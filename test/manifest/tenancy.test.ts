import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { customized, newArguments } from "../support/customized";
import { startEngine } from "../support/engine";
import { releaseObjects } from "../support/release";
import { useStackFile } from "../support/stack";

const apart = "--no-cross-namespace-refs=true";

describe("The lockdown for several tenants", () => {
    for (const [multitenancy, account] of [
        [true, "default"],
        ["tenant", "tenant"],
    ] as const) {
        it(`set to ${String(multitenancy)} closes what Flux's documentation closes, with the account ${account}`, () => {
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

    it("closes remote bases alone where source URLs are limited, which are sources too", () => {
        assert.deepEqual(newArguments(customized({ sourceUrls: ["https://github.com/misua"] })), {
            "kustomize-controller": ["--no-remote-bases=true"],
        });
    });

    it("closes nothing when it is off", () => {
        assert.deepEqual(customized({ multitenancy: false }), releaseObjects());
    });

    it("lets the program's own Kustomizations apply as Flux's account, unless they name another", async () => {
        const { infrastructure, apps } = await configOf({ multitenancy: true });
        assert.equal(infrastructure?.serviceAccountName, "kustomize-controller");
        assert.equal(apps?.serviceAccountName, "apps-reconciler");
    });

    it("leaves their account alone when it is off", async () => {
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
