import assert from "node:assert/strict";

import { assess } from "../../../cli/status/assess";
import { type Config, readConfig } from "../../../config";
import {
    canaries,
    type Changed,
    cluster,
    commits,
    flagger,
    gitRepository,
    kustomization,
    liveCanaries,
    liveFlagger,
    specOf,
    stagingWith,
} from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

const kubectl = "kubectl --context staging -n flux-system patch";

describe("The drift of an environment", () => {
    let config: Config;
    const useStack = (overrides: Record<string, unknown> = {}) => {
        useStackFile("Pulumi.staging.yaml", overrides);
        config = readConfig();
    };
    const look = (changed: Changed) => assess(config, cluster(changed), commits);
    const source = (spec: object, metadata?: object) =>
        look({
            sources: {
                apps: gitRepository("apps", {
                    spec: { ...specOf("apps-source"), ...spec },
                    metadata: { ...gitRepository("apps").metadata, ...metadata },
                }),
            },
        }).sources.apps ?? assert.fail();
    const applied = (spec: object, metadata?: object) =>
        look({
            kustomizations: {
                apps: kustomization("apps", {
                    spec: { ...specOf("apps-kustomization"), ...spec },
                    metadata: { ...kustomization("apps").metadata, ...metadata },
                }),
            },
        }).kustomizations.apps ?? assert.fail();
    const by = (field: string, manager = "kubectl-patch") => ({
        managedFields: [
            { manager: "pulumi-kubernetes-1", fieldsV1: { "f:spec": { "f:path": {} } } },
            { manager, fieldsV1: { "f:spec": { [`f:${field}`]: {} } } },
        ],
    });

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStack();
    });

    it("includes a suspended source, with the manager and the command that resumes it", () => {
        const suspended = gitRepository("apps", {
            metadata: { ...gitRepository("apps").metadata, ...by("suspend", "flux") },
            spec: { ...specOf("apps-source"), suspend: true },
        });
        const found = look({ sources: { apps: suspended } });
        assert.equal(found.healthy, false);
        const { state, inOrder, message, drift, fix } = found.sources.apps ?? assert.fail();
        assert.deepEqual([state, inOrder], ["suspended", false]);
        assert.match(message ?? "", /^suspended by hand, by flux at /);
        assert.deepEqual(drift, [
            { object: "GitRepository", field: "suspend", wanted: undefined, found: true, by: "flux" },
        ]);
        assert.equal(fix, `${kubectl} gitrepository apps --type merge --patch '{"spec":{"suspend":null}}'`);
    });

    it("includes a suspended Kustomization of another source, even if its manager is unknown", () => {
        useStack(stagingWith({ flagger }, { canaries }));
        const suspended = { ...liveCanaries, spec: { ...liveCanaries.spec, suspend: true } };
        const found = look({ sources: { flagger: liveFlagger }, kustomizations: { canaries: suspended } });
        assert.equal(found.healthy, false);
        const { state, inOrder, message, fix } = found.kustomizations.canaries ?? assert.fail();
        assert.deepEqual([state, inOrder, message], ["suspended", false, "suspended by hand"]);
        assert.equal(fix, `${kubectl} kustomization canaries --type merge --patch '{"spec":{"suspend":null}}'`);
    });

    it("does not include a suspension that the stack file declares", () => {
        const suspend = true;
        useStack(
            stagingWith(
                { apps: { tag: "staging-v1.0.0", suspend }, flagger: { ...flagger, suspend } },
                { apps: { serviceAccountName: "apps-reconciler", suspend }, canaries },
            ),
        );
        const others = { flagger: { ...liveFlagger, spec: { ...liveFlagger.spec, suspend } } };
        const found = look({
            sources: { ...others, apps: gitRepository("apps", { spec: { ...specOf("apps-source"), suspend } }) },
            kustomizations: {
                canaries: liveCanaries,
                apps: kustomization("apps", { spec: { ...specOf("apps-kustomization"), suspend } }),
            },
        });
        for (const status of [found.sources.apps, found.kustomizations.apps, found.sources.flagger]) {
            const { state, inOrder, message, fix } = status ?? assert.fail();
            assert.deepEqual(
                [state, inOrder, message, fix],
                ["suspended", true, "suspended by the stack file", undefined],
            );
        }
        assert.equal(found.healthy, true);
        assert.equal(look({ sources: others, kustomizations: { canaries: liveCanaries } }).healthy, false);
    });

    it("does not include suspend: false, which `flux resume` leaves", () => {
        assert.deepEqual(source({ suspend: false }).drift, []);
        assert.deepEqual(applied({ suspend: false }).drift, []);
    });

    it("includes a changed field of a source with both values and the command that restores it", () => {
        const { drift, fix, inOrder, state } = source({ ref: { branch: "main" } });
        assert.deepEqual(drift, [
            {
                object: "GitRepository",
                field: "ref",
                wanted: { tag: "staging-v1.0.0" },
                found: { branch: "main" },
                by: undefined,
            },
        ]);
        assert.deepEqual([state, inOrder], ["ready", false]);
        assert.equal(
            fix,
            `${kubectl} gitrepository apps --type merge --patch '{"spec":{"ref":{"branch":null}}}' && pulumi up --stack staging --refresh`,
        );
    });

    it("includes a changed field of a Kustomization, which Pulumi restores if the stack declares it", () => {
        const { drift, fix } = applied({ path: "./apps/overlays/dev" }, by("path"));
        assert.deepEqual(drift, [
            {
                object: "Kustomization",
                field: "path",
                wanted: "./apps/overlays/staging",
                found: "./apps/overlays/dev",
                by: "kubectl-patch",
            },
        ]);
        assert.equal(fix, "pulumi up --stack staging --refresh");
    });

    it("is removed by kubectl if the stack never declared the field", () => {
        const { drift, fix } = applied({ prune: false, force: true, targetNamespace: "mine" });
        assert.deepEqual(drift.map(({ field }) => field).sort(), ["force", "prune", "targetNamespace"]);
        assert.equal(
            fix,
            `${kubectl} kustomization apps --type merge --patch '{"spec":{"force":null,"targetNamespace":null}}' && pulumi up --stack staging --refresh`,
        );
    });

    it("does not include fields that options of a source or a Kustomization declare", () => {
        const verify = { mode: "HEAD" as const, keys: [] };
        const { apps: appsSource = assert.fail() } = config.sources;
        const { apps: appsKustomization = assert.fail() } = config.kustomizations;
        const asked: Config = {
            ...config,
            sources: { apps: { ...appsSource, verify: verify } },
            kustomizations: {
                apps: {
                    ...appsKustomization,
                    decryption: "age" as const,
                    substitute: { CLUSTER: "eu" },
                    rules: [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get"] }],
                },
            },
            identity: { kind: "githubApp", appId: 1, installationId: 2 },
        };
        const asDeclared = cluster({
            sources: {
                apps: gitRepository("apps", {
                    spec: {
                        ...specOf("apps-source"),
                        ...{ verify: { mode: "HEAD", secretRef: { name: "some-1a2b" } }, ignore: "!x" },
                        provider: "github",
                    },
                }),
            },
            kustomizations: {
                apps: kustomization("apps", {
                    spec: {
                        ...specOf("apps-kustomization"),
                        decryption: { provider: "sops", secretRef: { name: "some-3c4d" } },
                        postBuild: { substitute: { CLUSTER: "eu" } },
                        serviceAccountName: "apps-reconciler",
                    },
                }),
            },
        });
        const found = assess(asked, asDeclared, commits);
        assert.deepEqual([found.sources.apps?.drift, found.kustomizations.apps?.drift], [[], []]);
        // Without the options, the same cluster differs in each of them.
        const { sources, kustomizations } = assess(config, asDeclared, commits);
        assert.deepEqual(sources.apps?.drift.map(({ field }) => field).sort(), ["provider", "verify"]);
        const fields = kustomizations.apps?.drift.map(({ field }) => field).sort();
        assert.deepEqual(fields, ["decryption", "postBuild"]);
    });

    it("does not include the provider of a public source if the identity is a GitHub App", () => {
        useStack(stagingWith({ flagger }, { canaries }));
        const identity = { kind: "githubApp", appId: 1, installationId: 2 } as const;
        const found = assess({ ...config, identity }, cluster({ sources: { flagger: liveFlagger } }), commits);
        assert.deepEqual(found.sources.flagger?.drift, []);
        assert.deepEqual(
            found.sources.apps?.drift.map(({ field, wanted }) => [field, wanted]),
            [["provider", "github"]],
        );
    });
});
