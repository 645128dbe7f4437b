import type { Ref } from "../domain/release";

/**
 * A `pulumi.com/waitFor` expression that is true once a Kustomization has applied the ref. The Ready condition is not
 * enough, because it may still be true for the ref before. `.` is bracketed so that 1.2.3 does not match 1.2.30. The
 * test for existence keeps `match` away from a status that has no revision yet.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#last-applied-revision
 */
export function appliedRevision(ref: Ref): string {
    return `jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, '${pattern(ref)}')]}`;
}

/** The revisions that such an expression waits for, as Flux has them in its status; undefined for another one. */
export function revisionPattern(waitFor: string): RegExp | undefined {
    const [, revision] = /match\(@\.lastAppliedRevision, '([^']+)'\)/.exec(waitFor) ?? [];
    return revision === undefined ? undefined : new RegExp(`^${revision}$`);
}

function pattern(ref: Ref): string {
    if ("tag" in ref) {
        return `${literally(ref.tag)}@sha1:${ref.commit ?? ".*"}`;
    }
    if ("branch" in ref) {
        return `${literally(ref.branch)}@sha1:.*`;
    }
    // For a version range, Flux may find any tag; for a commit, any branch.
    return "semver" in ref ? ".*@sha1:.*" : `(.*@)?sha1:${ref.commit}`;
}

function literally(name: string): string {
    return name.replaceAll(/[^A-Za-z0-9/_-]/g, "[$&]");
}
