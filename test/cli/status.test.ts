import assert from "node:assert/strict";

import { createColors } from "picocolors";

import { assess, type Assessment } from "../../cli/status/assess";
import type { ClusterFacts, FluxObject } from "../../cli/status/facts";
import { type EnvironmentStatus, inOrder } from "../../cli/status/gather";
import { forTerminal } from "../../cli/status/table";
import { type Config, readConfig } from "../../config";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

const [old, wanted] = ["a".repeat(40), "b".repeat(40)];
const since = "2026-11-23T12:30:31Z";

const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "", lastTransitionTime: since };

function gitRepository(changed: Partial<FluxObject> = {}, commit = wanted): FluxObject {
    return {
        metadata: { name: "fluxcd-apps", generation: 2 },
        spec: { ref: { tag: "staging-v1.0.0" } },
        status: {
            observedGeneration: 2,
            conditions: [ready],
            artifact: { revision: `staging-v1.0.0@sha1:${commit}` },
        },
        ...changed,
    };
}

function kustomization(name: string, changed: Partial<FluxObject> = {}, commit = wanted): FluxObject {
    return {
        metadata: { name, generation: 1 },
        spec: { path: `./${name}/overlays/staging` },
        status: {
            observedGeneration: 1,
            conditions: [ready],
            lastAppliedRevision: `staging-v1.0.0@sha1:${commit}`,
        },
        ...changed,
    };
}

