import type { Ref } from "../config";

/**
 * A `pulumi.com/waitFor` expression that holds once a Kustomization has applied the ref: the condition Ready may still be
 * true from the ref before. `.` is bracketed so that 1.2.3 is not 1.2.30, and the bare existence test keeps `match` from
 * a status that has no revision yet.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#last-applied-revision
 */
export function appliedRevision(ref: Ref): string {
    const [name, commit] = "tag" in ref ? [ref.tag, ref.commit ?? ".*"] : [ref.branch, ".*"];
    const pattern = `${name.replaceAll(/[^A-Za-z0-9/_-]/g, "[$&]")}@sha1:${commit}`;
    return `jsonpath={[?@.lastAppliedRevision && match(@.lastAppliedRevision, '${pattern}')]}`;
}
