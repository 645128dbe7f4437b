import * as pulumi from "@pulumi/pulumi";

import type { Config, Ref } from "../config";
import type { Found } from "../preflight";
import { type Problem, refuse } from "../refusal";
import type { SyncStatus } from "./sync";

type Source = "infrastructure" | "apps";

/**
 * Compares what was found with last time, and refuses another cluster and a tag that was moved. Gives each source's ref
 * with the commit its tag points to, to be compared with the next time.
 */
export async function compareWithLastTime(config: Config, found: Found): Promise<Record<Source, Ref>> {
    const problems: Problem[] = [];
    const cluster = await firstCluster(found.clusterUid, config.acceptedClusterUid);
    if (cluster !== found.clusterUid) {
        problems.push(otherCluster(config, cluster, found.clusterUid));
    }
    const self = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    const lastTime = new pulumi.StackReference("last-time", { name: self });
    const compare = async (name: Source): Promise<Ref> => {
        const { ref } = config[name];
        const commit = found[name]?.commit;
        if (!("tag" in ref) || commit === undefined) {
            return ref;
        }
        const before = (await lastTime.getOutputDetails(name)).value as Partial<SyncStatus> | undefined;
        const isSameTag = before?.ref === ref.tag && before.commit !== undefined;
        if (isSameTag && before.commit !== commit && ref.commit !== commit) {
            problems.push(movedTag(config, name, ref.tag, { before: before.commit, now: commit }));
        }
        return { tag: ref.tag, commit };
    };
    const refs = { infrastructure: await compare("infrastructure"), apps: await compare("apps") };
    if (problems.length > 0) {
        refuse(`Stack ${config.stack} is not where it was last time.`, problems);
    }
    return refs;
}

/** The cluster of the stack's first update, or the one that config accepts in its place. */
async function firstCluster(uid: string, accepted: string): Promise<string> {
    const isAccepted = uid === accepted;
    // A refused run must leave no trace: a uid that is in the state already could not be accepted.
    const opts = isAccepted ? { replaceOnChanges: ["input"] } : { ignoreChanges: ["input"] };
    const stash = new pulumi.Stash("cluster", { input: uid }, opts);
    return isAccepted ? uid : new Promise((resolve) => stash.output.apply(resolve));
}

/** Its objects would look deleted, and be made again elsewhere. */
function otherCluster({ stack, context }: Config, before: string, now: string): Problem {
    return {
        key: "fluxcd:context",
        value: context,
        expected: `leads to the cluster with kube-system uid ${now}; the stack's resources are in ${before}`,
        mend: `point the context back, or if the old cluster is gone for good: pulumi config set --stack ${stack} fluxcd:clusterUid ${now}`,
    };
}

/** Flux fetches a moved tag without a word: https://fluxcd.io/flux/components/source/gitrepositories/#tag-example */
function movedTag(
    config: Config,
    name: Source,
    tag: string,
    { before, now }: { before: string; now: string },
): Problem {
    const key = `fluxcd:${name}`;
    return {
        key: `${key}.tag`,
        value: tag,
        expected: `pointed to ${before} when this stack took it and points to ${now} now: the tag of ${config[name].repository} was moved`,
        mend: `take a new tag, or accept this commit: pulumi config set --stack ${config.stack} --path '${key}.commit' ${now}`,
    };
}
