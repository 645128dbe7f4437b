/** A field of an object that was set by something other than the stack and Kubernetes' own controllers. */
export interface HandWork {
    /** The kind and name, such as `Kustomization apps`. */
    readonly object: string;
    /** The path from the object's root, such as `spec.suspend`. */
    readonly field: string;
    /**
     * The writer's name as its client gave it, such as `kubectl-patch` or `flux`; undefined if Kubernetes does not
     * record it.
     */
    readonly manager: string | undefined;
    /** The time of the write, in ISO 8601; undefined if Kubernetes does not record it. */
    readonly since: string | undefined;
}

/** A line for people, such as `Kustomization apps: spec.suspend, by kubectl-patch at 2026-01-31T12:00:00Z`. */
export function inWords({ object, field, manager, since }: HandWork): string {
    return `${object}: ${field}, ${manager === undefined ? "by an unknown writer" : `by ${manager} at ${since ?? "a time not recorded"}`}`;
}
