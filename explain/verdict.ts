/** What Flux says of an object in its Ready condition. */
export interface Verdict {
    readonly reason: string;
    readonly message: string;
}

/** Failures of a revision itself: no retry of Flux changes them. The reasons are from Flux's controllers. */
const ofRevision: readonly RegExp[] = [
    /^BuildFailed: /,
    /^ArtifactFailed: kustomization path not found/,
    /^Invalid(?:TagSignature|CommitSignature|GitObject|VerificationMode): /,
    /^GitOperationFailed: .*couldn't find remote ref/s,
];

/**
 * Refusals of the API server, by RBAC, by a policy or for an object's content. They last, unless the rights, the policy
 * or the definition are on their way at the same time.
 */
const ofCluster: readonly RegExp[] = [
    /^ReconciliationFailed: .*is forbidden: User "/s,
    /^ReconciliationFailed: .*denied (?:the )?request/s,
    /^ReconciliationFailed: .*(?:is invalid: |Invalid value|Required value|Unsupported value|unknown field|is immutable)/s,
];

/** Failures that pass by themselves, although they read like a refusal. */
const passing: readonly RegExp[] = [
    // The webhook's own pods are still on their way.
    /failed calling webhook|no endpoints available|connection refused|context deadline exceeded/,
    // A namespace that another Kustomization makes.
    /namespaces "[^"]+" not found/,
];

/**
 * Whether waiting longer cannot help: `now` for a failure of the revision itself, `repeated` for one that counts only if
 * Flux fails with it again, and undefined for one that may pass.
 */
export function lasting({ reason, message }: Verdict): "now" | "repeated" | undefined {
    const text = `${reason}: ${message}`;
    const reads = (patterns: readonly RegExp[]) => patterns.some((pattern) => pattern.test(text));
    if (reads(ofRevision)) {
        return "now";
    }
    return reads(ofCluster) && !reads(passing) ? "repeated" : undefined;
}
