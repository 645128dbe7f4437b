import * as pulumi from "@pulumi/pulumi";

import type { Judgement } from "../promotion/judge";
import type { Standings } from "../promotion/release";
import { type Problem, refuse } from "../refusal";
import { forget } from "./teardown/connect";

/** What a stack remembers between two runs. */
export interface StackRelease extends Standings {
    /** The uid of its cluster's `kube-system`. */
    readonly cluster: string;
}

export interface Guards {
    /** The kubeconfig context of the cluster. */
    readonly context: string;
    /** The uid of the cluster the stack may move to; empty for none. */
    readonly acceptedClusterUid: string;
    /** How many objects the state has in a cluster. Asked only of a stack that is to move. */
    readonly objectsInState: () => Promise<number>;
    /** Why a stack that has not been in this cluster must not go on there; empty where it may. */
    readonly anothersFlux: readonly Problem[];
    /** Says whether a stack that stands on `from`, which is undefined at first, may take the release. */
    readonly judge: (from: Standings | undefined) => Promise<Judgement>;
}

/**
 * Remembers in which cluster a stack is and which releases it stands on. Before either changes, also in a preview, the
 * guards are asked: a refused run leaves no trace. Resolves to the memory when the release may be applied.
 * https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
 */
export async function takeRelease(name: string, release: StackRelease, guards: Guards): Promise<pulumi.Resource> {
    const guard = new pulumi.ResourceHook(
        "release",
        ({ oldInputs }) => allow((oldInputs as { input?: StackRelease } | undefined)?.input, release, guards),
        { onDryRun: true },
    );
    const hooks = { beforeCreate: [guard], beforeUpdate: [guard] };
    const remembered = new pulumi.Stash(name, { input: release }, { hooks });
    await new Promise((resolve) => remembered.input.apply(resolve));
    return remembered;
}

/** Refuses what the guards do not let pass. */
export async function allow(
    before: StackRelease | undefined,
    { cluster }: StackRelease,
    { context, acceptedClusterUid, objectsInState, anothersFlux, judge }: Guards,
): Promise<void> {
    if (before && before.cluster !== cluster) {
        const left = await objectsInState();
        if (left > 0 || acceptedClusterUid !== cluster) {
            refuse("This is another cluster than last time.", [anotherCluster(before.cluster, cluster, context, left)]);
        }
    }
    if (before?.cluster !== cluster && anothersFlux.length > 0) {
        refuse(`Stack ${pulumi.getStack()} must not take over this cluster's Flux unasked.`, anothersFlux);
    }
    const { problems, notes } = await judge(before);
    await Promise.all(notes.map((note) => pulumi.log.warn(note)));
    if (problems.length > 0) {
        refuse(`Stack ${pulumi.getStack()} must not take this release.`, problems);
    }
}

/**
 * A stack does not move with its objects: Pulumi's kubernetes provider takes them for unchanged where another context leads to
 * another cluster, and has nothing to ask the old one with. It leaves the old cluster first.
 * https://github.com/pulumi/pulumi-kubernetes/issues/2344
 */
function anotherCluster(before: string, cluster: string, context: string, left: number): Problem {
    const stack = pulumi.getStack();
    const accept = `pulumi config set --stack ${stack} fluxcd:clusterUid ${cluster}`;
    const forgotten = left > 0 ? `${forget("refresh", stack)} && ${accept}` : accept;
    return {
        key: "fluxcd:context",
        value: context,
        expected: `leads to the cluster with kube-system uid ${cluster}; the stack's resources are in ${before}`,
        mend: [
            "point the context back",
            `to leave the old cluster for this one, point it back and run pulumi destroy --stack ${stack} first`,
            `if the old cluster is gone for good: ${forgotten}`,
        ].join("\n      or "),
    };
}

/** How many Kubernetes objects the state of this stack has, as of its last update. */
export async function objectsInState(): Promise<number> {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    const invoked = pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName }, { async: true });
    const { outputs } = (await invoked) as { outputs: Readonly<Record<string, unknown>> };
    const types = Object.keys(outputs).map((urn) => urn.split("::")[2]?.split("$").at(-1) ?? "");
    return types.filter((type) => type.startsWith("kubernetes:")).length;
}

/** The outputs of another stack of this project, as of its last update. Fails where there is no such stack. */
export async function stackOutputs(stack: string): Promise<unknown> {
    const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
    // What a StackReference is made of, without a resource that would show as changed in each promotion.
    const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name }, { async: true })) as {
        outputs: unknown;
    };
    return outputs;
}
