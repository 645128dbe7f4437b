import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { notifications, type NotificationsArgs } from "../../components/notifications";
import type { NotificationSecrets } from "../../config";
import { type Engine, secretEnvelope, startEngine } from "../support/engine";
import { settled } from "../support/program";

const api = "kubernetes:notification.toolkit.fluxcd.io/v1beta3";
const secretType = "kubernetes:core/v1:Secret";
const secrets: NotificationSecrets = {
    addresses: { oncall: "https://hooks/one" },
    commitStatusToken: "the token",
};

describe("notifications", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
    });

    const make = async (more: Partial<NotificationsArgs>) => {
        const args: NotificationsArgs = {
            stack: "production",
            environment: "production",
            context: "prod-1",
            namespace: "flux-system",
            notifications: {},
            commitStatus: "none",
            secrets: pulumi.secret(secrets),
            identity: { kind: "deployKey", generation: 1 },
            secret: pulumi.secret("the private key"),
            github: { baseUrl: "https://api.github.com/", owner: "misua" },
            infrastructure: { repository: "fluxcd-infrastructure" },
            apps: { repository: "fluxcd-apps" },
            further: { kustomizations: {} },
            ...more,
        };
        const made = notifications(args, {});
        await settled();
        return made;
    };
    const inputs = (type: string, name: string) => engine.one(type, name).inputs;

    it("are none where none are asked for", async () => {
        assert.deepEqual(await make({}), []);
        assert.deepEqual(engine.registered, []);
    });

    describe("to a webhook", () => {
        beforeEach(() => make({ notifications: { oncall: { type: "slack", severity: "error" } } }));

        it("have its address in a Secret alone", () => {
            const { metadata, immutable, stringData } = inputs(secretType, "notification-oncall-secret");
            assert.deepEqual(metadata, { namespace: "flux-system" });
            assert.equal(immutable, true);
            assert.deepEqual(stringData, { ...secretEnvelope, value: { address: "https://hooks/one" } });
            const others = engine.registered.filter(({ type }) => type !== secretType);
            assert.equal(others.length, 3);
            assert.doesNotMatch(JSON.stringify(others), /hooks/);
        });

        it("go there with every event of the severity, and say where they come from", () => {
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

    describe("by commit status", () => {
        const spec = (kind: string, name: string) =>
            inputs(`${api}:${kind}`, `commit-status-${name}-${kind.toLowerCase()}`).spec;

        it("go to each repository for its own Kustomization, in a context of the environment", async () => {
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

        it("are of every Kustomization that applies the repository, and of no other", async () => {
            const kustomizations = {
                jobs: { source: "apps" },
                addons: { source: "infrastructure" },
                shop: { source: "shop" },
            };
            await make({ commitStatus: "token", further: { kustomizations } });
            const watched = (name: string) =>
                (spec("Alert", name) as { eventSources: { name: string }[] }).eventSources.map((source) => source.name);
            assert.deepEqual(watched("apps"), ["apps", "jobs"]);
            assert.deepEqual(watched("infrastructure"), ["infrastructure", "addons"]);
        });

        it("of two clusters of an environment have contexts of their own", async () => {
            await make({ commitStatus: "token", stack: "production-eu" });
            const { commitStatusExpr } = spec("Provider", "apps") as { commitStatusExpr: string };
            assert.equal(commitStatusExpr, "'flux/production/production-eu/' + event.involvedObject.name");
        });

        it("are written with the token, which is a secret", async () => {
            await make({ commitStatus: "token" });
            const { stringData, immutable } = inputs(secretType, "commit-status-apps-secret");
            assert.deepEqual(stringData, { ...secretEnvelope, value: { token: "the token" } });
            assert.equal(immutable, true);
            const others = engine.registered.filter(({ type }) => type !== secretType);
            assert.doesNotMatch(JSON.stringify(others), /the token/);
        });

        it("are written as the App that Flux reads with", async () => {
            await make({
                commitStatus: "githubApp",
                identity: { kind: "githubApp", appId: 12, installationId: 34 },
                github: { baseUrl: "https://github.example.com/", owner: "misua" },
            });
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
