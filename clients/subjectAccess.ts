import { ask, type Resource } from "./cluster";

/**
 * Whether a user of the cluster may use a verb on a resource; undefined if the cluster does not say.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function mayAs(
    context: string,
    user: string,
    verb: string,
    resource: Resource,
): Promise<boolean | undefined> {
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    const spec = { user, resourceAttributes: { verb, ...resource } };
    const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
    const review = await ask<{ status?: { allowed?: boolean } }>(context, { method: "POST", path, body }).catch(
        () => undefined,
    );
    return review?.status?.allowed;
}
