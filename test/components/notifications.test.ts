import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Notifications } from "../../components/notifications";
import type { Config, NotificationSecrets } from "../../config";
import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { apps, appliedApps, secretType } from "../support/fluxObjects";
import { settled } from "../support/program";

const api = "kubernetes:notification.toolkit.fluxcd.io/v1beta3";
const secrets = {
    addresses: { oncall: "https://hooks/one" },
    commitStatusToken: "the token",
};

const infrastructure = { ...apps, name: "infrastructure", repository: "fluxcd-infrastructure" };
const appliedInfrastructure = {
    ...appliedApps,
    name: "infrastructure",
    source: "infrastructure",
    dependsOn: [],
    path: "./infrastructure/overlays/production",
};
const config = {
    stack: "production",
    environment: "production",
    context: "prod-1",
    identity: { kind: "deployKey", generation: 1 },
    github: { baseUrl: "https://api.github.com/", owner: "misua" },
    sources: { infrastructure, apps },
    kustomizations: { infrastructure: appliedInfrastructure, apps: appliedApps },
} as unknown as Config;

describe("Notifications", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const make = async (told: Partial<NonNullable<Config["notifications"]>>, more: Partial<Config> = {}) => {
        new Notifications("notifications", {
            notifications: { receivers: {}, commitStatus: "none", ...told },
            config: { ...config, ...more },
            namespace: "flux-system",
            secrets: {
                notifications: pulumi.secret<NotificationSecrets>(secrets),
                identity: pulumi.secret("the private key"),
            },
        });
        await settled();
    };
    const inputs = (type: string, name: string) => engine.one(type, name).inputs;

    it("create no objects if none are configured", async () => {
        await make({});
        assert.deepEqual(
            engine.registered.map(({ type }) => type),
            ["fluxcd:flux:Notifications"],
        );
    });

    describe("to a webhook", () => {
        beforeEach(() => make({ receivers: { oncall: { type: "slack", severity: "error" } } }));

        it("store the webhook address only in a Secret", () => {
            const { metadata, immutable, stringData } = inputs(secretType, "notification-oncall-secret");
            assert.deepEqual(metadata, { namespace: "flux-system" });
            assert.equal(immutable, true);
            assert.deepEqual(stringData, { ...secretEnvelope, value: { address: "https://hooks/one" } });
            const others = engine.registered.filter(({ type }) => type !== secretType);
            assert.deepEqual(
                others.map(({ type }) => type).sort(),
                ["fluxcd:flux:Alert", "fluxcd:flux:Notifications", `${api}:Alert`, `${api}:Provider`].sort(),
            );
            assert.doesNotMatch(JSON.stringify(others), /hooks/);
        });

        it("send every event of the configured severity, with environment and cluster as metadata", () => {
            assert.deepEqual(inputs(`${api}:Provider`, "notification-oncall-provider"), {
                apiVersion: "notification.toolkit.fluxcd.io/v1beta3",
                kind: "Provider",
                metadata: { name: "notification-oncall", namespace: "flux-system" },
                spec: { type: "slack", secretRef: { name: "notification-oncall-secret-1a2b3c4d" } },
            });
            const { metadata, spec } = inputs(`${api}:Alert`, "notification-oncall-alert");
            assert.deepEqual(metadata, { name: "notification-oncall", namespace: "flux-system" });
            const { eventSources, ...rest } = spec as { eventSources: { kind: string; name: string }[] };
            assert.deepEqual(rest, {
                providerRef: { name: "notification-oncall" },
                eventSeverity: "error",
                exclusionList: ["^Dependencies do not meet ready condition"],
                eventMetadata: { environment: "production", cluster: "prod-1" },
            });
            assert.deepEqual([...new Set(eventSources.map(({ name }) => name))], ["*"]);
            const kinds = eventSources.map(({ kind }) => kind);
            assert.ok(["GitRepository", "Kustomization", "HelmRelease"].every((kind) => kinds.includes(kind)));
        });
    });

    describe("as commit statuses", () => {
        const spec = (kind: string, name: string) =>
            inputs(`${api}:${kind}`, `commit-status-${name}-${kind.toLowerCase()}`).spec;

        it("send the status of each Kustomization to its own repository, in a context of the environment", async () => {
            await make({ commitStatus: "token" });
            assert.deepEqual(spec("Provider", "apps"), {
                type: "github",
                address: "https://github.com/misua/fluxcd-apps",
                secretRef: { name: "commit-status-apps-secret-1a2b3c4d" },
                commitStatusExpr: "'flux/production/' + event.involvedObject.name",
            });
            assert.deepEqual(spec("Alert", "apps"), {
                providerRef: { name: "commit-status-apps" },
                eventSeverity: "info",
                eventSources: [{ kind: "Kustomization", name: "apps" }],
            });
            const { address } = spec("Provider", "infrastructure") as { address: string };
            assert.equal(address, "https://github.com/misua/fluxcd-infrastructure");
            assert.equal(engine.ofType(`${api}:Alert`).length, 2);
        });

        it("cover every Kustomization that applies a promoted repository, and no other", async () => {
            const kustomizations = {
                ...config.kustomizations,
                jobs: { ...appliedApps, name: "jobs" },
                addons: { ...appliedInfrastructure, name: "addons" },
                shop: { ...appliedApps, name: "shop", source: "shop" },
            };
            const sources = { ...config.sources, shop: { ...apps, name: "shop", promoted: false } };
            await make({ commitStatus: "token" }, { sources, kustomizations });
            const watched = (name: string) =>
                (spec("Alert", name) as { eventSources: { name: string }[] }).eventSources.map((source) => source.name);
            assert.deepEqual(watched("apps"), ["apps", "jobs"]);
            assert.deepEqual(watched("infrastructure"), ["infrastructure", "addons"]);
            assert.equal(engine.ofType(`${api}:Alert`).length, 2);
        });

        it("use a separate context for each cluster of one environment", async () => {
            await make({ commitStatus: "token" }, { stack: "production-eu" });
            const { commitStatusExpr } = spec("Provider", "apps") as { commitStatusExpr: string };
            assert.equal(commitStatusExpr, "'flux/production/production-eu/' + event.involvedObject.name");
        });

        it("keep the token in a Secret only", async () => {
            await make({ commitStatus: "token" });
            const { stringData, immutable } = inputs(secretType, "commit-status-apps-secret");
            assert.deepEqual(stringData, { ...secretEnvelope, value: { token: "the token" } });
            assert.equal(immutable, true);
            const others = engine.registered.filter(({ type }) => type !== secretType);
            assert.doesNotMatch(JSON.stringify(others), /the token/);
        });

        it("use the GitHub App that Flux reads with", async () => {
            await make(
                { commitStatus: "githubApp" },
                {
                    identity: { kind: "githubApp", appId: 12, installationId: 34 },
                    github: { ...config.github, baseUrl: "https://github.example.com/" },
                },
            );
            const { stringData } = inputs(secretType, "commit-status-apps-secret");
            assert.deepEqual(stringData, {
                ...secretEnvelope,
                value: {
                    githubAppID: "12",
                    githubAppInstallationID: "34",
                    githubAppPrivateKey: "the private key",
                    githubAppBaseURL: "https://github.example.com/api/v3",
                },
            });
            const { address } = spec("Provider", "apps") as { address: string };
            assert.equal(address, "https://github.example.com/misua/fluxcd-apps");
        });
    });
});
