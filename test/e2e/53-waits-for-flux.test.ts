import assert from "node:assert/strict";

import { applied, assertApplied } from "./support/cluster";
import { Clone } from "./support/git";
import { alone, assertSays, standing } from "./support/promotion";
import { tail, waitFor } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const infrastructure = { tag: "staging-v71.0.0" };
const overlay = "apps/overlays/staging/kustomization.yaml";
const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: shop
`;

/** What staging stands on, with five minutes for the apps to become healthy. */
const on = (tag: string) =>
    standing("staging", {
        ...{ infrastructure, apps: { tag } },
        set: { ...alone, "fluxcd:kustomizations.apps": { serviceAccountName: "apps-reconciler", timeout: "5m" } },
    });

describe("an update that waits for Flux", () => {
    let clone: Clone;

    before(async () => {
        await (await Clone.of("fluxcd-infrastructure")).tag(infrastructure.tag);
        clone = await Clone.of("fluxcd-apps");
        await clone.tag("staging-v71.0.0");
        await mustPulumi("up -y --skip-preview", "staging", on("staging-v71.0.0"));
    });

    const released = async (tag: string, change: () => void): Promise<string> => {
        change();
        const commit = await clone.push(tag);
        await clone.tag(tag);
        return commit;
    };

    it("ends long before the timeout if the apps' account may not make what is in the overlay", async () => {
        await released("staging-v71.1.0", () => {
            clone.write("apps/overlays/staging/namespace.yaml", namespace);
            clone.edit(overlay, (text) => text.replace("resources:\n", "resources:\n  - namespace.yaml\n"));
        });
        const result = await pulumi("up -y --skip-preview", "staging", on("staging-v71.1.0"));
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, [
            "Flux says of Kustomization flux-system/apps: ReconciliationFailed: ",
            'namespaces "shop" is forbidden: User "system:serviceaccount:flux-system:apps-reconciler"',
        ]);
        assert.ok(result.seconds < 150, `it took ${result.seconds} s of 300 s`);
    });

    it("ends long before the timeout if the overlay does not build", async () => {
        await released("staging-v71.2.0", () => {
            clone.edit(overlay, (text) => text.replace("  - namespace.yaml\n", "  - gone.yaml\n"));
            clone.remove("apps/overlays/staging/namespace.yaml");
        });
        const result = await pulumi("up -y --skip-preview", "staging", on("staging-v71.2.0"));
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, ["Flux says of Kustomization flux-system/apps: BuildFailed: "]);
        assert.ok(result.seconds < 150, `it took ${result.seconds} s of 300 s`);
    });

    it("waits on for apps that become healthy after the provider's own wait", async () => {
        const commit = await released("staging-v71.3.0", () => {
            clone.edit(overlay, (text) => text.replace("  - gone.yaml\n", ""));
            clone.edit("apps/overlays/staging/podinfo/kustomization.yaml", (text) =>
                text.replace(
                    /$/,
                    "\npatches:\n  - target: { kind: Deployment }\n    patch: |-\n      - { op: add, path: /spec/minReadySeconds, value: 25 }\n      - { op: add, path: /spec/template/metadata/labels/waits, value: shop }\n",
                ),
            );
        });
        const result = await mustPulumi("up -y --skip-preview", "staging", on("staging-v71.3.0"));
        assertSays(result, ["retrying update due to on-error hook request (1/100)"]);
        assert.doesNotMatch(result.output, /\(2\/100\)|error:/);
        await assertApplied("staging", "apps", `staging-v71.3.0@sha1:${commit}`);
    });

    it("leaves nothing to do", async () => {
        await mustPulumi("preview --expect-no-changes", "staging", on("staging-v71.3.0"));
        await waitFor("the apps of staging are ready", 60, async () => {
            assert.equal((await applied("staging", "apps")).ready?.status, "True");
        });
    });
});
