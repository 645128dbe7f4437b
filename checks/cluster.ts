import type { Config } from "../config";
import type { Objects } from "../domain/objects";
import { messageOf, type Problem } from "../domain/problem";
import { Cluster, isForbidden, unanswered } from "../clients/cluster";
import { contextNames } from "../clients/kubeconfig";
import { versionProblems } from "./kubernetesVersion";
import { lookAtRights, type Rights } from "./permissions";

/** The facts about a cluster. Without a uid, there is a problem. */
export interface FoundCluster {
    /** The uid of `kube-system`, which identifies a cluster for its lifetime. */
    readonly uid: string | undefined;
    readonly problems: readonly Problem[];
    /** Looks for the rights that the objects need and the user lacks. */
    readonly rights: (objects: Objects) => Promise<Rights>;
}

/**
 * Checks that the cluster answers, which one it is, and that its Kubernetes is recent enough for this release of Flux.
 */
export async function lookAtCluster(config: Config): Promise<FoundCluster> {
    const { context, stack } = config;
    const unknown = contextProblem(context, stack);
    if (unknown) {
        return { uid: undefined, problems: [unknown], rights: notAsked };
    }
    const cluster = new Cluster(context);
    const rights = (objects: Objects) =>
        lookAtRights(cluster, objects, config).catch((error: unknown) => ({
            problems: problemsOf(error, context),
            mayRead: false,
        }));
    try {
        const uid = await cluster.uid();
        return { uid, problems: versionProblems(await cluster.version(), config), rights };
    } catch (error) {
        const problems = problemsOf(error, context);
        return { uid: undefined, problems, rights: isForbidden(error) ? rights : notAsked };
    }
}

/** A cluster that does not answer says nothing about rights. */
function notAsked(): Promise<Rights> {
    return Promise.resolve({ problems: [], mayRead: false });
}

function contextProblem(context: string, stack: string): Problem | undefined {
    const key = "fluxcd:context";
    let contexts: readonly string[];
    try {
        contexts = contextNames();
    } catch (error) {
        const expected = `the kubeconfig could not be read: ${messageOf(error)}`;
        return { key, value: context, expected, fix: "kubectl config view" };
    }
    return contexts.includes(context)
        ? undefined
        : {
              key,
              value: context,
              expected: `the kubeconfig has no such context; it has ${contexts.length > 0 ? contexts.join(", ") : "none"}`,
              fix: `pulumi config set --stack ${stack} fluxcd:context <context>   (or point KUBECONFIG at the right file)`,
          };
}

function problemsOf(error: unknown, context: string): Problem[] {
    const expected = isForbidden(error)
        ? "its user may not read what the program needs: the namespace kube-system, the version of Kubernetes, and the user's own rights"
        : unanswered(error);
    const fix = `kubectl --context ${context} get namespace kube-system`;
    return [{ key: "fluxcd:context", value: context, expected, fix }];
}
