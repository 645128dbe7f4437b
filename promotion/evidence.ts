import { unknownHealth, type UnknownHealth } from "../config/unknownHealth";
import { type StackOutputs, outputsSchema } from "../domain/outputs";
import { messageOf } from "../domain/problem";
import { type Kustomization, readClusterUid, readKustomization, type Snapshot } from "../clients/cluster";

/** A period in which a cluster had a revision applied and found it healthy. Times are ISO 8601, as Flux writes them. */
export interface HealthyRevision {
    /** The revision in Flux's format, such as `main@sha1:<commit>`. */
    readonly revision: string;
    readonly since: string;
    /** Undefined if the period has not ended. */
    readonly until?: string | undefined;
}

export interface SourceEvidence {
    readonly healthy: readonly HealthyRevision[];
    /** A Kustomization that fails now, the revision that fails, and Flux's message; undefined if none fails. */
    readonly failing?: { readonly kustomization: string; readonly revision: string; readonly message: string };
    /** The kinds that count as healthy before their operators have handled them; undefined if there are none. */
    readonly unknownHealth?: readonly (UnknownHealth & { readonly kustomization: string })[];
}

/** The evidence from the upstream stack. */
export interface Evidence {
    /** The kubeconfig context of its cluster. */
    readonly context: string;
    readonly sources: Readonly<Record<string, SourceEvidence>>;
    /**
     * The reason its cluster could not be asked; the evidence is then only the outputs of its last update. Undefined if
     * it answered.
     */
    readonly unreachable?: string;
}

/** Reads a cluster by its kubeconfig context. */
export interface ClusterReader {
    readonly uid: (context: string) => Promise<string>;
    readonly kustomization: (context: string, name: string) => Promise<Kustomization | undefined>;
}

const kubeconfigReader: ClusterReader = { uid: readClusterUid, kustomization: readKustomization };

/**
 * Gathers the evidence in a stack's outputs and, if it answers, in its cluster. Fails if the outputs are not this
 * program's.
 */
export async function gatherEvidence(stackOutputs: unknown, reader = kubeconfigReader): Promise<Evidence> {
    const { success, data: outputs } = outputsSchema.safeParse(stackOutputs);
    if (!success) {
        throw new Error("it has no outputs of this program yet");
    }
    const { context } = outputs.cluster;
    const recorded = (source: string): SourceEvidence => ({ healthy: outputs.evidence[source] ?? [] });
    const names = Object.keys(outputs.evidence);
    try {
        const live = await liveEvidence(outputs, reader);
        const sources = names.map((name) => [name, merged(live[name], recorded(name))] as const);
        return { context, sources: Object.fromEntries(sources) };
    } catch (error) {
        const sources = Object.fromEntries(names.map((name) => [name, recorded(name)]));
        return { context, sources, unreachable: messageOf(error) };
    }
}

/**
 * The evidence in a stack's cluster, by source. Fails if the cluster does not answer, or if it is not the stack's
 * cluster.
 */
async function liveEvidence(
    { cluster, evidence, kustomizations }: StackOutputs,
    reader: ClusterReader,
): Promise<Readonly<Record<string, SourceEvidence>>> {
    const { context } = cluster;
    const [found, ...live] = await Promise.all([
        reader.uid(context),
        ...Object.keys(kustomizations).map((name) => reader.kustomization(context, name)),
    ]);
    if (found !== cluster.uid) {
        throw new Error(`context ${context} leads to another cluster, whose kube-system has uid ${found}`);
    }
    const named = Object.entries(kustomizations).map(([name, { source }], at) => ({ name, source, object: live[at] }));
    return Object.fromEntries(
        Object.keys(evidence).map((source) => [source, evidenceOf(named.filter((each) => each.source === source))]),
    );
}

/** Adds the periods that only the outputs remember. For a revision in both, the cluster's period counts. */
function merged(live: SourceEvidence | undefined, recorded: SourceEvidence): SourceEvidence {
    const known = new Set(live?.healthy.map(({ revision }) => revision));
    const forgotten = recorded.healthy.filter(({ revision, until }) => until !== undefined && !known.has(revision));
    return { ...live, healthy: [...(live?.healthy ?? []), ...forgotten] };
}

interface Applied {
    readonly name: string;
    readonly object: Kustomization | undefined;
}

/** The evidence of a source, from all Kustomizations that apply it. */
function evidenceOf(applied: readonly Applied[]): SourceEvidence {
    const unknown = applied.flatMap(({ name, object }) =>
        unknownHealth(object ?? {}).map((it) => ({ ...it, kustomization: name })),
    );
    const healthy = healthyTogether(applied.map(({ object }) => healthyRevisions(object?.status?.history)));
    const found = { healthy, ...(unknown.length > 0 && { unknownHealth: unknown }) };
    for (const { name, object } of applied) {
        const { conditions, lastAttemptedRevision: revision = "" } = object?.status ?? {};
        const ready = conditions?.find(({ type }) => type === "Ready");
        if (ready?.status === "False") {
            const message = `${ready.reason}: ${ready.message}`;
            return { ...found, failing: { kustomization: name, revision, message } };
        }
    }
    return found;
}

/** The periods in which several Kustomizations were healthy at the same revision. */
export function healthyTogether(each: readonly (readonly HealthyRevision[])[]): HealthyRevision[] {
    const [first = [], ...others] = each;
    return others.reduce<HealthyRevision[]>(
        (together, more) =>
            together.flatMap(({ revision, since, until }) => {
                const same = more.find((it) => it.revision === revision);
                const ends = [until, same?.until].filter((end) => end !== undefined);
                const end = ends.toSorted((one, other) => Date.parse(one) - Date.parse(other))[0];
                const start = same && later(since, same.since);
                return start === undefined || (end !== undefined && Date.parse(end) < Date.parse(start))
                    ? []
                    : [{ revision, since: start, ...(end !== undefined && { until: end }) }];
            }),
        [...first],
    );
}

function later(one: string, other: string): string {
    return Date.parse(one) >= Date.parse(other) ? one : other;
}

/**
 * The periods without interruption in which a Kustomization was healthy, one for each revision in its history. When
 * earlier content comes back, Flux keeps the time of its first reconciliation, so any other result since then ends the
 * period.
 */
export function healthyRevisions(history: readonly Snapshot[] = []): HealthyRevision[] {
    return history.flatMap((snapshot, index): HealthyRevision[] => {
        const revision = snapshot.metadata?.revision;
        if (snapshot.lastReconciledStatus !== "ReconciliationSucceeded" || revision === undefined) {
            return [];
        }
        const breaks = history.slice(index + 1).map(({ lastReconciled }) => lastReconciled);
        const since = [snapshot.firstReconciled, ...breaks].reduce(later);
        return [{ revision, since, ...(index > 0 && { until: snapshot.lastReconciled }) }];
    });
}
