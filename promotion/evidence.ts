import { z } from "zod";

import { messageOf } from "../domain/problem";
import { type Kustomization, readClusterUid, readKustomization, type Snapshot } from "../clients/cluster";
import { type SourceName, sourceNames } from "../domain/release";

/** A time in which a cluster had a revision applied and found it healthy. Times are ISO 8601, as Flux writes them. */
export interface HealthyRevision {
    /** As Flux writes it, such as `main@sha1:<commit>`. */
    readonly revision: string;
    readonly since: string;
    /** None while it lasts. */
    readonly until?: string;
}

export interface SourceEvidence {
    readonly healthy: readonly HealthyRevision[];
    /** The revision that the cluster fails at now, and Flux's words. */
    readonly failing?: { readonly revision: string; readonly message: string };
}

/** What is known of the stack that another one is promoted from. */
export interface Evidence extends Readonly<Record<SourceName, SourceEvidence>> {
    /** The kubeconfig context of its cluster. */
    readonly context: string;
    /** Why its cluster could not be asked, where these are only the outputs of its last update. */
    readonly unreachable?: string;
}

const healthyRevisionSchema = z.object({ revision: z.string(), since: z.string(), until: z.string().optional() });
const sourceSchema = z.object({ healthyRevisions: z.array(healthyRevisionSchema) });

/** The outputs of a stack of this program, as far as another stack relies on them. */
export const outputsSchema = z.object({
    cluster: z.object({ context: z.string(), uid: z.string() }),
    infrastructure: sourceSchema,
    apps: sourceSchema,
});

/** What asks a cluster, by its kubeconfig context. */
export interface ClusterReader {
    readonly uid: (context: string) => Promise<string>;
    readonly kustomization: (context: string, name: SourceName) => Promise<Kustomization | undefined>;
}

const kubeconfigReader: ClusterReader = { uid: readClusterUid, kustomization: readKustomization };

/** Gathers what a stack's outputs and its cluster, where it answers, say. Fails when there are no outputs to go by. */
export async function gatherEvidence(stackOutputs: unknown, reader = kubeconfigReader): Promise<Evidence> {
    const { success, data: outputs } = outputsSchema.safeParse(stackOutputs);
    if (!success) {
        throw new Error("it has no outputs of this program yet");
    }
    const recorded = (name: SourceName): SourceEvidence => ({ healthy: outputs[name].healthyRevisions.map(defined) });
    const { context, uid } = outputs.cluster;
    try {
        const [found, ...live] = await Promise.all([
            reader.uid(context),
            ...sourceNames.map((name) => reader.kustomization(context, name)),
        ]);
        if (found !== uid) {
            throw new Error(`context ${context} leads to another cluster, whose kube-system has uid ${found}`);
        }
        const [infrastructure, apps] = live.map(liveEvidence);
        return {
            context,
            infrastructure: merged(infrastructure, recorded("infrastructure")),
            apps: merged(apps, recorded("apps")),
        };
    } catch (error) {
        const unreachable = messageOf(error);
        return { context, infrastructure: recorded("infrastructure"), apps: recorded("apps"), unreachable };
    }
}

/** The cluster knows best; what it has forgotten, the outputs may still know. */
function merged(live: SourceEvidence | undefined, recorded: SourceEvidence): SourceEvidence {
    const known = new Set(live?.healthy.map(({ revision }) => revision));
    const forgotten = recorded.healthy.filter(({ revision, until }) => until !== undefined && !known.has(revision));
    return { ...live, healthy: [...(live?.healthy ?? []), ...forgotten] };
}

function liveEvidence(kustomization: Kustomization | undefined): SourceEvidence {
    const { conditions, history, lastAttemptedRevision } = kustomization?.status ?? {};
    const ready = conditions?.find(({ type }) => type === "Ready");
    const healthy = healthyRevisions(history);
    return ready?.status === "False"
        ? {
              healthy,
              failing: { revision: lastAttemptedRevision ?? "", message: `${ready.reason}: ${ready.message}` },
          }
        : { healthy };
}

/**
 * When each revision in a Kustomization's history was healthy without a break. Flux lets a content that comes back keep the
 * time it was first seen, so a break is any other result since.
 */
export function healthyRevisions(history: readonly Snapshot[] = []): HealthyRevision[] {
    return history.flatMap((snapshot, index): HealthyRevision[] => {
        const revision = snapshot.metadata?.revision;
        if (snapshot.lastReconciledStatus !== "ReconciliationSucceeded" || revision === undefined) {
            return [];
        }
        const breaks = history.slice(index + 1).map(({ lastReconciled }) => lastReconciled);
        const since = [snapshot.firstReconciled, ...breaks].reduce((a, b) => (Date.parse(a) >= Date.parse(b) ? a : b));
        return [{ revision, since, ...(index > 0 && { until: snapshot.lastReconciled }) }];
    });
}

/** The commit in a revision such as `main@sha1:<commit>`. */
export function commitIn(revision: string): string {
    return revision.slice(revision.indexOf("@sha1:") + "@sha1:".length);
}

function defined({ revision, since, until }: z.infer<typeof healthyRevisionSchema>): HealthyRevision {
    return { revision, since, ...(until !== undefined && { until }) };
}
