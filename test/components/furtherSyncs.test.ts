import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { furtherSyncs, type FurtherSyncsArgs } from "../../components/furtherSyncs";
import type { FurtherKustomization, FurtherSource } from "../../config/further";
import { type Engine, startEngine } from "../support/engine";
import { settled, value } from "../support/program";
import { gitRepository, kustomization, secretType, startFluxWorld, sync } from "../support/sync";
import type { World } from "../support/world";

const url = "https://github.com/stefanprodan/podinfo";
const podinfo: FurtherSource = { url, ref: { tag: "6.11.0" }, interval: "2m" };
const own: FurtherSource = { repository: "platform", ref: { branch: "main" }, interval: "1m" };
const applied: FurtherKustomization = {
    source: "podinfo",
    path: "./kustomize",
    dependsOn: [],
    interval: "10m",
    retryInterval: "1m",
    timeout: "3m",
    prune: true,
    wait: true,
    deletionPolicy: "Orphan",
};

const lists = [
    "GET /apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories",
    "GET /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations",
] as const;

describe("FurtherSyncs", () => {
    let engine: Engine;
    let world: World;

    beforeEach(async () => {
        world = await startFluxWorld();
        for (const list of lists) {
            world.answers.set(list, { items: [] });
        }
    });
    afterEach(() => world.close());

    const made = async (args: Partial<FurtherSyncsArgs>) => {
        engine = await startEngine();
        const infrastructure = sync({ branch: "main" });
        const synced = furtherSyncs(
            "further",
            {
                context: "dev",
                namespace: "flux-system",
                ageKeys: pulumi.secret(""),
                addresses: {
                    podinfo: { sshUrl: url, httpUrl: url },
                    own: {
                        sshUrl: "git@github.com:misua/platform.git",
                        httpUrl: "https://github.com/misua/platform.git",
                    },
                },
                reader: {
                    identity: { kind: "deployKey", generation: 1 },
                    secret: pulumi.secret(""),
                    title: "flux-dev",
                    sshHostKeys: ["ssh-ed25519 AAAA"],
                    baseUrl: "https://api.github.com/",
                },
                syncs: { infrastructure },
                sources: {},
                kustomizations: {},
                ...args,
            },
            {},
        );
        await settled();
        return synced;
    };
    const inputs = (type: string, name: string) =>
        engine.one(type, name).inputs as { metadata: Record<string, unknown>; spec: Record<string, unknown> };
    /** What an object waits for, before it is seen as this update has made it. */
    const waits = (name: string, type = kustomization) => {
        const { "pulumi.com/waitFor": waitFor } = inputs(type, name).metadata.annotations as Record<string, string>;
        return waitFor === undefined ? undefined : (JSON.parse(waitFor) as string[])[0];
    };

    it("makes nothing where there is nothing", async () => {
        const { status, names, made: resources } = await made({});
        assert.deepEqual([status, names, resources], [{}, ["infrastructure"], []]);
        assert.deepEqual(engine.ofType("fluxcd:flux:FurtherSyncs"), []);
    });

    it("reads a public source without a Secret, and waits for it", async () => {
        await made({ sources: { podinfo } });
        const { annotations, ...metadata } = inputs(gitRepository, "further-podinfo-source").metadata;
        assert.deepEqual(metadata, { name: "podinfo", namespace: "flux-system" });
        assert.equal(Object.keys(annotations as object).length, 2);
        assert.equal((annotations as Record<string, string>)["pulumi.com/timeoutSeconds"], "300");
        assert.equal(waits("further-podinfo-source", gitRepository), "condition=Ready");
        assert.deepEqual(inputs(gitRepository, "further-podinfo-source").spec, {
            url,
            ref: { tag: "6.11.0" },
            interval: "2m",
        });
        // The Secret of the apps alone.
        assert.equal(engine.ofType(secretType).length, 1);
    });

    for (const ref of [{ branch: "main" }, { semver: ">=1.0.0" }, { commit: "a".repeat(40) }]) {
        it(`hands Flux one ref field: ${JSON.stringify(ref)}`, async () => {
            await made({ sources: { podinfo: { ...podinfo, ref } } });
            assert.deepEqual(inputs(gitRepository, "further-podinfo-source").spec.ref, ref);
        });
    }

    it("reads a repository of the owner with a read-only deploy key of its own", async () => {
        await made({ sources: { own } });
        const { repository, readOnly, title } = engine.one(
            "github:index/repositoryDeployKey:RepositoryDeployKey",
            "further-own-deploy-key-key",
        ).inputs;
        assert.deepEqual(
            { repository, readOnly, title },
            { repository: "platform", readOnly: true, title: "flux-dev" },
        );
        const { url: read, secretRef } = inputs(gitRepository, "further-own-source").spec;
        assert.equal(read, "ssh://git@github.com/misua/platform.git");
        assert.deepEqual(secretRef, { name: "further-own-secret-1a2b3c4d" });
    });

    it("applies from a further source, and waits for the revision asked for", async () => {
        const more = { targetNamespace: "podinfo", serviceAccountName: "podinfo", dependsOn: ["infrastructure"] };
        await made({ sources: { podinfo }, kustomizations: { web: { ...applied, ...more } } });
        assert.deepEqual(inputs(kustomization, "further-web-kustomization").spec, {
            sourceRef: { kind: "GitRepository", name: "podinfo" },
            path: "./kustomize",
            interval: "10m",
            retryInterval: "1m",
            timeout: "3m",
            prune: true,
            wait: true,
            deletionPolicy: "Orphan",
            targetNamespace: "podinfo",
            serviceAccountName: "podinfo",
            dependsOn: [{ name: "infrastructure" }],
        });
        assert.equal(
            waits("further-web-kustomization"),
            "jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, '6[.]11[.]0@sha1:.*')]}",
        );
    });

    it("waits for any revision of a range, for a commit on any branch, and for nothing of a suspended source", async () => {
        const sources = {
            range: { ...podinfo, ref: { semver: ">=1.0.0" } },
            pinned: { ...podinfo, ref: { commit: "a".repeat(40) } },
            stopped: { ...podinfo, suspend: true },
        };
        const kustomizations = Object.fromEntries(
            Object.keys(sources).map((source) => [source, { ...applied, source }]),
        );
        await made({ sources, kustomizations, addresses: {} });
        assert.match(waits("further-range-kustomization") ?? "", /'\.\*@sha1:\.\*'/);
        assert.match(waits("further-pinned-kustomization") ?? "", /'\(\.\*@\)\?sha1:a{40}'/);
        assert.equal(waits("further-stopped-kustomization"), undefined);
        assert.equal(inputs(gitRepository, "further-stopped-source").spec.suspend, true);
    });

    it("applies another folder of the stack's own repository", async () => {
        await made({ kustomizations: { monitoring: { ...applied, source: "infrastructure" } } });
        assert.deepEqual(inputs(kustomization, "further-monitoring-kustomization").spec.sourceRef, {
            kind: "GitRepository",
            name: "fluxcd-apps",
        });
    });

    it("makes each Kustomization after those it depends on, whatever their order in the stack file", async () => {
        const of = (...dependsOn: string[]) => ({ ...applied, dependsOn });
        await made({ sources: { podinfo }, kustomizations: { last: of("middle"), middle: of("first"), first: of() } });
        const after = (name: string) => engine.one(kustomization, name).options.dependsOn as string[];
        assert.ok(after("further-last-kustomization").includes("further-middle-kustomization"));
        assert.ok(after("further-middle-kustomization").includes("further-first-kustomization"));
    });

    it("labels what is of a shard, and decrypts with a Secret of each Kustomization's own", async () => {
        const kustomizations = {
            one: { ...applied, shard: "shard1", decryption: "age" as const },
            two: { ...applied, decryption: "age" as const },
        };
        await made({ sources: { podinfo: { ...podinfo, shard: "shard1" } }, kustomizations });
        const labels = { "sharding.fluxcd.io/key": "shard1" };
        assert.deepEqual(inputs(gitRepository, "further-podinfo-source").metadata.labels, labels);
        assert.deepEqual(inputs(kustomization, "further-one-kustomization").metadata.labels, labels);
        const names = ["one", "two"].map((name) => inputs(secretType, `further-${name}-decryption-keys`).metadata.name);
        assert.match(String(names[0]), /^one-decryption-/);
        assert.match(String(names[1]), /^two-decryption-/);
    });

    it("tells where the cluster stands in each, and names all Kustomizations of the stack", async () => {
        const [sources, kustomizations] = lists;
        const live = (name: string, status: object, suspend?: boolean) => ({
            items: [{ metadata: { name: "another" } }, { metadata: { name }, spec: { suspend }, status }],
        });
        world.answers.set(sources, live("podinfo", { artifact: { revision: "6.11.0@sha1:a" } }, true));
        world.answers.set(kustomizations, live("web", { lastAppliedRevision: "6.10.0@sha1:b" }));
        const synced = await made({ sources: { podinfo }, kustomizations: { web: applied } });
        assert.deepEqual(synced.names, ["infrastructure", "web"]);
        assert.deepEqual(await value(pulumi.output(synced.status)), {
            sources: { podinfo: { ref: podinfo.ref, suspended: true, fetchedRevision: "6.11.0@sha1:a" } },
            kustomizations: {
                web: { source: "podinfo", path: "./kustomize", suspended: false, appliedRevision: "6.10.0@sha1:b" },
            },
        });
    });

    it("does the same work for each of five hundred, and asks the cluster for all of them at once", async () => {
        const names = Array.from({ length: 500 }, (_, index) => `team-${index}`);
        const kustomizations = Object.fromEntries(
            names.map((name, index) => [name, { ...applied, dependsOn: index === 0 ? [] : [names[index - 1] ?? ""] }]),
        );
        const { status } = await made({ sources: { podinfo }, kustomizations });
        const made500 = engine.registered.filter(({ name }) => name.startsWith("further-team-"));
        assert.deepEqual(new Set(made500.map(({ type }) => type)), new Set([kustomization]));
        assert.equal(made500.length, 500);
        const dependencies = made500.map(({ options }) => (options.dependsOn as string[] | undefined)?.length ?? 0);
        assert.ok(Math.max(...dependencies) <= 3, `one has ${Math.max(...dependencies)} dependencies`);
        await value(pulumi.output(status));
        const ofInfrastructure = [`${lists[0]}/fluxcd-apps`, `${lists[1]}/apps`];
        assert.deepEqual(
            world.asked.filter((request) => request.includes("/namespaces/")).sort(),
            [...lists, ...ofInfrastructure].sort(),
        );
    });
});
