import * as pulumi from "@pulumi/pulumi";

import { refuse } from "../refusal";

/**
 * Remembers which cluster a stack's resources are in, and refuses another one: its objects would look deleted, and be
 * made again elsewhere. `acceptedUid` names the cluster the stack may move to.
 */
export async function rememberCluster(name: string, uid: string, acceptedUid: string): Promise<void> {
    const moves = uid === acceptedUid;
    // A refused run must leave no trace: a uid that is in the state already could not be moved to.
    const opts = moves ? { replaceOnChanges: ["input"] } : { ignoreChanges: ["input"] };
    const remembered = new pulumi.Stash(name, { input: uid }, opts);
    const before = await new Promise((resolve) => remembered.output.apply(resolve));
    if (!moves && before !== uid) {
        refuse("This is another cluster than last time.", [
            {
                key: "fluxcd:context",
                expected: `leads to the cluster with kube-system uid ${uid}; the stack's resources are in ${String(before)}`,
                mend: `point the context back, or if the old cluster is gone for good: pulumi config set --stack ${pulumi.getStack()} fluxcd:clusterUid ${uid}`,
            },
        ]);
    }
}
