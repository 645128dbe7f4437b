import assert from "node:assert/strict";

import { lostBetween } from "../../../cli/release/manifestObjects";
import { type AtBoth, deletion, removalNote, removedLate } from "../../../cli/release/operators";
import { overlayDiff } from "../../../cli/release/overlayDiff";
import { history } from "../tools/commits";

const object = (apiVersion: string, kind: string, name: string, namespace?: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace === undefined ? "" : `  namespace: ${namespace}\n`}`;
const all = (...objects: string[]) => objects.join("---\n");

const release = object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "cert-manager", "cert-manager");
const operator = object("apps/v1", "Deployment", "operator", "system");
const definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "issuers.cert-manager.io");
const issuer = object("cert-manager.io/v1", "Issuer", "own", "podinfo");
const clusterIssuer = object("cert-manager.io/v1", "ClusterIssuer", "own");
const gatewayClass = object("gateway.networking.k8s.io/v1", "GatewayClass", "envoy");
const map = object("v1", "ConfigMap", "a", "podinfo");

const first = (before: string, after: string): AtBoth => ({ name: "infrastructure", needs: [], before, after });
const second = (before: string, after: string): AtBoth => ({
    ...{ name: "infrastructure-configs", needs: ["infrastructure"], before, after },
});
const late = (...kustomizations: AtBoth[]) => {
    const found = removedLate(kustomizations);
    return found && { ...found, objects: found.objects.map(({ words }) => words) };
};

describe("Objects that a release removes after their operator", () => {
    for (const [what, lost, words] of [
        ["its HelmRelease", release, "HelmRelease cert-manager/cert-manager"],
        ["its Deployment", operator, "Deployment system/operator"],
        ["its definition", definition, "CustomResourceDefinition issuers.cert-manager.io"],
    ] as const) {
        it(`are those that go together with ${what}`, () => {
            assert.deepEqual(late(first(all(lost, map), map), second(all(issuer, clusterIssuer), clusterIssuer)), {
                operators: [words],
                objects: ["Issuer podinfo/own"],
            });
        });
    }

    it("are those of every Kustomization behind the operator, also over others", () => {
        const third = { name: "late", needs: ["infrastructure-configs", "infrastructure"], before: issuer, after: "" };
        assert.deepEqual(late(first(release, ""), second(gatewayClass, ""), third), {
            operators: ["HelmRelease cert-manager/cert-manager"],
            objects: ["GatewayClass envoy", "Issuer podinfo/own"],
        });
    });

    for (const [title, ...kustomizations] of [
        ["if the operator stays", first(release, release), second(issuer, "")],
        ["if the objects stay", first(release, ""), second(issuer, issuer)],
        ["if the objects went in an earlier release", first(release, ""), second("", "")],
        ["of Kubernetes' own kinds", first(release, ""), second(all(map, operator), "")],
        ["of Flux's own kinds", first(operator, ""), second(release, "")],
        ["of another group than the definition", first(definition, ""), second(gatewayClass, "")],
        ["if the operator only moves to another Kustomization", first(release, ""), second(issuer, release)],
        ["if the objects only move to another Kustomization", first(release, issuer), second(issuer, "")],
        [
            "of a Kustomization that does not wait for the operator",
            { ...first(release, "") },
            { ...second(issuer, ""), needs: [] },
        ],
        ["of the operator's own Kustomization, where Flux has its order", first(all(release, issuer), "")],
    ] as const) {
        it(`are none ${title}`, () => {
            assert.equal(late(...kustomizations), undefined);
        });
    }

    it("are deleted by one command a namespace, with kind, version and group", () => {
        const lost = lostBetween(all(issuer, clusterIssuer, gatewayClass), "");
        assert.equal(
            deletion(lost, "staging"),
            "kubectl --context staging -n podinfo delete Issuer.v1.cert-manager.io/own && kubectl --context staging delete ClusterIssuer.v1.cert-manager.io/own GatewayClass.v1.gateway.networking.k8s.io/envoy",
        );
    });

    it("are named in a note, with their operator and the commands that delete them in time", () => {
        const found = removedLate([first(release, ""), second(clusterIssuer, "")]);
        assert.ok(found);
        assert.equal(
            removalNote("infrastructure", found, "staging"),
            "infrastructure removes HelmRelease cert-manager/cert-manager before ClusterIssuer own. An object with a finalizer stays if its operator is gone. Make a release without these objects first, or delete them just before the update: kubectl --context staging delete ClusterIssuer.v1.cert-manager.io/own",
        );
    });

    it("are found in the rendered folders of a release, and none in a first release", async function () {
        this.timeout(60_000);
        const files = { "first/a.yaml": all(release, map), "second/a.yaml": clusterIssuer };
        const { cloneUrl, commits } = history({ files }, { files: { "first/a.yaml": map, "second/README.md": "" } });
        const [from = "", to = ""] = commits;
        const folders = [
            { name: "infrastructure", needs: [], path: "first" },
            { name: "infrastructure-configs", needs: ["infrastructure"], path: "second" },
        ];
        const overlay = { cloneUrl, token: "t", folders, to: { ref: "staging-v1.1.0", commit: to } };
        const found = await overlayDiff({ ...overlay, from: { ref: "staging-v1.0.0", commit: from } });
        assert.deepEqual(
            found.removedLate?.objects.map(({ words }) => words),
            ["ClusterIssuer own"],
        );
        assert.equal((await overlayDiff({ ...overlay, from: undefined })).removedLate, undefined);
    });
});
