import * as pulumi from "@pulumi/pulumi";

import { dependenciesOf, type Further } from "../config/further";
import { inOrder } from "../domain/dependencies";
import type { Address } from "../checks/sources";
import { readKustomizations, readSources } from "../clients/cluster";
import { credential, type CredentialArgs } from "./credential";
import { type Followed, gitRepository } from "./gitRepository";
import { kustomization } from "./kustomization";

export interface FurtherSyncsArgs extends Further {
    /** The kubeconfig context of the cluster, to read there why an update failed. */
    context: string;
    /** The namespace Flux runs in. */
    namespace: pulumi.Input<string>;
    /** The age identities of the stack, one a line. A secret. */
    ageKeys: pulumi.Output<string>;
    /** Where each source is, by its name. */
    addresses: Readonly<Record<string, Address>>;
    /** The objects that people have suspended, each as `Kustomization podinfo`; without it, none. */
    suspended?: ReadonlySet<string> | undefined;
    /** What Flux reads a repository of the stack's owner with. */
    reader: Omit<CredentialArgs, "repository">;
    /** What may be depended on and applied from beside the further ones, by name. */
    syncs: Readonly<Record<string, pulumi.Resource & { readonly source: Followed }>>;
}

/** What Flux follows beside infrastructure and apps. */
export interface FurtherSynced {
    /** What was made. */
    readonly made: readonly pulumi.Resource[];
    /** The names of all Kustomizations of the stack. */
    readonly names: readonly string[];
    /** Where the cluster stands in it, for the outputs. */
    readonly status: FurtherStatus | object;
}

interface FurtherStatus {
    readonly sources: pulumi.Output<Readonly<Record<string, object>>>;
    readonly kustomizations: pulumi.Output<Readonly<Record<string, object>>>;
}

/** How long an update may take to be fetched. Flux gives up a fetch after a minute, and tries again. */
const fetchTimeout = "5m";

/** The further sources and Kustomizations of a stack that has any. */
export function furtherSyncs(
    name: string,
    args: FurtherSyncsArgs,
    opts: pulumi.ComponentResourceOptions,
): FurtherSynced {
    const { sources, kustomizations, syncs } = args;
    const names = [...Object.keys(syncs), ...Object.keys(kustomizations)];
    if (Object.keys(sources).length + Object.keys(kustomizations).length === 0) {
        return { made: [], names, status: {} };
    }
    const made = new FurtherSyncs(name, args, opts);
    return { made: [made], names, status: made.status };
}

/**
 * What Flux follows beside infrastructure and apps: GitRepositories, with a deploy key each where they are not public, and
 * Kustomizations. An update is done when each has applied what it asks for.
 */
export class FurtherSyncs extends pulumi.ComponentResource {
    public readonly status: FurtherStatus;

    constructor(name: string, args: FurtherSyncsArgs, opts?: pulumi.ComponentResourceOptions) {
        const { sources, kustomizations, context, namespace, ageKeys, suspended, addresses, reader, syncs } = args;
        super("fluxcd:flux:FurtherSyncs", name, { sources, kustomizations }, opts);
        const child = { parent: this };
        const inFlux = { context, namespace, ageKeys, suspended };

        const followed = new Map<string, Followed>(Object.entries(syncs).map(([it, { source }]) => [it, source]));
        const made: pulumi.CustomResource[] = [];
        for (const [source, { repository, ...settings }] of Object.entries(sources)) {
            const { sshUrl, httpUrl } = addresses[source] ?? { sshUrl: "", httpUrl: "" };
            const urls = { sshUrl: pulumi.output(sshUrl), httpUrl: pulumi.output(httpUrl) };
            const read =
                repository === undefined
                    ? { url: urls.httpUrl }
                    : credential(`${name}-${source}`, { ...reader, repository: { name: repository, ...urls } }, child);
            const { interval: sourceInterval, ref, suspend } = settings;
            const asked = { ...settings, ...inFlux, repository: source, credential: read, sourceInterval };
            const object = gitRepository(`${name}-${source}`, { ...asked, timeout: fetchTimeout }, this);
            followed.set(source, { object, ref, suspend });
            made.push(object);
        }

        const ready = new Map<string, pulumi.Resource>(Object.entries(syncs));
        for (const each of inOrder(dependenciesOf(kustomizations)).order) {
            const settings = kustomizations[each];
            const source = followed.get(settings?.source ?? "");
            if (!settings || !source) {
                throw new Error(`\`kustomizations\` has a source that there is not: ${each}`);
            }
            const { dependsOn: after } = settings;
            const asked = { ...settings, ...inFlux, after, kustomization: each, decryptionPrefix: each };
            const object = kustomization(
                `${name}-${each}`,
                { ...asked, source: source.object, ref: source.suspend ? undefined : source.ref },
                { parent: this, dependsOn: after.flatMap((other) => ready.get(other) ?? []) },
            );
            ready.set(each, object);
            made.push(object);
        }

        this.status = statusOf(args, made);
        this.registerOutputs({ status: this.status });
    }
}

/**
 * Where the cluster stands once everything is made: in two requests however many there are. Read as resources, each would
 * be a step of its own, before and after which the engine writes the whole state.
 */
function statusOf({ sources, kustomizations, context }: FurtherSyncsArgs, made: pulumi.CustomResource[]) {
    const done = pulumi.all(made.map(({ id }) => id));
    return {
        sources: done.apply(async () => {
            const live = byName(await readSources(context));
            return mapped(sources, ({ ref }, name) => ({
                ref,
                suspended: live.get(name)?.spec?.suspend === true,
                fetchedRevision: live.get(name)?.status?.artifact?.revision,
            }));
        }),
        kustomizations: done.apply(async () => {
            const live = byName(await readKustomizations(context));
            return mapped(kustomizations, ({ source, path }, name) => ({
                source,
                path,
                suspended: live.get(name)?.spec?.suspend === true,
                appliedRevision: live.get(name)?.status?.lastAppliedRevision,
            }));
        }),
    };
}

function byName<T extends { readonly metadata: { readonly name: string } }>(objects: readonly T[]): Map<string, T> {
    return new Map(objects.map((object) => [object.metadata.name, object]));
}

function mapped<T>(record: Readonly<Record<string, T>>, to: (value: T, name: string) => object) {
    return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));
}
