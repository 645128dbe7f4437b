import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { runsHere } from "../domain/here";
import type { Judgement } from "../promotion/judge";
import { recordedStandings } from "../domain/outputs";
import type { Standing, Standings } from "../domain/release";
import { type Problem, refuse } from "../domain/problem";
import { forget } from "../uninstall/connect";

/** The facts that a stack stores between two runs. */
export interface StackRelease {
    /** The standing of each promoted source. */
    readonly sources: Standings;
    /** The uid of its cluster's `kube-system`. */
    readonly cluster: string;
    /** The resource type that draws the seeds of its deploy keys and its webhook's secret. */
    readonly secretsDrawnBy: "RandomPassword";
}

/** The memory of an earlier version may have no `sources` and no `secretsDrawnBy`. */
type RememberedRelease = Pick<StackRelease, "cluster"> & Partial<StackRelease>;

export interface Guards {
    /** The kubeconfig context of the cluster. */
    readonly context: string;
    /** The uid of the cluster to which the stack may move; empty for none. */
    readonly acceptedClusterUid: string;
    /** Returns the number of Kubernetes objects in the state. Called only if the stack moves to another cluster. */
    readonly objectsInState: () => Promise<number>;
    /** The problems that stop a stack that has never run in this cluster; empty if there are none. */
    readonly anothersFlux: readonly Problem[];
    /**
     * Judges whether the stack may take the release. `from` has its current standings; undefined before its first
     * update.
     */
    readonly judge: (from: Standings | undefined) => Promise<Judgement>;
}

export interface TakingGuards extends Guards {
    /** Returns the outputs of this stack's last update; an empty object if there are none. */
    readonly lastOutputs: () => Promise<unknown>;
}

/**
 * Stores the stack's cluster and releases in the state. The guards check a change before it is stored, in a preview
 * too, so a refused run changes nothing. Resolves to the resource when the release may be applied. Refuses a targeted
 * update that leaves this resource out, because the guards would not run.
 * https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
 */
export async function takeRelease(name: string, release: StackRelease, guards: TakingGuards): Promise<pulumi.Resource> {
    const asked = { guard: false };
    const guard = new pulumi.ResourceHook(
        "release",
        async ({ oldInputs }) => {
            asked.guard = true;
            const before = (oldInputs as { input?: RememberedRelease } | undefined)?.input;
            await allow(before ?? (await recorded(guards)), release, guards);
        },
        { onDryRun: true },
    );
    const hooks = { beforeCreate: [guard], beforeUpdate: [guard] };
    const remembered = new pulumi.Stash(name, { input: release }, { hooks });
    const id = await valueOf(remembered.id);
    const input: unknown = await valueOf(remembered.input);
    // For a resource that is not a target, the engine returns its old state; nothing if it has none.
    if (!asked.guard && !(id && isDeepStrictEqual(input, asJson(release)))) {
        refusePartial(name, id ? (input as RememberedRelease) : undefined, release);
    }
    return remembered;
}

/** The value of an output; undefined if this run cannot know it. `isKnown` is missing from the SDK's types. */
async function valueOf<T>(output: pulumi.Output<T>): Promise<T | undefined> {
    const known = await (output as unknown as { readonly isKnown: Promise<boolean> }).isKnown;
    return known ? new Promise((resolve) => void output.apply(resolve)) : undefined;
}

function asJson(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value));
}

/**
 * If the resource is recreated, by `--replace` or after it was removed from the state, it starts from the stack's
 * outputs.
 */
async function recorded({ lastOutputs }: TakingGuards): Promise<RememberedRelease | undefined> {
    // With a state in files, the read can hit the engine's own write. The retries last longer than a write.
    for (let tries = 1; ; tries += 1) {
        try {
            const recorded = recordedStandings(await lastOutputs());
            return recorded && { ...recorded, secretsDrawnBy: "RandomPassword" };
        } catch (error) {
            if (tries === 5) {
                throw error;
            }
            await setTimeout(200 * tries);
        }
    }
}

function refusePartial(name: string, before: RememberedRelease | undefined, release: StackRelease): never {
    const stack = pulumi.getStack();
    const releases = Object.entries(release.sources).flatMap(([source, to]) => {
        const from = before?.sources?.[source];
        return isDeepStrictEqual(from, asJson(to))
            ? []
            : [`${source} from ${from ? inWords(from) : "nothing"} to ${inWords(to)}`];
    });
    const moves = before && before.cluster !== release.cluster;
    const changes = [...(moves ? [`the cluster from ${before.cluster} to ${release.cluster}`] : []), ...releases];
    const what = before
        ? changes.join(" and ") || "its recorded values would change"
        : "the first release of this stack";
    refuse(`Stack ${stack} must not take a release past its gate.`, [
        {
            refusal: "targeted",
            key: name,
            expected: `this update leaves out the resource ${name}, by --target or --exclude, and the rules of promotion run in it: ${what}`,
            fix: `pulumi up --stack ${stack}`,
        },
    ]);
}

function inWords(standing: Standing): string {
    return "tag" in standing ? standing.tag : standing.branch;
}

/** Refuses the release if a guard does. Logs the notes as warnings. */
export async function allow(
    before: RememberedRelease | undefined,
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
        refuse(
            `Stack ${pulumi.getStack()} must not take over this cluster's Flux without being told to.`,
            anothersFlux,
        );
    }
    const { problems, notes } = await judge(before?.sources);
    const renewal = before && before.secretsDrawnBy === undefined ? [renewed] : [];
    await Promise.all([...notes, ...renewal].map((note) => pulumi.log.warn(runsHere(note))));
    if (problems.length > 0) {
        refuse(`Stack ${pulumi.getStack()} must not take this release.`, problems);
    }
}

/** The reason for the new keys: https://github.com/pulumi/pulumi/issues/8946 */
const renewed =
    "This update creates new deploy keys for this stack, and a new secret for its webhook, if it has one. An earlier version kept the " +
    "values that they come from as resource IDs, which Pulumi does not encrypt. Old checkpoints, exports and backups of " +
    "the state still have those values; after this update they open nothing.";

/**
 * A stack cannot move together with its objects. If its context leads to another cluster, Pulumi's Kubernetes provider
 * assumes that the objects did not change, and it has no access to the old cluster. So the stack must leave the old
 * cluster first.
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
        fix: [
            "point the context back",
            `to leave the old cluster for this one, point it back and run pulumi destroy --stack ${stack} first`,
            `if the old cluster is gone for good: ${forgotten}`,
        ].join("\n      or "),
    };
}
