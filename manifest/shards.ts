import type { FluxOptions } from "../config/flux";
import type { ManifestObject } from "../domain/objects";
import {
    argumentOf,
    changeManagers,
    componentOf,
    type Customized,
    isDeployment,
    managerOf,
    type Objects,
    type Unfit,
    withArgument,
} from "../domain/objects";

/** The label that assigns one of Flux's objects to a shard. */
export const shardKey = "sharding.fluxcd.io/key";

/** The controllers that get a copy in each shard, as in Flux's documentation. The others watch all objects. */
const sharded = ["source-controller", "kustomize-controller", "helm-controller"];

/**
 * For each shard, adds a copy of the controllers that watches the objects with the shard's label. The main controllers
 * then watch only objects without the label. A copy is named `<controller>-<shard>` and has all options that were
 * applied before this step.
 * https://fluxcd.io/flux/installation/configuration/sharding/
 */
export function shards(objects: Objects, { shards }: FluxOptions): Customized {
    if (shards.length === 0) {
        return { objects, unfit: [] };
    }
    const originals = objects.filter(isSharded);
    const main = changeManagers(objects, (manager, component) =>
        sharded.includes(component) ? withArgument(manager, "watch-label-selector", `!${shardKey}`) : manager,
    );
    const copies = shards.flatMap((shard) => copiesFor(shard, originals));
    return { objects: [...main, ...copies], unfit: withoutAddress(originals, shards) };
}

/** The shards share all other objects, such as accounts and roles, as in Flux's documentation. */
function isSharded(object: ManifestObject): boolean {
    return sharded.includes(componentOf(object)) && ["Deployment", "Service"].includes(object.kind);
}

function copiesFor(shard: string, originals: Objects): Objects {
    const copies = originals.map((object) => {
        const { name, annotations } = object.metadata;
        return {
            ...object,
            metadata: {
                ...object.metadata,
                name: `${name}-${shard}`,
                annotations: { ...annotations, "sharding.fluxcd.io/role": "shard" },
            },
            spec: selecting(object.spec, `${name}-${shard}`),
        };
    });
    return changeManagers(copies, (manager, component) => {
        const watching = withArgument(manager, "watch-label-selector", `${shardKey}=${shard}`);
        const address = argumentOf(watching, "storage-adv-addr");
        return address === undefined
            ? watching
            : withArgument(watching, "storage-adv-addr", address.replace(/^[^.:/]+/, `${component}-${shard}`));
    });
}

/**
 * The spec of a Service or a Deployment, with another value of the pods' label `app`, so that it does not select the
 * main pods.
 */
function selecting(spec: unknown, app: string): unknown {
    const { selector, template, ...rest } = spec as { selector: object; template?: PodTemplate };
    if (!template) {
        return { ...rest, selector: { ...selector, app } };
    }
    const { metadata } = template;
    return {
        ...rest,
        selector: { ...selector, matchLabels: { ...(selector as { matchLabels?: object }).matchLabels, app } },
        template: { ...template, metadata: { ...metadata, labels: { ...metadata?.labels, app } } },
    };
}

interface PodTemplate {
    readonly metadata?: { readonly labels?: object };
}

/**
 * source-controller announces its own address for artifacts. A copy without an address of its own would announce the
 * main one's.
 */
function withoutAddress(originals: Objects, shards: readonly string[]): Unfit[] {
    return originals
        .filter(isDeployment)
        .filter((it) => componentOf(it) === "source-controller")
        .filter((it) => !argumentOf(managerOf(it) ?? { name: "" }, "storage-adv-addr")?.startsWith(it.metadata.name))
        .map(({ metadata }) => ({
            option: "shards",
            value: shards,
            expected: `the manifest's ${metadata.name} has no --storage-adv-addr with its name, which a shard would replace`,
        }));
}
