import type { Environment } from "../cluster/names.ts";
import { shell } from "../shell.ts";

/** What runs in an environment, read from its cluster. */
export interface Running {
    readonly ref: string;
    readonly revision: string;
    readonly ready: string;
    readonly replicas: string;
    readonly image: string;
}

export async function appliedRevision(environment: Environment): Promise<string> {
    return shell(
        `kubectl --context ${environment} -n flux-system get kustomization apps -o jsonpath='{.status.lastAppliedRevision}'`,
    );
}

export async function running(environment: Environment): Promise<Running> {
    const get = (what: string, path: string) =>
        shell(`kubectl --context ${environment} get ${what} -o jsonpath='${path}'`);
    const [ref, revision, ready, replicas, image] = await Promise.all([
        get("-n flux-system gitrepository apps", "{.spec.ref.branch}{.spec.ref.tag}"),
        appliedRevision(environment),
        get("-n flux-system kustomization apps", '{.status.conditions[?(@.type=="Ready")].status}'),
        get("-n podinfo deployment podinfo", "{.status.readyReplicas}"),
        get("-n podinfo deployment podinfo", "{.spec.template.spec.containers[0].image}"),
    ]);
    return { ref, revision, ready, replicas, image };
}
