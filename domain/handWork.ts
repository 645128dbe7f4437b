/** A field of an object that somebody else than the stack and Kubernetes' own controllers has set. */
export interface HandWork {
    /** Such as `Kustomization apps`. */
    readonly object: string;
    /** From the object's root, such as `spec.suspend`. */
    readonly field: string;
    /** Who wrote it, by the name that its client gave: `kubectl-patch`, `flux`. Undefined if Kubernetes does not remember. */
    readonly manager: string | undefined;
    /** ISO 8601. */
    readonly since: string | undefined;
}

/** In a sentence, such as `Kustomization apps: spec.suspend, by kubectl-patch at 2026-01-31T12:00:00Z`. */
export function inWords({ object, field, manager, since }: HandWork): string {
    return `${object}: ${field}, ${manager === undefined ? "by whom is not recorded" : `by ${manager} at ${since ?? "a time not recorded"}`}`;
}
