import { compact } from "../../domain/records";
import type { Assessment, ObjectStatus, Wanted } from "./assess";
import type { EnvironmentStatus } from "./gather";
import type { Credential } from "./credentials";
import type { Drift } from "./drift";

type Controllers = Extract<EnvironmentStatus["cluster"], { readonly healthy: boolean }>["controllers"];

/** The state of the controllers in a few words. */
export function controllerWords(controllers: Controllers): { readonly words: string; readonly good: boolean } {
    const down = controllers.filter(({ ready }) => !ready).map(({ name }) => name);
    if (controllers.length === 0) {
        return { words: "Flux is not installed", good: false };
    }
    return down.length > 0
        ? { words: `not ready: ${down.join(", ")}`, good: false }
        : { words: `${controllers.length} controller${controllers.length === 1 ? "" : "s"} ready`, good: true };
}

/** The sources and Kustomizations of a cluster, in display order. */
export function objectsOf({ sources, kustomizations }: Assessment): [string, ObjectStatus][] {
    return [...Object.entries(sources), ...Object.entries(kustomizations)];
}

/** The wanted revision in Flux's format: `main@sha1:<commit>`, or `sha1:<commit>` for a commit without a ref. */
export function wish({ ref, commit }: Wanted): string {
    const suffix = commit === undefined ? "" : `sha1:${commit}`;
    return ref === commit ? suffix : [ref, suffix].filter(Boolean).join("@");
}

/** The messages about an object; empty if there are none. */
export function wordsOf({ message, why, drift }: ObjectStatus): string[] {
    return [...compact([message, why]), ...drift.map(driftWords)];
}

/**
 * A line such as `spec.ref of the GitRepository is {"branch":"main"}, the stack file says {"tag":"prod-v1.0.0"}
 * (kubectl-edit wrote it)`.
 */
export function driftWords({ object, field, wanted, found, by }: Drift): string {
    const is = found === undefined ? "is missing" : `is ${JSON.stringify(found)}`;
    const says = wanted === undefined ? "does not have it" : `says ${JSON.stringify(wanted)}`;
    const writer = by?.startsWith("pulumi-kubernetes") ? "since the last update" : by && `${by} wrote it`;
    return `spec.${field} of the ${object} ${is}, the stack file ${says}${writer ? ` (${writer})` : ""}`;
}

export const dayMs = 24 * 3600_000;

/** The age and expiry of a credential in words. */
export function credentialWords({ made, lastUsed, expires, message }: Credential, now: Date): string {
    return [
        ...(made === undefined ? [] : [`made ${day(made)}, ${days(now.getTime() - Date.parse(made))} ago`]),
        ...(lastUsed === undefined ? [] : [`last used ${day(lastUsed)}`]),
        ...(expires === undefined ? [] : [endOf(expires, now)]),
        ...(message === undefined ? [] : [message]),
    ].join(", ");
}

/** A text such as `expires 2026-12-20, in 26 days`. */
export function endOf(expires: string, now: Date): string {
    const left = Date.parse(expires) - now.getTime();
    return left > 0 ? `expires ${day(expires)}, in ${days(left)}` : `expired ${day(expires)}`;
}

function day(at: string): string {
    return at.slice(0, 10);
}

/** Whole days in words. */
export function days(ms: number): string {
    const whole = Math.floor(ms / dayMs);
    return whole === 1 ? "1 day" : `${whole} days`;
}

/** A time in the past in words: `just now`, `5 min ago`, `3 h ago` or `2 days ago`. */
export function ago(at: string, now: Date): string {
    const ms = now.getTime() - Date.parse(at);
    const minutes = Math.floor(ms / 60_000);
    const hours = Math.floor(minutes / 60);
    if (minutes < 1) {
        return "just now";
    }
    return ms >= 2 * dayMs ? `${days(ms)} ago` : hours < 1 ? `${minutes} min ago` : `${hours} h ago`;
}

/** Shortens `staging-v1.2.0@sha1:abc1234...` to `staging-v1.2.0@abc1234`, and `sha1:abc1234...` to `abc1234`. */
export function shortRevision(revision: string | undefined): string {
    return revision?.replace(/(^|@)sha1:([0-9a-f]{7})[0-9a-f]*$/, "$1$2") ?? "-";
}
