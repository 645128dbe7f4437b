import type { AnyRef } from "../domain/release";

/**
 * A `pulumi.com/waitFor` expression that holds once a Kustomization has applied the ref: the condition Ready may still be
 * true from the ref before. `.` is bracketed so that 1.2.3 is not 1.2.30, and the bare existence test keeps `match` from
 * a status that has no revision yet.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#last-applied-revision
 */
export function appliedRevision(ref: AnyRef): string {
    return `jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, '${pattern(ref)}')]}`;
}

function pattern(ref: AnyRef): string {
    if ("tag" in ref) {
        return `${literally(ref.tag)}@sha1:${ref.commit ?? ".*"}`;
    }
    if ("branch" in ref) {
        return `${literally(ref.branch)}@sha1:.*`;
    }
    // A range is of any tag that Flux finds in it, and a commit of any branch.
    return "semver" in ref ? ".*@sha1:.*" : `(.*@)?sha1:${ref.commit}`;
}

function literally(name: string): string {
    return name.replaceAll(/[^A-Za-z0-9/_-]/g, "[$&]");
}
