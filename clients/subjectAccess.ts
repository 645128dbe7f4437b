import { AuthorizationV1Api, V1SubjectAccessReview } from "@kubernetes/client-node";

import { kubeconfigOf, type Resource, withTimeout } from "./cluster";

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
    const spec = { user, resourceAttributes: { verb, ...resource } };
    const body = Object.assign(new V1SubjectAccessReview(), { spec });
    try {
        const api = kubeconfigOf(context).makeApiClient(AuthorizationV1Api);
        const { status } = await withTimeout(api.createSubjectAccessReview({ body }));
        return status?.allowed;
    } catch {
        return undefined;
    }
}
