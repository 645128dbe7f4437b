import assert from "node:assert/strict";

import fc from "fast-check";
import type { z } from "zod";

import { fluxSchema } from "../../config/flux";
import { customize } from "../../manifest/customize";
import { componentOf, type Deployment, isDeployment, managerOf } from "../../domain/objects";
import type { ManifestObject } from "../../domain/objects";
import { allControllers, releaseObjects } from "../support/release";
import { validate } from "../support/schema";

type Options = z.input<typeof fluxSchema>;

describe("customize, with any options", () => {
    it("accepts every release, and does not modify its input", () => {
        property((options, release) => {
            const before = structuredClone(release);
            const { problems } = apply(options, release);
            assert.deepEqual(problems, []);
            assert.deepEqual(release, before);
        });
    });

    it("loses no object, duplicates none, and changes only Deployments", () => {
        property((options, release) => {
            const { objects } = apply(options, release);
            const names = objects.map(nameOf);
            assert.equal(new Set(names).size, names.length);
            const kept = release.filter(({ kind }) => kind !== "NetworkPolicy" || options.networkPolicies !== false);
            assert.deepEqual(
                objects.map(nameOf).filter((name) => release.some((it) => nameOf(it) === name)),
                kept.map(nameOf),
            );
            for (const object of kept.filter(({ kind }) => kind !== "Deployment")) {
                assert.deepEqual(
                    objects.find((it) => nameOf(it) === nameOf(object)),
                    object,
                );
            }
        });
    });

    it("sets every flag once", () => {
        property((options, release) => {
            for (const deployment of apply(options, release).objects.filter(isDeployment)) {
                const flags = (managerOf(deployment)?.args ?? []).map((argument) => argument.split("=")[0]);
                assert.equal(new Set(flags).size, flags.length, flags.join(" "));
            }
        });
    });

    it("creates Deployments that select their own pods, and Services that select one Deployment's pods", () => {
        property((options, release) => {
            const { objects } = apply(options, release);
            const pods = objects.filter(isDeployment).map(podLabelsOf);
            for (const { kind, metadata, spec } of objects) {
                const { selector } = (spec ?? {}) as { selector?: { matchLabels?: Labels } & Labels };
                const labels = kind === "Deployment" ? selector?.matchLabels : selector;
                if (["Deployment", "Service"].includes(kind)) {
                    assert.equal(pods.filter((it) => selects(labels, it)).length, 1, `${kind} ${metadata.name}`);
                }
            }
        });
    });

    it("mounts exactly the claims that it creates", () => {
        property((options, release) => {
            const { objects } = apply(options, release);
            const claims = objects
                .filter(({ kind }) => kind === "PersistentVolumeClaim")
                .map(({ metadata }) => metadata.name);
            const mounted = objects
                .filter(isDeployment)
                .flatMap(({ spec }) => (spec.template.spec.volumes ?? []) as readonly Volume[])
                .flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
            assert.deepEqual(mounted.toSorted(), claims.toSorted());
        });
    });

    it("changes nothing the second time, for options that add no objects", () => {
        property(({ shards, storage, ...options }, release) => {
            const once = apply(options, release).objects;
            assert.deepEqual(apply(options, [...once]).objects, once);
        });
    });

    it("creates valid Kubernetes objects", async () => {
        await fc.assert(
            fc.asyncProperty(anyOptions, anyRelease, async (options, release) => {
                const known = ["Deployment", "Service", "PersistentVolumeClaim"];
                for (const object of apply(options, release).objects.filter(({ kind }) => known.includes(kind))) {
                    await validate(object);
                }
            }),
            { numRuns: 5 },
        );
    });
});

type Labels = Readonly<Record<string, string>>;

interface Volume {
    readonly persistentVolumeClaim?: { readonly claimName: string };
}

function property(holds: (options: Options, release: ManifestObject[]) => void): void {
    fc.assert(fc.property(anyOptions, anyRelease, holds), { numRuns: 40 });
}

/** Gates of controllers that are not installed are refused, and have a test of their own. */
function apply(options: Options, release: ManifestObject[]) {
    const installed = release.filter(isDeployment).map(componentOf);
    const gates = Object.entries(options.featureGates ?? {}).filter(([name]) => installed.includes(name));
    return customize(release, fluxSchema.parse({ ...options, featureGates: Object.fromEntries(gates) }), "dev");
}

function nameOf({ kind, metadata }: ManifestObject): string {
    return `${kind} ${metadata.name}`;
}

function podLabelsOf({ spec }: Deployment): Labels {
    return (spec.template as { metadata?: { labels?: Labels } }).metadata?.labels ?? {};
}

function selects(selector: Labels | undefined, labels: Labels): boolean {
    return selector !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value);
}

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
const domain = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));

const anyRelease = fc
    .subarray(allControllers.slice(2))
    .map((more) => releaseObjects(["source-controller", "kustomize-controller", ...more]));

const anyOptions: fc.Arbitrary<Options> = fc.record(
    {
        registry: fc.tuple(domain, name).map((parts) => parts.join("/")),
        imagePullSecret: domain,
        logLevel: fc.constantFrom("info", "debug", "error"),
        watchAllNamespaces: fc.boolean(),
        clusterDomain: domain,
        tolerations: fc.array(
            fc.record({ key: name, value: name, effect: fc.constantFrom("NoSchedule", "NoExecute") }),
        ),
        nodeSelector: fc.dictionary(name, name),
        networkPolicies: fc.boolean(),
        size: fc.constantFrom("small", "medium", "large"),
        storage: fc.record({ size: fc.constantFrom("1Gi", "10Gi"), class: domain }, { requiredKeys: ["size"] }),
        featureGates: fc.dictionary(
            fc.constantFrom(...allControllers),
            fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}$/), fc.boolean()),
        ),
        shards: fc.uniqueArray(name, { maxLength: 3 }),
        multitenancy: fc.oneof(fc.boolean(), domain),
    },
    { requiredKeys: [] },
);
