import * as pulumi from "@pulumi/pulumi";

import type { Judgement } from "../promotion/judge";
import type { Standings } from "../promotion/release";
import { type Problem, refuse } from "../refusal";

/** What a stack remembers between two runs. */
export interface StackRelease extends Standings {
    /** The uid of its cluster's `kube-system`. */
    readonly cluster: string;
}

export interface Guards {
    /** The uid of the cluster the stack may move to; empty for none. */
    readonly acceptedClusterUid: string;
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
    { acceptedClusterUid, anothersFlux, judge }: Guards,
): Promise<void> {
    if (before && before.cluster !== cluster && acceptedClusterUid !== cluster) {
        refuse("This is another cluster than last time.", [anotherCluster(before.cluster, cluster)]);
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

/** The stack's objects would look deleted there, and be made again. */
function anotherCluster(before: string, cluster: string): Problem {
    return {
        key: "fluxcd:context",
        expected: `leads to the cluster with kube-system uid ${cluster}; the stack's resources are in ${before}`,
        mend: `point the context back, or if the old cluster is gone for good: pulumi config set --stack ${pulumi.getStack()} fluxcd:clusterUid ${cluster}`,
    };
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
