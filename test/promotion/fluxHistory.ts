import type { Snapshot } from "../../clients/cluster";
import type { Run } from "./model";
import { iso } from "./simulation";

/** As Flux keeps it: https://fluxcd.io/flux/components/kustomize/kustomizations/#history */
export function upsert(history: Snapshot[], { at, commit, healthy }: Run): void {
    const status = healthy ? "ReconciliationSucceeded" : "HealthCheckFailed";
    const revision = `ref@sha1:${commit}`;
    const found = history.findIndex((it) => it.metadata?.revision === revision && it.lastReconciledStatus === status);
    const [known] = found < 0 ? [] : history.splice(found, 1);
    const firstReconciled = known?.firstReconciled ?? iso(at);
    history.unshift({ firstReconciled, lastReconciled: iso(at), lastReconciledStatus: status, metadata: { revision } });
    history.splice(5);
}
