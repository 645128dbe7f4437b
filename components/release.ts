import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import type { Judgement } from "../promotion/judge";
import { recordedStandings, sourceNames, type Standings } from "../domain/release";
import { type Problem, refuse } from "../domain/problem";
import { forget } from "../uninstall/connect";

/** What a stack remembers between two runs. */
export interface StackRelease extends Standings {
    /** The uid of its cluster's `kube-system`. */
    readonly cluster: string;
    /** The resource type that its deploy keys and its webhook's secret are drawn by. */
    readonly secretsDrawnBy: "RandomPassword";
}

/** Of an earlier version, a stack remembers no type. */
type RememberedRelease = Omit<StackRelease, "secretsDrawnBy"> & Partial<Pick<StackRelease, "secretsDrawnBy">>;

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

export interface TakingGuards extends Guards {
    /** The outputs of this stack as of its last update; without any, an empty object. */
    readonly lastOutputs: () => Promise<unknown>;
}

/**
 * Remembers in which cluster a stack is and which releases it stands on. Before either changes, also in a preview, the
 * guards are asked: a refused run leaves no trace. Resolves to the memory when the release may be applied. Refuses a
 * targeted update that leaves the memory out: what hangs on it would not be asked.
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
    // Of a resource that is no target the engine answers with its old state; with nothing, if there is none.
    if (!asked.guard && !(id && isDeepStrictEqual(input, asJson(release)))) {
        refusePartial(name, id ? (input as RememberedRelease) : undefined, release);
    }
    return remembered;
}

/** What an output is; undefined if this run cannot know. The SDK's types do not have `isKnown`. */
async function valueOf<T>(output: pulumi.Output<T>): Promise<T | undefined> {
    const known = await (output as unknown as { readonly isKnown: Promise<boolean> }).isKnown;
    return known ? new Promise((resolve) => void output.apply(resolve)) : undefined;
}

function asJson(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value));
}

/** A memory that is made again, by `--replace` or after somebody took it out of the state, begins with the outputs. */
async function recorded({ lastOutputs }: TakingGuards): Promise<RememberedRelease | undefined> {
    // A state in files can be read in the middle of the engine's own writing, which lasts no longer than this.
    for (let tries = 1; ; tries += 1) {
        try {
            const standings = recordedStandings(await lastOutputs());
            return standings && { ...standings, secretsDrawnBy: "RandomPassword" };
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
    const releases = sourceNames
        .filter((source) => !isDeepStrictEqual(before?.[source], asJson(release[source])))
        .map(
            (source) => `${source} from ${before ? inWords(before[source]) : "nothing"} to ${inWords(release[source])}`,
        );
    const moves = before && before.cluster !== release.cluster;
    const changes = [...(moves ? [`the cluster from ${before.cluster} to ${release.cluster}`] : []), ...releases];
    const what = before ? changes.join(" and ") || "what it remembers is to change" : "the first release of this stack";
    refuse(`Stack ${stack} must not take a release past its gate.`, [
        {
            refusal: "targeted",
            key: name,
            expected: `this update leaves out the resource ${name}, by --target or --exclude, and the rules of promotion hang on it: ${what}`,
            fix: `pulumi up --stack ${stack}`,
        },
    ]);
}

function inWords(standing: Standings["apps"]): string {
    return "tag" in standing ? standing.tag : standing.branch;
}

/** Refuses what the guards do not let pass. */
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
        refuse(`Stack ${pulumi.getStack()} must not take over this cluster's Flux unasked.`, anothersFlux);
    }
    const { problems, notes } = await judge(before);
    const renewal = before && before.secretsDrawnBy === undefined ? [renewed] : [];
    await Promise.all([...notes, ...renewal].map((note) => pulumi.log.warn(note)));
    if (problems.length > 0) {
        refuse(`Stack ${pulumi.getStack()} must not take this release.`, problems);
    }
}

/** https://github.com/pulumi/pulumi/issues/8946 */
const renewed =
    "This update makes the deploy keys of this stack anew, and the secret of its webhook, if it has one. An earlier version kept the " +
    "values that they come from as resource IDs, which Pulumi does not encrypt. Old checkpoints, exports and backups of " +
    "the state still have those values; after this update they open nothing.";

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
        fix: [
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
