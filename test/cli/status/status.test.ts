import assert from "node:assert/strict";

import { assess } from "../../../cli/status/assess";
import type { ClusterFacts } from "../../../cli/status/facts";
import { type Config, readConfig } from "../../../config";
import { cluster, gitRepository, kustomization, old, ready, since, specOf, wanted } from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

describe("The status of an environment", () => {
    let config: Config;
    const commits = { infrastructure: wanted, apps: wanted };
    const apps = (facts: ClusterFacts) => assess(config, facts, commits).sources.apps;

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
    });

    it("is healthy where everything is as the stack file has it", () => {
        const found = assess(config, cluster(), commits);
        assert.equal(found.healthy, true);
        assert.deepEqual(found.sources.apps, {
            state: "ready",
            wanted: { ref: "staging-v1.0.0", commit: wanted },
            fetched: `staging-v1.0.0@sha1:${wanted}`,
            applied: `staging-v1.0.0@sha1:${wanted}`,
            since,
            message: undefined,
            why: undefined,
            drift: [],
            fix: undefined,
        });
    });

    it("is not while a controller is down, or none is there", () => {
        const controllers = [{ name: "source-controller", version: "v1.9.5", ready: false }];
        assert.equal(assess(config, { ...cluster(), controllers }, commits).healthy, false);
        assert.equal(assess(config, { ...cluster(), controllers: [] }, commits).healthy, false);
    });

    it("is reconciling while another commit of the same tag is applied, also with a Ready of before", () => {
        const { state } = apps(cluster({ kustomization: kustomization("apps", {}, old) }));
        assert.equal(state, "reconciling");
    });

    it("is reconciling while a controller has not seen the latest change", () => {
        const unseen = gitRepository({ metadata: { name: "fluxcd-apps", namespace: "flux-system", generation: 3 } });
        assert.equal(apps(cluster({ gitRepository: unseen })).state, "reconciling");
    });

    it("takes any commit of the ref where GitHub was not asked", () => {
        const unknown = { infrastructure: undefined, apps: undefined };
        assert.equal(assess(config, cluster(), unknown).sources.apps.state, "ready");
    });

    it("fails in Flux's own words, what they mean, and the fix", () => {
        const said = "kustomize build failed: accumulating resources";
        const conditions = [{ ...ready, status: "False", reason: "BuildFailed", message: said }];
        const lastAttemptedRevision = `staging-v1.0.0@sha1:${wanted}`;
        const { state, message, why, fix } = apps(
            cluster({ kustomization: kustomization("apps", { status: { conditions, lastAttemptedRevision } }) }),
        );
        assert.deepEqual(
            [state, message, why],
            ["failing", `BuildFailed: ${said}`, "kustomize cannot build the overlay"],
        );
        assert.match(
            fix ?? "",
            new RegExp(`checkout --quiet ${wanted} && kubectl kustomize fluxcd-apps/apps/overlays/staging `),
        );
    });

    it("fails with the command that shows more, where nothing more is known", () => {
        const conditions = [{ ...ready, status: "False", reason: "Strange", message: "something else" }];
        const { why, fix } = apps(cluster({ kustomization: kustomization("apps", { status: { conditions } }) }));
        assert.equal(why, undefined);
        assert.equal(fix, "kubectl --context staging -n flux-system get kustomization apps --output yaml");
    });

    it("blames the source where both fail, as the Kustomization can only follow", () => {
        const failed = (reason: string) => ({ status: { conditions: [{ ...ready, status: "False", reason }] } });
        const { message } = apps(
            cluster({
                gitRepository: gitRepository(failed("GitOperationFailed")),
                kustomization: kustomization("apps", failed("ArtifactFailed")),
            }),
        );
        assert.match(message ?? "", /^GitOperationFailed/);
    });

    it("is missing where the cluster has none", () => {
        const { state, fix } = apps(cluster({ kustomization: undefined }));
        assert.deepEqual([state, fix], ["missing", "pulumi up --stack staging --refresh"]);
    });

    describe("that has drifted", () => {
        const by = (field: string, manager = "kubectl-patch") => ({
            managedFields: [
                { manager: "pulumi-kubernetes-1", fieldsV1: { "f:spec": { "f:path": {} } } },
                { manager, fieldsV1: { "f:spec": { [`f:${field}`]: {} } } },
            ],
        });
        const metadata = { name: "apps", namespace: "flux-system", generation: 1 };

        it("is suspended by hand, with who did it and a way back", () => {
            const suspended = gitRepository({
                metadata: { ...metadata, ...by("suspend", "flux") },
                spec: { ...specOf("apps-source"), suspend: true },
            });
            const found = assess(config, cluster({ gitRepository: suspended }), commits);
            assert.equal(found.healthy, false);
            assert.equal(found.sources.apps.state, "suspended");
            assert.deepEqual(found.sources.apps.drift, [
                { object: "GitRepository", field: "suspend", wanted: undefined, found: true, by: "flux" },
            ]);
            assert.equal(
                found.sources.apps.fix,
                `kubectl --context staging -n flux-system patch gitrepository fluxcd-apps --type merge --patch '{"spec":{"suspend":null}}'`,
            );
        });

        it("is suspended and healthy where the stack file says so", () => {
            const suspended = { ...config, apps: { ...config.apps, suspend: true } };
            const facts = cluster({
                gitRepository: gitRepository({ spec: { ...specOf("apps-source"), suspend: true } }),
                kustomization: kustomization("apps", { spec: { ...specOf("apps-kustomization"), suspend: true } }),
            });
            const found = assess(suspended, facts, commits);
            assert.deepEqual([found.sources.apps.state, found.healthy], ["suspended", true]);
            assert.equal(assess(suspended, cluster(), commits).healthy, false);
        });

        it("takes a switch that is off for one that is not there, as `flux resume` leaves it", () => {
            const resumed = gitRepository({ spec: { ...specOf("apps-source"), suspend: false } });
            assert.deepEqual(apps(cluster({ gitRepository: resumed })).drift, []);
        });

        it("shows each field with what is wanted and found, and takes it back by Pulumi", () => {
            const { drift, fix } = apps(
                cluster({
                    gitRepository: gitRepository({ spec: { ...specOf("apps-source"), ref: { branch: "main" } } }),
                    kustomization: kustomization("apps", {
                        metadata: { ...metadata, ...by("path") },
                        spec: { ...specOf("apps-kustomization"), path: "./apps/overlays/dev" },
                    }),
                }),
            );
            assert.deepEqual(drift, [
                {
                    object: "GitRepository",
                    field: "ref",
                    wanted: { tag: "staging-v1.0.0" },
                    found: { branch: "main" },
                    by: undefined,
                },
                {
                    object: "Kustomization",
                    field: "path",
                    wanted: "./apps/overlays/staging",
                    found: "./apps/overlays/dev",
                    by: "kubectl-patch",
                },
            ]);
            assert.equal(
                fix,
                `kubectl --context staging -n flux-system patch gitrepository fluxcd-apps --type merge --patch '{"spec":{"ref":{"branch":null}}}' && pulumi up --stack staging --refresh`,
            );
        });

        it("takes back by Pulumi alone what only has another value", () => {
            const spec = { ...specOf("apps-kustomization"), path: "./apps/overlays/dev" };
            const { fix } = apps(cluster({ kustomization: kustomization("apps", { spec }) }));
            assert.equal(fix, "pulumi up --stack staging --refresh");
        });

        it("takes back by kubectl what the stack never declared, as Pulumi does not own it", () => {
            const { drift, fix } = apps(
                cluster({
                    kustomization: kustomization("apps", {
                        spec: { ...specOf("apps-kustomization"), prune: false, force: true, targetNamespace: "mine" },
                    }),
                }),
            );
            assert.deepEqual(drift.map(({ field }) => field).sort(), ["force", "prune", "targetNamespace"]);
            assert.equal(
                fix,
                `kubectl --context staging -n flux-system patch kustomization apps --type merge --patch '{"spec":{"force":null,"targetNamespace":null}}' && pulumi up --stack staging --refresh`,
            );
        });

        it("knows what every option of a source declares", () => {
            const verify = { mode: "HEAD" as const, keys: [] };
            const options = {
                ...config.apps,
                verify: verify as NonNullable<Config["apps"]["verify"]>,
                decryption: "age" as const,
                substitute: { CLUSTER: "eu" },
                rules: [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get"] }],
            };
            const asDeclared = cluster({
                gitRepository: gitRepository({
                    spec: {
                        ...specOf("apps-source"),
                        ...{ verify: { mode: "HEAD", secretRef: { name: "some-1a2b" } }, ignore: "!x" },
                        provider: "github",
                    },
                }),
                kustomization: kustomization("apps", {
                    spec: {
                        ...specOf("apps-kustomization"),
                        decryption: { provider: "sops", secretRef: { name: "some-3c4d" } },
                        postBuild: { substitute: { CLUSTER: "eu" } },
                        serviceAccountName: "apps-reconciler",
                    },
                }),
            });
            const app = { kind: "githubApp", appId: 1, installationId: 2 } as const;
            const found = assess({ ...config, apps: options, identity: app }, asDeclared, commits);
            assert.deepEqual(found.sources.apps.drift, []);
        });
    });
});
