import assert from "node:assert/strict";

import { count, tryOut } from "./support/admission";
import { kubectl } from "./support/cluster";
import { devFile } from "./support/dev";
import { labEnvironment } from "./support/lab";
import { run } from "./support/run";
import { mustPulumi } from "./support/stack";

const appsReconciler = "system:serviceaccount:flux-system:apps-reconciler";

describe("an account that may make objects of Flux, but not everything", () => {
    const sourceRef = (namespace?: string) => ({
        kind: "GitRepository",
        name: "it",
        ...(namespace !== undefined && { namespace }),
    });
    const object = (apiVersion: string, kind: string, spec: object, namespace = "podinfo") => ({
        apiVersion,
        kind,
        metadata: { name: "it", namespace },
        spec,
    });
    const kustomization = (spec: object, namespace?: string) => {
        const basic = { interval: "1h", path: ".", prune: true, suspend: true };
        return object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", { ...basic, ...spec }, namespace);
    };
    const helmRelease = (spec: object) =>
        object("helm.toolkit.fluxcd.io/v2", "HelmRelease", { interval: "1h", suspend: true, ...spec });
    const alert = (namespace?: string) =>
        object("notification.toolkit.fluxcd.io/v1beta3", "Alert", {
            providerRef: { name: "it" },
            eventSources: [{ kind: "Kustomization", name: "it" }, { ...sourceRef(namespace) }],
        });
    const serviceAccountName = "deployer";
    const chart = (namespace?: string) => ({
        spec: { chart: "it", sourceRef: { ...sourceRef(namespace), kind: "HelmRepository" } },
    });
    const resources = ["kustomizations.kustomize", "helmreleases.helm", "alerts.notification"];
    const role = ["--verb=*", `--resource=${resources.map((it) => `${it}.toolkit.fluxcd.io`).join(",")}`];

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        for (const namespace of ["podinfo", "flux-system"]) {
            await kubectl("dev", "-n", namespace, "create", "role", "flux-objects", ...role);
            const binding = ["--role=flux-objects", "--serviceaccount=flux-system:apps-reconciler"];
            await kubectl("dev", "-n", namespace, "create", "rolebinding", "flux-objects", ...binding);
            const edit = ["developers", "--clusterrole=edit", "--user=developer"];
            await kubectl("dev", "-n", namespace, "create", "rolebinding", ...edit);
        }
    });

    after(async () => {
        for (const namespace of ["podinfo", "flux-system"]) {
            await kubectl("dev", "-n", namespace, "delete", "role/flux-objects", "rolebinding/flux-objects");
            await kubectl("dev", "-n", namespace, "delete", "rolebinding", "developers");
        }
    });

    const asApps = (objects: readonly object[]) => tryOut(objects, `--as=${appsReconciler}`);

    it("cannot refer to another namespace", async () => {
        const objects = [
            kustomization({ sourceRef: sourceRef("flux-system"), serviceAccountName }),
            helmRelease({ chart: chart("flux-system"), serviceAccountName }),
            helmRelease({
                chartRef: { kind: "OCIRepository", name: "it", namespace: "flux-system" },
                serviceAccountName,
            }),
            alert("flux-system"),
        ];
        const { output } = await asApps(objects);
        const says = `${appsReconciler} cannot refer to another namespace, which is flux-system`;
        assert.equal(count(output, says), objects.length, output);
    });

    it("cannot have Flux apply with more rights than an account of its namespace has", async () => {
        const { output } = await asApps([
            kustomization({ sourceRef: sourceRef() }),
            helmRelease({ chart: chart() }),
            kustomization({ sourceRef: sourceRef(), serviceAccountName: "kustomize-controller" }, "flux-system"),
        ]);
        assert.equal(count(output, `${appsReconciler} must name a serviceAccountName`), 2, output);
        assert.equal(count(output, `${appsReconciler} cannot have Flux apply anything from namespace flux-system`), 1);
    });

    it("can do the same within its namespace", async () => {
        const { code, output } = await asApps([
            kustomization({ sourceRef: sourceRef("podinfo"), serviceAccountName }),
            helmRelease({ chart: chart(), serviceAccountName }),
            alert(),
        ]);
        assert.equal(code, 0, output);
    });

    it("is a person's too: the role edit has the kinds of Flux, and lets suspend them", async () => {
        const developer = "--as=developer";
        const { output } = await tryOut([kustomization({ sourceRef: sourceRef() })], developer);
        assert.match(output, /developer must name a serviceAccountName/);
        const patch = [
            "-n",
            "flux-system",
            "patch",
            "kustomization",
            "infrastructure",
            "--type=merge",
            "--dry-run=server",
        ];
        await kubectl("dev", ...patch, developer, "-p", '{"spec":{"suspend":true}}');
        const path = ["--context", "dev", ...patch, developer, "-p", '{"spec":{"path":"./elsewhere"}}'];
        const refused = await run("kubectl", path, { env: labEnvironment() });
        assert.match(refused.output, /developer cannot have Flux apply anything from namespace flux-system/);
    });

    it("is not who may do everything", async () => {
        const administrator = "--as=system:serviceaccount:flux-system:kustomize-controller";
        const { code, output } = await tryOut([kustomization({ sourceRef: sourceRef("flux-system") })], administrator);
        assert.equal(code, 0, output);
    });
});
