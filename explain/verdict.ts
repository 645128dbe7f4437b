/** What Flux says of an object in its Ready condition. */
export interface Verdict {
    readonly reason: string;
    readonly message: string;
}

/**
 * The failures that Flux repeats with each retry, until somebody changes the repository, the cluster or the settings.
 * The reasons are from kustomize-controller and source-controller, the messages from the API server.
 */
const lasting: readonly RegExp[] = [
    // The overlay does not build, or has no folder at this revision.
    /^BuildFailed: /,
    /^ArtifactFailed: kustomization path not found/,
    // RBAC.
    /^ReconciliationFailed: .*is forbidden: User "/s,
    // A policy or an admission webhook that has answered.
    /^ReconciliationFailed: .*denied (?:the )?request/s,
    // The API server refuses an object for its content.
    /^ReconciliationFailed: .*(?:is invalid: |Invalid value|Required value|Unsupported value|unknown field|is immutable)/s,
    // The signature or the ref.
    /^Invalid(?:TagSignature|CommitSignature|GitObject|VerificationMode): /,
    /^GitOperationFailed: .*couldn't find remote ref/s,
];

/** A failure that passes by itself, although it reads like a lasting one. */
const passing: readonly RegExp[] = [
    // The webhook's own pods are still on their way.
    /failed calling webhook|no endpoints available|connection refused|context deadline exceeded/,
    // A namespace that another Kustomization makes.
    /namespaces "[^"]+" not found/,
];

/** Whether waiting longer cannot help: Flux fails with the same revision again and again. */
export function isLasting({ reason, message }: Verdict): boolean {
    const text = `${reason}: ${message}`;
    return lasting.some((pattern) => pattern.test(text)) && !passing.some((pattern) => pattern.test(text));
}
