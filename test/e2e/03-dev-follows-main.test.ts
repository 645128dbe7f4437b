import assert from "node:assert/strict";

import { applied, assertApplied, exists, get, kubectl, podinfo, reconcile } from "./support/cluster";
import { Clone } from "./support/git";
import { report } from "./support/report";
import { waitFor } from "./support/run";

const overlay = "apps/overlays/dev/podinfo";
const extra = `apiVersion: v1
kind: ConfigMap
metadata:
  name: extra
  namespace: podinfo
data:
  purpose: is taken out again
`;

const quota = `apiVersion: v1
kind: ResourceQuota
metadata:
  name: no-limits
  namespace: podinfo
spec:
  hard:
    pods: "1000"
`;

describe("dev follows main", () => {
    let clone: Clone;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
    });

    it("applies a push within the source interval, with no further command", async () => {
        clone.edit(`${overlay}/kustomization.yaml`, (text) =>
            text.replace("podinfo in dev", "a change on main").replace("resources:\n", "resources:\n  - extra.yaml\n"),
        );
        clone.write(`${overlay}/extra.yaml`, extra);
        // The token's user administers the repository, so main takes the push without a pull request.
        const commit = await clone.push("Change podinfo's message");
        const pushed = performance.now();
        // The interval is a minute; the rest is for fetching, applying and waiting for the rollout.
        await waitFor("the push is applied", 60 + 60, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        report("push to main until applied", (performance.now() - pushed) / 1000);
    });

    it("runs podinfo with the pushed setting", async () => {
        const { items } = await get<{ items: { metadata: { name: string }; data?: Record<string, string> }[] }>(
            "dev",
            "-n",
            "podinfo",
            "configmaps",
        );
        const messages = items.map(({ data }) => data?.PODINFO_UI_MESSAGE).filter(Boolean);
        assert.ok(messages.includes("a change on main"), messages.join(", "));
        assert.ok(items.some(({ metadata }) => metadata.name === "extra"));
    });

    it("refuses to have main rewritten, also by an administrator", async () => {
        const { code, output } = await clone.tryGit("push", "--force", "origin", "HEAD~1:main");
        assert.notEqual(code, 0, output);
    });

    it("brings back what is deleted in the cluster, when Flux reconciles", async () => {
        await kubectl("dev", "-n", "podinfo", "delete", "service", "podinfo", "--wait");
        await reconcile("dev", "kustomization", "apps");
        assert.ok(await exists("dev", "-n", "podinfo", "service", "podinfo"));
    });

    it("takes back what is edited in the cluster, when Flux reconciles", async () => {
        const { spec } = await podinfo("dev");
        await kubectl("dev", "-n", "podinfo", "set", "image", "deployment/podinfo", "podinfo=example.com/other:1.0.0");
        await kubectl("dev", "-n", "podinfo", "scale", "deployment/podinfo", "--replicas=3");
        await reconcile("dev", "kustomization", "apps");
        const after = await podinfo("dev");
        assert.equal(after.spec.template.spec.containers[0]?.image, spec.template.spec.containers[0]?.image);
        assert.equal(after.spec.replicas, 1);
    });

    it("deletes from the cluster what is deleted in Git", async () => {
        clone.edit(`${overlay}/kustomization.yaml`, (text) => text.replace("  - extra.yaml\n", ""));
        clone.remove(`${overlay}/extra.yaml`);
        const commit = await clone.push("Take the extra settings out");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("the deletion is applied", 60, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        assert.equal(await exists("dev", "-n", "podinfo", "configmap", "extra"), false);
        assert.ok(await exists("dev", "-n", "podinfo", "deployment", "podinfo"));
    });

    it("applies the apps with the rights of apps, which end before quotas", async () => {
        clone.edit(`${overlay}/kustomization.yaml`, (text) =>
            text.replace("resources:\n", "resources:\n  - quota.yaml\n"),
        );
        clone.write(`${overlay}/quota.yaml`, quota);
        await clone.push("Lift the quota");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("the quota is refused", 90, async () => {
            const { ready } = await applied("dev", "apps");
            assert.equal(ready?.status, "False");
            assert.match(ready.message, /system:serviceaccount:flux-system:apps-reconciler" cannot/);
        });
        await clone.git("revert", "--no-edit", "HEAD");
        await clone.git("push", "--quiet", "origin", "HEAD:main");
        await reconcile("dev", "gitrepository", "apps");
        const commit = await clone.head();
        await waitFor("dev is ready again", 90, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
    });

    it("leaves infrastructure where it stood", async () => {
        assert.equal((await applied("dev", "infrastructure")).ready?.status, "True");
    });
});
