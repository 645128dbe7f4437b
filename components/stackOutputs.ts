import * as pulumi from "@pulumi/pulumi";

import {
    type Kustomization as LiveKustomization,
    readKustomizations,
    readSources,
    type Source as LiveSource,
} from "../clients/cluster";
import { lastOutputs } from "../clients/engine";
import type { Found } from "../checks";
import type { Config } from "../config";
import { type KustomizationOutput, pinnedRevision, type SourceOutput, type StackOutputs } from "../domain/outputs";
import { mapValues, required } from "../domain/records";
import type { Ref } from "../domain/release";
import { healthyRevisions, healthyTogether } from "../promotion/evidence";
import type { Kustomization } from "./kustomization";
import type { Repository } from "./repository";
import type { Source } from "./source";
import { taken } from "./taken";

export interface StackOutputsArgs {
    readonly config: Pick<Config, "stack" | "environment" | "context" | "flux">;
    readonly found: Pick<Found, "clusterUid" | "credentials" | "sources">;
    readonly repositories: Readonly<Record<string, Repository>>;
    readonly sources: Readonly<Record<string, Source>>;
    readonly kustomizations: Readonly<Record<string, Kustomization>>;
}

type Outputs = { readonly [K in keyof StackOutputs]: pulumi.Input<StackOutputs[K]> };

/** The outputs of a stack. Reads Flux's objects from the cluster after this run has created or updated them. */
export function stackOutputs(args: StackOutputsArgs): Outputs {
    const { config, found, sources, kustomizations } = args;
    const pages = mapValues(sources, ({ settings: { url } }, name) => {
        return args.repositories[name]?.htmlUrl ?? url ?? found.sources[name]?.httpUrl ?? "";
    });
    const made = [
        ...Object.values(sources).map(({ gitRepository }) => gitRepository.id),
        ...Object.values(kustomizations).map(({ object }) => object.id),
    ];
    const takings = Object.values(sources)
        .filter(({ settings }) => settings.promoted)
        .map((source) => taken(source, appliers(source, kustomizations)));
    // A managed resource only has the status of its last update, and a resource that reads an object would add a step.
    const live = pulumi.all([pulumi.all(made), pulumi.all(takings)]).apply(() => readObjects(config.context));
    return {
        environment: config.environment,
        fluxVersion: config.flux.version,
        cluster: { context: config.context, uid: found.clusterUid },
        credentials: found.credentials,
        sources: pulumi
            .all([live, pages])
            .apply(([objects, page]) =>
                mapValues(sources, (source, name) => sourceOutput(source, objects.sources[name], page[name])),
            ),
        kustomizations: live.apply((objects) =>
            mapValues(kustomizations, (it, name) =>
                kustomizationOutput(it, required(sources, it.settings.source), objects, name),
            ),
        ),
        evidence: pulumi.runtime.isDryRun()
            ? lastEvidence(args)
            : live.apply((objects) => evidenceOf(args, objects.kustomizations)),
    };
}

interface LiveObjects {
    readonly sources: Readonly<Record<string, LiveSource>>;
    readonly kustomizations: Readonly<Record<string, LiveKustomization>>;
}

/** Reads all objects in two requests. Returns plain objects, because Pulumi cannot unwrap outputs in a map. */
async function readObjects(context: string): Promise<LiveObjects> {
    const [sources, kustomizations] = await Promise.all([readSources(context), readKustomizations(context)]);
    return { sources: byName(sources), kustomizations: byName(kustomizations) };
}

function sourceOutput({ settings, ref }: Source, live: LiveSource | undefined, page: string | undefined): SourceOutput {
    const { exemption, promoted } = settings;
    const suspended = live?.spec?.suspend === true;
    const fetched = shown(live?.status?.artifact?.revision, ref, suspended);
    return {
        repository: page ?? "",
        ...ref,
        ...(exemption && promoted && { exemption }),
        ...(suspended && { suspended }),
        ...(fetched !== undefined && { fetched }),
    };
}

function kustomizationOutput(
    { settings }: Kustomization,
    { ref }: Source,
    live: LiveObjects,
    name: string,
): KustomizationOutput {
    const object = live.kustomizations[name];
    const suspended = object?.spec?.suspend === true;
    const stopped = suspended || live.sources[settings.source]?.spec?.suspend === true;
    const applied = shown(object?.status?.lastAppliedRevision, ref, stopped);
    return {
        source: settings.source,
        path: settings.path,
        ...(suspended && { suspended }),
        ...(applied !== undefined && { applied }),
    };
}

/**
 * The revision to show; undefined if the update waited for the pinned one, as a preview can already know. The revision
 * of a stopped object is always shown.
 */
function shown(revision: string | undefined, ref: Ref, stopped: boolean): string | undefined {
    const pinned = pinnedRevision(ref);
    const isWaitedFor = pinned !== undefined && !stopped && (pulumi.runtime.isDryRun() || revision === pinned);
    return isWaitedFor ? undefined : revision;
}

function evidenceOf(
    { sources, kustomizations }: StackOutputsArgs,
    live: LiveObjects["kustomizations"],
): StackOutputs["evidence"] {
    const promoted = Object.entries(sources).filter(([, { settings }]) => settings.promoted);
    return mapValues(Object.fromEntries(promoted), (source) =>
        healthyTogether(
            appliers(source, kustomizations).map(({ name }) => healthyRevisions(live[name]?.status?.history)),
        ),
    );
}

/** The evidence of the last update: a preview cannot know the next evidence, so it shows no change. */
async function lastEvidence({ config }: StackOutputsArgs): Promise<StackOutputs["evidence"]> {
    const outputs = (await lastOutputs(config.stack).catch(() => undefined)) as Partial<StackOutputs> | undefined;
    return outputs?.evidence ?? {};
}

function appliers(source: Source, kustomizations: StackOutputsArgs["kustomizations"]): readonly Kustomization[] {
    return Object.values(kustomizations).filter(({ settings }) => settings.source === source.name);
}

function byName<T extends { readonly metadata: { readonly name: string } }>(objects: readonly T[]): Record<string, T> {
    return Object.fromEntries(objects.map((object) => [object.metadata.name, object]));
}
