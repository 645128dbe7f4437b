import type { Problem } from "../../domain/problem";
import { commitIn, releaseOf, type Standing } from "../../domain/release";
import { compareVersions, versionOf } from "../../domain/version";
import type { PerSource, Target } from "../release/targets";

/** The state of a source in the cluster, or the reason it is not known. */
export type InCluster =
    | { readonly unknown: string }
    | {
          readonly applied: string | undefined;
          readonly attempted: string | undefined;
          /** The reason of the Ready condition. */
          readonly reason: string | undefined;
      };

/** A source whose Kustomizations depend on those of the base. */
export interface Dependent {
    readonly name: string;
    readonly standing: Standing | undefined;
    readonly cluster: InCluster;
    /** Whether an update of this stack left this release and the base's target healthy at the same time. */
    readonly together: boolean;
}

export interface Going {
    readonly stack: string;
    readonly prefix: string;
    /** The sources to roll back, with the base among them. */
    readonly targets: PerSource<Target>;
    /** The source that others depend on, such as `infrastructure`. */
    readonly base: string;
    readonly dependents: readonly Dependent[];
    /** The objects that the base will lose; undefined if they are not known. */
    readonly lost: readonly string[] | undefined;
}

/** The releases to roll back in the next update, and those for later updates. */
export interface Order {
    readonly now: PerSource<Target>;
    /** The releases for later updates, one update each. A source comes before those that it depends on. */
    readonly later: PerSource<Target>;
    readonly notes: readonly string[];
}

/**
 * The order of a rollback. A normal update changes the infrastructure first, because a newer release may need it. For a
 * rollback, this order is wrong: it could delete a namespace or a right before Flux can delete the apps that need it.
 * So the apps are rolled back first, in a separate update, unless the infrastructure loses nothing or the cluster
 * already has the earlier apps.
 */
export function orderOf(going: Going): Order | { readonly refused: Problem } {
    const { targets, base, dependents, lost } = going;
    const isDone = (it: Dependent) => isThere(it.cluster, wantedBy(it, going)) && fits(it, going);
    if (lost?.length === 0 || dependents.every(isDone)) {
        return { now: targets, later: {}, notes: [] };
    }
    const { [base]: waiting, ...others } = targets;
    const goes = dependents.filter(({ name, cluster }) => targets[name] && !isThere(cluster, targets[name]));
    const stays = dependents.find((it) => !goes.includes(it) && !isDone(it));
    if (waiting && goes.length > 0 && !stays) {
        const names = goes.map(({ name }) => name).join(" and ");
        const notes = [`${base} goes back after ${names}: ${losing(lost)}`];
        return { now: others, later: { [base]: waiting }, notes };
    }
    const [first] = stays ? [stays] : dependents.filter((it) => !isDone(it));
    return first ? { refused: refused(first, going) } : { now: targets, later: {}, notes: [] };
}

/**
 * Combines the orders of several bases: a source that one order delays is delayed. The bases are in dependency order.
 */
export function allOf(targets: PerSource<Target>, orders: readonly Order[]): Order {
    const later = Object.fromEntries(orders.toReversed().flatMap((order) => Object.entries(order.later)));
    const now = Object.fromEntries(Object.entries(targets).filter(([name]) => !(name in later)));
    const [first] = orders;
    // If sources depend on each other, all of them would be delayed.
    return first && Object.keys(now).length === 0 ? first : { now, later, notes: orders.flatMap(({ notes }) => notes) };
}

function wantedBy({ name, standing }: Dependent, { targets }: Going): Target | undefined {
    return targets[name] ?? releaseOf(standing);
}

/** Whether the cluster has deleted everything that only another release had. It does so before it waits for health. */
function isThere(cluster: InCluster, wanted: Target | undefined): boolean {
    if (!wanted || "unknown" in cluster) {
        return false;
    }
    const has = (revision: string | undefined) => revision !== undefined && commitIn(revision) === wanted.commit;
    return has(cluster.attempted) && (has(cluster.applied) || cluster.reason === "HealthCheckFailed");
}

/** Whether a release works without the objects that the base loses: both ran together, or its version is not higher. */
function fits(dependent: Dependent, going: Going): boolean {
    const { targets, base, prefix } = going;
    const [mine, its] = [wantedBy(dependent, going), targets[base]].map((it) => versionOf(it?.tag ?? "", prefix));
    return dependent.together || (mine !== undefined && its !== undefined && compareVersions(mine, its) <= 0);
}

function refused(dependent: Dependent, going: Going): Problem {
    const { stack, prefix, targets, base, lost } = going;
    const { name, cluster } = dependent;
    const wanted = wantedBy(dependent, going);
    const version = (target: Target | undefined) => target?.tag.slice(prefix.length) ?? "<version>";
    const tag = wanted?.tag ?? "a branch";
    const why =
        "unknown" in cluster
            ? `it is not known whether the cluster has applied it: ${cluster.unknown}`
            : isThere(cluster, wanted)
              ? "it may need them, because it is newer and never ran with that release"
              : `the cluster has not applied it yet: it tried ${cluster.attempted ?? "nothing"} last (${cluster.reason ?? "no result"})`;
    const first =
        "unknown" in cluster || isThere(cluster, wanted)
            ? `npx fluxcd rollback ${stack} ${version(targets[base])} --source ${name}`
            : `pulumi up --stack ${stack}`;
    return {
        key: `fluxcd:sources.${base}.tag`,
        value: targets[base]?.tag,
        expected: `${losing(lost)}; ${name} is pinned to ${tag}, and ${why}`,
        fix: `${first}   (${name} first, or add --infrastructure-first if it does not need them)`,
    };
}

function losing(lost: readonly string[] | undefined): string {
    if (lost === undefined) {
        return "the objects that it deletes are not known, and its dependents may need them until then";
    }
    const more = lost.length > 3 ? ` and ${lost.length - 3} more` : "";
    return `it deletes ${lost.slice(0, 3).join(", ")}${more}, which its dependents may need until then`;
}
