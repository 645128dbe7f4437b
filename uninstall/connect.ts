import { getEnv } from "@pulumi/kubernetes/utilities";

import { type Cluster, type Refusal, request, sender } from "./cluster";

/** The cluster that a step may change, and the command that runs. */
export interface Wanted {
    /** The kubeconfig context that should lead to the cluster. */
    readonly context: string;
    /** The uid of its `kube-system`, which identifies a cluster for its lifetime. */
    readonly clusterUid: string;
    /** The stack, for the commands in messages. */
    readonly stack: string;
    readonly command: "destroy" | "refresh";
    /** The time limit of the step, in seconds. */
    readonly seconds: number;
}

/**
 * Connects to the cluster of a context. Fails if it is not the stack's. Undefined if it cannot be reached, and the user
 * has declared it gone with the variable of Pulumi's Kubernetes provider:
 * https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/
 */
export async function connect(wanted: Wanted): Promise<Cluster | undefined> {
    const { context, clusterUid, stack, command, seconds } = wanted;
    const say = (text: string) => {
        console.log(text);
    };
    let cluster: Cluster;
    let found: string;
    try {
        cluster = { context, say, send: sender(context), deadline: Date.now() + Math.min(seconds, 60) * 1000 };
        found = await uidOf(cluster);
    } catch (error) {
        const why = (error as Error).message;
        const answers = (error as Partial<Refusal>).status !== undefined;
        if (saidGone() && !answers) {
            say(
                `The cluster of context ${context} cannot be reached: ${why}. PULUMI_K8S_DELETE_UNREACHABLE says that it is gone.`,
            );
            return undefined;
        }
        throw new Error(
            [
                `The cluster of kubeconfig context ${context} cannot be reached: ${why}. Nothing was touched on it.`,
                `  If it exists, this command must succeed, and then pulumi ${command}: kubectl --context ${context} get namespace kube-system`,
                `  If its context has another name now: pulumi config set --stack ${stack} fluxcd:context <context>`,
                `    and pulumi up --stack ${stack}, so that the state has it, and then pulumi ${command}.`,
                `  If it is gone for good, ${forgetting(command)}: ${forget(command, stack)}`,
            ].join("\n"),
            { cause: error },
        );
    }
    if (found !== clusterUid) {
        throw new Error(
            [
                `This is another cluster: kubeconfig context ${context} leads to the one with kube-system uid ${found}; the stack's resources are in ${clusterUid}. Nothing was changed in either.`,
                ...waysOn(found, wanted),
            ].join("\n"),
        );
    }
    return { ...cluster, deadline: Date.now() + seconds * 1000 };
}

async function uidOf(cluster: Cluster): Promise<string> {
    const path = "/api/v1/namespaces/kube-system";
    const namespace = await request<{ metadata: { uid: string } }>(cluster, { path });
    return namespace?.metadata.uid ?? "(none)";
}

function waysOn(found: string, { context, stack, command }: Wanted): string[] {
    const gone = `  If it is gone for good, ${forgetting(command)} without touching the other one: ${forget(command, stack)}`;
    const accept = `pulumi config set --stack ${stack} fluxcd:clusterUid ${found}`;
    return command === "destroy"
        ? [`  If the stack's cluster exists, point ${context} back at it, and run pulumi destroy again.`, gone]
        : [
              "  The state may now have objects of the wrong cluster.",
              `  If the stack's cluster exists, point ${context} back at it, and fix the state: pulumi up --stack ${stack}`,
              gone,
              `    and then let the stack move: ${accept} && pulumi up --stack ${stack}`,
          ];
}

function forgetting(command: Wanted["command"]): string {
    return command === "destroy" ? "end the stack and forget the cluster" : "forget the cluster's objects";
}

/** Whether the user has declared the cluster gone. */
export function saidGone(): boolean {
    return getEnv("PULUMI_K8S_DELETE_UNREACHABLE") === "true";
}

/**
 * A command with an empty kubeconfig: it cannot reach a cluster, so it cannot change another one at the old address.
 */
export function forget(command: Wanted["command"], stack: string): string {
    return `KUBECONFIG=/dev/null PULUMI_K8S_DELETE_UNREACHABLE=true pulumi ${command} --stack ${stack}`;
}
