import assert from "node:assert/strict";

import { appliedRevision } from "../../domain/outputs";
import { applied, assertApplied, podinfo } from "./support/cluster";
import { standIn, traffic } from "./support/github";
import { Clone } from "./support/git";
import { alone } from "./support/promotion";
import { report, reportTraffic } from "./support/report";
import { tail } from "./support/run";
import { configFile, mustPulumi, outputs, plannedSteps, pulumi } from "./support/stack";

const overlay = "apps/overlays/staging/podinfo/kustomization.yaml";

/** Only the apps' tag is another one. What dev says of it is not asked here. */
function promoted(tag: string, more: object = {}, kustomization: object = {}): string[] {
    const changed = { "fluxcd:sources.apps": { tag, ...more }, "fluxcd:kustomizations.apps": kustomization };
    return ["--config-file", configFile("staging", alone, changed)];
}

const rollback = { rollback: true, reason: "the test goes back" };

describe("a promotion is one changed value", () => {
    let clone: Clone;
    let infrastructure: string | undefined;
    const commits = new Map<string, string>();

    /** A commit on main with another message for podinfo in staging, and its tag. */
    async function release(tag: string): Promise<void> {
        clone.edit(overlay, (text) => text.replace(/PODINFO_UI_MESSAGE=.*/, `PODINFO_UI_MESSAGE=${tag}`));
        commits.set(tag, await clone.push(`Release ${tag}`));
        await clone.tag(tag);
    }

    const revision = (tag: string) => `${tag}@sha1:${commits.get(tag) ?? ""}`;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        await release("staging-v1.2.3");
        await release("staging-v1.2.30");
        ({ revision: infrastructure } = await applied("staging", "infrastructure"));
    });

    it("whose preview names only the objects that carry it", async () => {
        const steps = await plannedSteps("staging", promoted("staging-v1.2.30"));
        const changed = Object.entries(steps).filter(([, op]) => op !== "same" && op !== "read");
        assert.deepEqual(changed.sort(), [
            ["apps-kustomization", "update"],
            ["apps-source", "update"],
            ["fluxcd:flux:Source apps", "update"],
            ["release", "update"],
        ]);
    });

    it("that up applies, to the commit behind the annotated tag", async () => {
        await standIn.forget();
        const { seconds } = await mustPulumi("up -y", "staging", promoted("staging-v1.2.30"));
        const { reads, writes } = await traffic();
        reportTraffic("promotion", seconds, reads, writes.length);
        assert.equal(writes.length, 0);
        await assertApplied("staging", "apps", revision("staging-v1.2.30"));
        const found = await outputs("staging");
        assert.equal(found.sources.apps.tag, "staging-v1.2.30");
        assert.equal(appliedRevision(found, "apps"), revision("staging-v1.2.30"));
    });

    it("that takes 1.2.3 for another tag than 1.2.30", async () => {
        await mustPulumi("up -y", "staging", promoted("staging-v1.2.3", rollback));
        await assertApplied("staging", "apps", revision("staging-v1.2.3"));
    });

    it("that leaves infrastructure alone", async () => {
        assert.equal((await applied("staging", "infrastructure")).revision, infrastructure);
    });

    it("that is refused for a tag that is not there", async () => {
        const { code, output } = await pulumi("preview", "staging", promoted("staging-v9.9.9"));
        assert.notEqual(code, 0);
        assert.match(output, /fluxcd:sources\.apps\.tag is "staging-v9\.9\.9"/);
        assert.match(output, /git -C fluxcd-apps tag -a staging-v9\.9\.9/);
    });

    describe("to a release that does not work", () => {
        const timeout = { timeout: "20s", retryInterval: "10s" };

        it("fails in time with Flux's own words where it cannot be applied", async () => {
            clone.edit(overlay, (text) => text + misnamed);
            await release("staging-v1.3.0");
            const { code, output, seconds } = await pulumi("up -y", "staging", promoted("staging-v1.3.0", {}, timeout));
            report("promotion that cannot be applied", seconds);
            assert.notEqual(code, 0);
            assert.match(output, /error: apps-kustomization: Flux says .*ReconciliationFailed/, tail(output));
            assert.match(output, /Invalid value: "not a name"/, tail(output));
            assert.ok(seconds < 120, `${seconds} s`);
        });

        it("fails in time with Flux's own words where it does not become healthy", async () => {
            clone.edit(overlay, (text) => text.replace(misnamed, tooLarge));
            await release("staging-v1.3.1");
            const { code, output, seconds } = await pulumi("up -y", "staging", promoted("staging-v1.3.1", {}, timeout));
            report("promotion that does not become healthy", seconds);
            assert.notEqual(code, 0);
            assert.match(output, /error: apps-kustomization: Flux says .*HealthCheckFailed: .*podinfo/, tail(output));
            assert.ok(seconds < 120, `${seconds} s`);
        });

        it("goes on with the next release", async () => {
            clone.edit(overlay, (text) => text.replace(tooLarge, ""));
            await release("staging-v1.3.2");
            await mustPulumi("up -y", "staging", promoted("staging-v1.3.2"));
            await assertApplied("staging", "apps", revision("staging-v1.3.2"));
            const { spec, status } = await podinfo("staging");
            assert.deepEqual([spec.replicas, status.availableReplicas], [2, 2]);
        });

        it("goes back to the release as committed in the same way, given a reason", async () => {
            await mustPulumi("up -y", "staging", promoted("staging-v1.0.0", rollback));
            assert.match((await applied("staging", "apps")).revision ?? "", /^staging-v1\.0\.0@sha1:/);
        });

        it("needs the reason no longer once it is there", async () => {
            await mustPulumi("up -y", "staging");
            assert.equal((await outputs("staging")).sources.apps.exemption, undefined);
        });
    });
});

/** A name that the API server refuses. */
const misnamed = `patches:
  - target:
      kind: Deployment
      name: podinfo
    patch: |
      - op: replace
        path: /spec/template/spec/containers/0/name
        value: not a name
`;

/** More memory than the namespace's quota has, so that its pods are never made. */
const tooLarge = `patches:
  - target:
      kind: Deployment
      name: podinfo
    patch: |
      - op: replace
        path: /spec/template/spec/containers/0/resources/requests/memory
        value: 64Gi
      - op: replace
        path: /spec/template/spec/containers/0/resources/limits/memory
        value: 64Gi
`;
