import assert from "node:assert/strict";

import { stringify } from "yaml";

import { applied, assertApplied, kubectl, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { Clone } from "./support/git";
import { labEnvironment } from "./support/lab";
import { Project } from "./support/project";
import { assertSays } from "./support/promotion";
import { succeed, tail } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const branch = "health";
const folder = "infrastructure/overlays/dev";
const definition = "sealedsecrets.bitnami.com";
const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The kind of Sealed Secrets without its controller: nobody writes a status here but this test. */
const sealedSecrets = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: definition },
    spec: {
        group: "bitnami.com",
        names: {
            kind: "SealedSecret",
            plural: "sealedsecrets",
            singular: "sealedsecret",
            listKind: "SealedSecretList",
        },
        scope: "Namespaced",
        versions: [
            {
                ...{ name: "v1alpha1", served: true, storage: true, subresources: { status: {} } },
                schema: { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } },
            },
        ],
    },
};
const token = {
    apiVersion: "bitnami.com/v1alpha1",
    kind: "SealedSecret",
    metadata: { name: "token", namespace: "podinfo" },
    spec: { encryptedData: {} },
};

interface Status {
    readonly environments: readonly {
        readonly cluster: {
            readonly kustomizations: {
                readonly infrastructure: {
                    readonly unknownHealth?: { readonly kinds: string[]; readonly fix: string };
                };
            };
        };
    }[];
}

describe("the health of a kind that Flux does not know", () => {
    const wait = { timeout: "30s" };
    const checked = { ...wait, healthCheckExprs: [{ preset: "sealed-secrets" }] };
    let clone: Clone;
    let project: Project;
    let commit: string;

    const fileWith = (infrastructure: object) =>
        devFile(
            { "fluxcd:sources.infrastructure.branch": branch },
            { "fluxcd:kustomizations.infrastructure": infrastructure },
        );
    const synced = (status: string) => {
        const patch = JSON.stringify({ status: { conditions: [{ type: "Synced", status }] } });
        const object = ["sealedsecret", "token", "--subresource=status", "--type=merge", "--patch", patch];
        return kubectl("dev", "-n", "podinfo", "patch", ...object);
    };
    /** What `status` says of the infrastructure. */
    async function unknownHealth() {
        const { stdout } = await project.fluxcd("status", ["--stack", "dev", "--json"]);
        const [dev] = (JSON.parse(stdout) as Status).environments;
        return dev?.cluster.kustomizations.infrastructure.unknownHealth;
    }

    before(async () => {
        project = await Project.make();
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        const apply = 'kubectl --context dev apply -f - <<< "$0"';
        await succeed("bash", ["-c", apply, stringify(sealedSecrets)], { env: labEnvironment() });
        await kubectl("dev", "wait", "--for=condition=Established", `crd/${definition}`, "--timeout=60s");
        clone = await Clone.of("fluxcd-infrastructure");
        await clone.git("checkout", "--quiet", "-B", branch, "origin/main");
        clone.write(`${folder}/token.yaml`, stringify(token));
        clone.edit(`${folder}/kustomization.yaml`, (text) =>
            text.replace("resources:\n", "resources:\n  - token.yaml\n"),
        );
        await clone.git("add", "--all");
        await clone.git("commit", "--quiet", "-m", "A secret that nobody unseals");
        await clone.git("push", "--quiet", "--force", "origin", branch);
        commit = await clone.head();
    });

    after(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await clone.git("push", "--quiet", "origin", "--delete", branch);
        await kubectl("dev", "delete", "crd", definition, "--ignore-not-found");
    });

    it("is taken for good without a check, which only status tells", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await fileWith(wait));
        await assertApplied("dev", "infrastructure", `${branch}@sha1:${commit}`);
        const { kinds, fix } = (await unknownHealth()) ?? assert.fail("status says nothing");
        assert.deepEqual(kinds, ["SealedSecret.bitnami.com"]);
        assert.ok(fix.includes("healthCheckExprs[0].preset' sealed-secrets"), fix);
    });

    it("makes pulumi up fail with the preset, while nobody has handled the object", async () => {
        const result = await pulumi("up -y --skip-preview", "dev", await fileWith(checked));
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, [
            "Flux says of Kustomization flux-system/infrastructure: HealthCheckFailed: ",
            "SealedSecret/podinfo/token status: ",
        ]);
    });

    it("stays bad with a condition that is False", async () => {
        await synced("False");
        const result = await pulumi("up -y --skip-preview", "dev", await fileWith(checked));
        assert.notEqual(result.code, 0, tail(result.output));
        assert.equal((await applied("dev", "infrastructure")).ready?.status === "True", false);
    });

    it("is good once the condition is True, and status names the kind no more", async () => {
        await synced("True");
        // Flux looks again at its retryInterval, or when it is asked.
        await reconcile("dev", "kustomization", "infrastructure");
        await mustPulumi("up -y --skip-preview", "dev", await fileWith(checked));
        await assertApplied("dev", "infrastructure", `${branch}@sha1:${commit}`);
        assert.equal(await unknownHealth(), undefined);
    });
});