function cluster(
    apps: { gitRepository?: FluxObject | undefined; kustomization?: FluxObject | undefined } = {},
): ClusterFacts {
    return {
        uid: "uid",
        kubernetes: "v1.36.3",
        controllers: [{ name: "source-controller", version: "v1.9.5", ready: true }],
        sources: {
            infrastructure: { gitRepository: gitRepository(), kustomization: kustomization("infrastructure") },
            apps: { gitRepository: gitRepository(), kustomization: kustomization("apps"), ...apps },
        },
    };
}

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
            drift: [],
            mend: undefined,
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
        const unseen = gitRepository({ metadata: { name: "fluxcd-apps", generation: 3 } });
        assert.equal(apps(cluster({ gitRepository: unseen })).state, "reconciling");
    });

    it("takes any commit of the ref where GitHub was not asked", () => {
        const unknown = { infrastructure: undefined, apps: undefined };
        assert.equal(assess(config, cluster(), unknown).sources.apps.state, "ready");
    });

    it("fails in Flux's own words, with the command that shows more", () => {
        const conditions = [
            { ...ready, status: "False", reason: "HealthCheckFailed", message: "podinfo is not ready" },
        ];
        const { state, message, mend } = apps(
            cluster({ kustomization: kustomization("apps", { status: { conditions } }) }),
        );
        assert.deepEqual([state, message], ["failing", "HealthCheckFailed: podinfo is not ready"]);
        assert.equal(mend, "kubectl --context staging -n flux-system get kustomization apps --output yaml");
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
        const { state, mend } = apps(cluster({ kustomization: undefined }));
        assert.deepEqual([state, mend], ["missing", "pulumi up --stack staging --refresh"]);
    });

    it("is suspended by hand, which is a drift with a way back", () => {
        const found = assess(
            config,
            cluster({ gitRepository: gitRepository({ spec: { suspend: true, ref: { tag: "staging-v1.0.0" } } }) }),
            commits,
        );
        assert.equal(found.healthy, false);
        assert.deepEqual(found.sources.apps.drift, ["it is suspended by hand: the stack file does not say so"]);
        assert.match(found.sources.apps.mend ?? "", /patch gitrepository fluxcd-apps .*"suspend":null/);
    });

    it("is suspended and healthy where the stack file says so", () => {
        const suspended = { ...config, apps: { ...config.apps, suspend: true } };
        const facts = cluster({
            gitRepository: gitRepository({ spec: { suspend: true, ref: { tag: "staging-v1.0.0" } } }),
            kustomization: kustomization("apps", { spec: { suspend: true, path: "./apps/overlays/staging" } }),
        });
        const found = assess(suspended, facts, commits);
        assert.deepEqual([found.sources.apps.state, found.healthy], ["suspended", true]);
        assert.equal(assess(suspended, cluster(), commits).healthy, false);
    });

    it("has drifted where the cluster follows something else", () => {
        const { drift } = apps(
            cluster({
                gitRepository: gitRepository({ spec: { ref: { branch: "main" } } }),
                kustomization: kustomization("apps", { spec: { path: "./apps/overlays/dev" } }),
            }),
        );
        assert.deepEqual(drift, [
            "the source follows branch main, the stack file says tag staging-v1.0.0",
            "the path is ./apps/overlays/dev, the stack file says ./apps/overlays/staging",
        ]);
    });

    describe("for a terminal", () => {
        const status = (changed: Partial<EnvironmentStatus> = {}): EnvironmentStatus => ({
            stack: "staging",
            environment: "staging",
            context: "staging",
            promotedFrom: "dev",
            cluster: { ...assess(config, cluster(), commits), kubernetes: "v1.36.3" },
            next: { from: "dev", upToDate: true },
            ...changed,
        });
        const plain = (...environments: EnvironmentStatus[]) => forTerminal(environments, createColors(false));

        it("is a line for each source and one for what comes next", () => {
            assert.equal(
                plain(status()),
                [
                    "✓ staging  Kubernetes v1.36.3, 1 controller ready",
                    "                  wanted                  fetched                 applied                 state",
                    ...["infrastructure", "apps          "].map(
                        (name) =>
                            `  ${name}  ${["", "", ""].map(() => "staging-v1.0.0@bbbbbbb").join("  ")}  ready since ${since}`,
                    ),
                    "  next: nothing, it has what dev runs",
                    "",
                ].join("\n"),
            );
        });

        it("says which controller is down and what is wrong, with the mend", () => {
            const facts = {
                ...cluster({ kustomization: undefined }),
                controllers: [{ name: "helm-controller", version: "v1", ready: false }],
            };
            const found: Assessment = assess(config, facts, commits);
            const text = plain(status({ cluster: { ...found, kubernetes: "v1.36.3" } }));
            assert.match(text, /^✗ staging {2}Kubernetes v1\.36\.3, not ready: helm-controller$/m);
            assert.match(
                text,
                /^ {2}! apps: the cluster has no Kustomization for it\n {4}mend: pulumi up --stack staging --refresh$/m,
            );
        });

        it("shows a cluster that does not answer beside those that do", () => {
            const text = plain(
                status({ stack: "dev", cluster: { unknown: "the cluster did not answer: no answer within 10 s" } }),
                status(),
            );
            assert.match(text, /^✗ dev {2}the cluster did not answer/);
            assert.match(text, /^✓ staging /m);
        });

        it("says why the next release may not pass, or how it would", () => {
            const next = { from: "dev", upToDate: false, tags: { apps: "staging-v1.1.0" }, refused: [] } as const;
            const refused = [
                { refusal: "soak", key: "fluxcd:apps.tag", expected: "dev has run it for 5m", mend: "" },
            ] as const;
            assert.match(plain(status({ next })), /next: staging-v1\.1\.0 from dev: npm run promote -- staging\n$/);
            assert.match(
                plain(status({ next: { ...next, refused } })),
                /from dev, refused: soak: dev has run it for 5m\n$/,
            );
        });

        it("comes in the order in which releases go", () => {
            const of = (stack: string, promotedFrom?: string) => status({ stack, promotedFrom });
            const environments = [
                of("production", "staging"),
                of("dev"),
                of("canary", "staging"),
                of("staging", "dev"),
            ];
            assert.deepEqual(
                inOrder(environments).map(({ stack }) => stack),
                ["dev", "staging", "canary", "production"],
            );
        });

        it("comes in some order where stacks are promoted from each other", () => {
            const of = (stack: string, promotedFrom: string) => status({ stack, promotedFrom });
            assert.equal(inOrder([of("a", "b"), of("b", "a")]).length, 2);
        });
    });
});
