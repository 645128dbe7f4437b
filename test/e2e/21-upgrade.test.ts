import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseAllDocuments, stringify } from "yaml";

import { assertAvailable, get, kubectl } from "./support/cluster";
import { devFile, workloads } from "./support/dev";
import { assertNoWrites, standIn } from "./support/github";
import { controllers, labFile } from "./support/lab";
import { report } from "./support/report";
import { tail, waitFor } from "./support/run";
import { mustPulumi, plannedSteps, pulumi, scratch } from "./support/stack";

const older = { "fluxcd:fluxVersion": "v2.9.4" };

const stored = `
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: upgrade, namespace: default }
spec:
  interval: 1h
  suspend: true
  chart: { spec: { chart: upgrade, sourceRef: { kind: HelmRepository, name: upgrade } } }
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: { name: upgrade, namespace: default }
spec: { suspend: true, providerRef: { name: upgrade }, eventSources: [{ kind: HelmRelease, name: upgrade }] }
`;

const helmReleases = "helmreleases.helm.toolkit.fluxcd.io";

interface Definition {
    kind: string;
    metadata: { name: string };
    spec: { versions: { name: string; storage: boolean }[] };
}

/** A release that stores HelmReleases in a version of its own. */
function nextManifest(): string {
    const text = readFileSync(labFile("releases", "v2.9.5", "install.yaml"), "utf8");
    const objects = parseAllDocuments(text).map((document) => document.toJS() as Definition);
    const definition = objects.find(
        ({ kind, metadata }) => kind.endsWith("Definition") && metadata.name === helmReleases,
    );
    const [current] = definition?.spec.versions ?? [];
    assert.ok(definition && current);
    definition.spec.versions = [
        { ...current, storage: false },
        { ...current, name: "v3" },
    ];
    const file = join(mkdtempSync(join(scratch, "manifest-")), "install.yaml");
    writeFileSync(file, objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join("---\n"));
    return file;
}

/** The program that runs as helm-controller. */
async function program(): Promise<string> {
    return waitFor("helm-controller runs", 60, async () => {
        const found = (await controllers()).find((it) => it.cluster === "dev" && it.deployment === "helm-controller");
        assert.ok(found?.ready && found.pid !== undefined);
        return readlinkSync(`/proc/${found.pid}/exe`);
    });
}

async function objects(): Promise<string[]> {
    const found = await Promise.all(
        ["helmrelease", "alert"].map((kind) =>
            get<{ metadata: { uid: string; generation: number } }>("dev", "-n", "default", kind, "upgrade"),
        ),
    );
    return found.map(({ metadata: { uid, generation } }) => `${uid} ${generation}`);
}

describe("Flux upgraded and rolled back", () => {
    const atStart = { program: "", workloads: [""], objects: [""] };

    const assertSurvived = async () => {
        assert.deepEqual(await workloads(), atStart.workloads);
        assert.deepEqual(await objects(), atStart.objects);
    };

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await assertAvailable("dev", 1);
        const file = join(mkdtempSync(join(scratch, "stored-")), "stored.yaml");
        writeFileSync(file, stored);
        await kubectl("dev", "apply", "-f", file);
        Object.assign(atStart, { program: await program(), workloads: await workloads(), objects: await objects() });
    });
    after(async () => {
        await kubectl("dev", "-n", "default", "delete", "helmrelease,alert", "upgrade");
    });

    it("the preview says which controllers change, and changes those alone", async () => {
        const { output } = await mustPulumi("preview", "dev", await devFile(older));
        assert.match(output, /Flux in dev becomes v2\.9\.4:\n\s+helm-controller v1\.6\.4 -> v1\.6\.3\n(?!.*CRD)/);
        const changed = Object.entries(await plannedSteps("dev", await devFile(older))).filter(
            ([, op]) => op !== "same",
        );
        assert.deepEqual(
            changed.filter(([, op]) => op !== "read"),
            [
                ["fluxcd-dev", "update"],
                ["flux-deployment-helm-controller", "update"],
            ].filter(([name]) => changed.some(([it]) => it === name)),
        );
        assert.ok(changed.some(([name]) => name === "flux-deployment-helm-controller"));
    });

    it("goes back to the release before, and only its controller is another one", async () => {
        const { seconds } = await mustPulumi("up -y --skip-preview", "dev", await devFile(older));
        report("rollback of Flux by one release", seconds);
        assert.notEqual(await program(), atStart.program);
        await assertSurvived();
    });

    it("has nothing more to do then", async () => {
        await standIn.forget();
        const { output } = await mustPulumi("up -y --skip-preview --expect-no-changes", "dev", await devFile(older));
        assert.doesNotMatch(output, /becomes/);
        await assertNoWrites();
    });

    it("takes a release that stores its objects in another version, and says so before", async () => {
        const next = await devFile({ "fluxcd:flux.manifest": nextManifest() });
        const { output } = await mustPulumi("up -y --skip-preview", "dev", next);
        assert.match(
            output,
            new RegExp(`helm-controller v1.6.3 -> v1.6.4\\n\\s+CRD ${helmReleases} v3 added`),
            tail(output),
        );
        assert.equal(await program(), atStart.program);
        await assertSurvived();
    });

    for (const command of ["preview", "up -y --skip-preview"]) {
        it(`is refused by ${command} a release that could not read them`, async () => {
            const { code, output } = await pulumi(command, "dev", await devFile());
            assert.notEqual(code, 0);
            assert.match(output, /may have objects stored as v3, and in this release it has only v2/, tail(output));
            assert.match(output, /fix: flux migrate --context dev/);
            await assertSurvived();
        });
    }

    it("takes it once they are migrated", async () => {
        // What `flux migrate` does: https://github.com/fluxcd/flux2/blob/v2.9.5/cmd/flux/migrate.go
        const storage = [0, 1].map((at) => ({ op: "replace", path: `/spec/versions/${at}/storage`, value: at === 0 }));
        await kubectl("dev", "patch", "crd", helmReleases, "--type=json", "-p", JSON.stringify(storage));
        await kubectl("dev", "-n", "default", "label", "helmrelease", "upgrade", "migrated=yes");
        const status = { status: { storedVersions: ["v2"] } };
        const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify(status)];
        await kubectl("dev", "patch", "crd", helmReleases, ...patch);

        const { output } = await mustPulumi("up -y --skip-preview", "dev", await devFile());
        assert.match(output, new RegExp(`CRD ${helmReleases} v3 removed`), tail(output));
        await assertSurvived();
        await mustPulumi("preview --expect-no-changes", "dev", await devFile());
    });

    it("is refused without a component whose objects are there, by name", async () => {
        const components = ["source-controller", "kustomize-controller", "helm-controller"];
        const { code, output } = await pulumi(
            "preview",
            "dev",
            await devFile({ "fluxcd:flux.components": components }),
        );
        assert.notEqual(code, 0);
        assert.match(output, /Kubernetes would delete every Alert: default\/upgrade/, tail(output));
    });
});
