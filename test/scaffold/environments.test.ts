import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { quantityToScalar } from "@kubernetes/client-node/dist/util.js";
import { stringify } from "yaml";

import { kustomizeBuild } from "../support/kustomize";
import { buildScaffold, environments, only, podSpec, type Environment, type Scaffold } from "../support/scaffold";
import { scratchFolder } from "../support/scratch";

describe("The scaffold's environments", function () {
    this.timeout(60_000);
    const built = {} as Record<Environment, Scaffold>;

    before(async () => {
        for (const environment of environments) {
            built[environment] = await buildScaffold(environment);
        }
    });

    const replicas = (environment: Environment) => only(built[environment].apps, "Deployment").spec?.replicas;
    const autoscaler = () => only(built.production.apps, "HorizontalPodAutoscaler").spec;

    it("set one replica in dev, two in staging, and leave the number to the autoscaler in production", () => {
        assert.equal(replicas("dev"), 1);
        assert.equal(replicas("staging"), 2);
        assert.equal(replicas("production"), undefined);
        assert.equal(autoscaler().minReplicas, 3);
        assert.deepEqual(autoscaler().scaleTargetRef, { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" });
    });

    it("have an autoscaler and a disruption budget in production only", () => {
        const kinds = (environment: Environment) => built[environment].apps.map(({ kind }) => kind).sort();
        assert.deepEqual(kinds("dev"), ["ConfigMap", "Deployment", "Service", "ServiceAccount"]);
        assert.deepEqual(kinds("staging"), kinds("dev"));
        assert.deepEqual(
            kinds("production"),
            [...kinds("dev"), "HorizontalPodAutoscaler", "PodDisruptionBudget"].sort(),
        );
        const budget = only(built.production.apps, "PodDisruptionBudget").spec;
        const deployment = only(built.production.apps, "Deployment").spec;
        assert.equal(budget?.maxUnavailable, 1);
        assert.deepEqual(budget.selector, deployment?.selector);
    });

    it("set their own environment variables for the app", () => {
        const settings = (environment: Environment) => only(built[environment].apps, "ConfigMap").data;
        assert.deepEqual(settings("dev"), {
            ENVIRONMENT: "dev",
            LOG_LEVEL: "debug",
            PODINFO_UI_COLOR: "#34577c",
            PODINFO_UI_MESSAGE: "podinfo in dev",
        });
        assert.deepEqual(settings("staging"), {
            ENVIRONMENT: "staging",
            LOG_LEVEL: "info",
            PODINFO_UI_COLOR: "#8a6d1d",
            PODINFO_UI_MESSAGE: "podinfo in staging",
        });
        assert.deepEqual(settings("production"), {
            ENVIRONMENT: "production",
            LOG_LEVEL: "warn",
            PODINFO_UI_COLOR: "#1d7a4c",
            PODINFO_UI_MESSAGE: "podinfo in production",
        });
    });

    it("set a larger quota in each later environment, with room for every replica and a rollout", () => {
        const quota = (environment: Environment) =>
            only(built[environment].infrastructure, "ResourceQuota").spec?.hard ?? {};
        assert.deepEqual(
            environments.map((environment) => quota(environment).pods),
            ["10", "20", "40"],
        );

        for (const environment of environments) {
            const pods = (replicas(environment) ?? autoscaler().maxReplicas) + 1;
            const resources = podSpec(built[environment].apps).containers[0]?.resources;
            for (const [name, amount] of [
                ["pods", "1"],
                ["requests.cpu", resources?.requests?.cpu],
                ["requests.memory", resources?.requests?.memory],
                ["limits.cpu", resources?.limits?.cpu],
                ["limits.memory", resources?.limits?.memory],
            ] as const) {
                const needed = Number(quantityToScalar(amount ?? "")) * pods;
                const available = Number(quantityToScalar(quota(environment)[name] ?? ""));
                assert.ok(needed <= available, `${environment}: ${name} needs ${needed} of ${available}`);
            }
        }
    });

    it("leave another quota as it is", async () => {
        const copy = scratchFolder();
        cpSync("scaffold/fluxcd-infrastructure", copy, { recursive: true });
        const base = join(copy, "infrastructure/base/kustomization.yaml");
        writeFileSync(base, readFileSync(base, "utf8").replace("resources:\n", "resources:\n  - objects.yaml\n"));
        const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "objects", namespace: "podinfo" } };
        const hard = { "count/secrets": "20" };
        writeFileSync(join(copy, "infrastructure/base/objects.yaml"), stringify({ ...quota, spec: { hard } }));
        for (const environment of environments) {
            const built = await kustomizeBuild(join(copy, "infrastructure/overlays", environment));
            assert.deepEqual(only(built, "ResourceQuota", "objects").spec, { hard });
        }
    });

    it("scale up to twice the pods in a minute, and down by one pod a minute after five minutes of less load", () => {
        assert.deepEqual(autoscaler().behavior, {
            scaleUp: {
                stabilizationWindowSeconds: 60,
                policies: [{ type: "Percent", value: 100, periodSeconds: 60 }],
            },
            scaleDown: {
                stabilizationWindowSeconds: 300,
                policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
            },
        });
    });

    it("differ in nothing but replicas, quota, app settings, autoscaler and disruption budget", () => {
        const shared = (environment: Environment) => {
            const { infrastructure, apps } = built[environment];
            const manifests = [...infrastructure, ...apps].filter(
                ({ kind }) =>
                    !["ResourceQuota", "ConfigMap", "HorizontalPodAutoscaler", "PodDisruptionBudget"].includes(kind),
            );
            const text = JSON.stringify(manifests, (key, value: unknown) => (key === "replicas" ? undefined : value));
            return text.replaceAll(`"environment":"${environment}"`, "").replaceAll(/podinfo-[a-z0-9]{10}/g, "");
        };
        assert.equal(shared("staging"), shared("dev"));
        assert.equal(shared("production"), shared("dev"));
    });
});
