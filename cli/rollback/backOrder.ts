import { commitIn } from "../../promotion/evidence";
import { releaseOf, type Standing } from "../../domain/release";
import { compareVersions, versionOf } from "../../domain/version";
import type { Problem } from "../../domain/problem";
import type { PerSource, Target } from "../release/targets";

/** What Flux says of the apps in the cluster, or why that is not known. */
export type InCluster =
    | { readonly unknown: string }
    | {
          readonly applied: string | undefined;
          readonly attempted: string | undefined;
          /** Of the condition Ready. */
          readonly reason: string | undefined;
      };

export interface Going {
    readonly stack: string;
    readonly prefix: string;
    /** What is to go back; the infrastructure is among it. */
    readonly targets: PerSource<Target>;
    /** What the apps stand on. */
    readonly standing: Standing | undefined;
    /** The objects that the infrastructure no longer has then; undefined where that is not known. */
    readonly lost: readonly string[] | undefined;
    readonly apps: InCluster;
    /** Whether an update of this stack left the two releases healthy beside each other. */
    readonly together: boolean;
}

/** What goes back in the next update, and what only in the one after it. */
export interface Order {
    readonly now: PerSource<Target>;
    readonly later: PerSource<Target>;
    readonly notes: readonly string[];
}

/**
 * An update takes the infrastructure first, as a release that goes forward needs it. Going back that is the wrong way round:
 * with the namespace or the rights that a release brought, its apps would go before Flux can take them away. So the apps go
 * back first, in an update of their own, unless the infrastructure loses nothing or the cluster has the earlier apps already.
 */
export function orderOf(going: Going): Order | { readonly refused: Problem } {
    const { targets, lost, standing } = going;
    const wanted = targets.apps ?? releaseOf(standing);
    if (lost?.length === 0 || (isThere(going.apps, wanted) && fits(going, wanted))) {
        return { now: targets, later: {}, notes: [] };
    }
    const { apps, ...later } = targets;
    return apps && !isThere(going.apps, apps)
        ? { now: { apps }, later, notes: [`infrastructure goes back after the apps: ${losing(lost)}`] }
        : { refused: refused(going, wanted) };
}

/** Whether the cluster has given up everything that another release of the apps had: it does before it waits for health. */
function isThere(apps: InCluster, wanted: Target | undefined): boolean {
    if (!wanted || "unknown" in apps) {
        return false;
    }
    const has = (revision: string | undefined) => revision !== undefined && commitIn(revision) === wanted.commit;
    return has(apps.attempted) && (has(apps.applied) || apps.reason === "HealthCheckFailed");
}

/** Whether these apps do without what the infrastructure loses: they ran beside it, or are of the same release or an earlier one. */
function fits({ targets, prefix, together }: Going, wanted: Target | undefined): boolean {
    const [mine, its] = [wanted, targets.infrastructure].map((target) => versionOf(target?.tag ?? "", prefix));
    return together || (mine !== undefined && its !== undefined && compareVersions(mine, its) <= 0);
}

function refused({ stack, prefix, targets, apps, lost }: Going, wanted: Target | undefined): Problem {
    const version = (target: Target | undefined) => target?.tag.slice(prefix.length) ?? "<version>";
    const tag = wanted?.tag ?? "a branch";
    const why =
        "unknown" in apps
            ? `it is not known whether the cluster has taken them: ${apps.unknown}`
            : isThere(apps, wanted)
              ? "they may need it, as they came later and never ran beside that release"
              : `the cluster has not taken them yet: it tried ${apps.attempted ?? "nothing"} last (${apps.reason ?? "no result"})`;
    const first =
        "unknown" in apps || isThere(apps, wanted)
            ? `npm run rollback -- ${stack} ${version(targets.infrastructure)} --only apps`
            : `pulumi up --stack ${stack}`;
    return {
        key: "fluxcd:infrastructure.tag",
        value: targets.infrastructure?.tag,
        expected: `${losing(lost)}; the apps stand on ${tag}, and ${why}`,
        fix: `${first}   (first the apps, or --infrastructure-first if they do without)`,
    };
}

function losing(lost: readonly string[] | undefined): string {
    if (lost === undefined) {
        return "what it takes with it is not known, and the apps may need it until then";
    }
    const more = lost.length > 3 ? ` and ${lost.length - 3} more` : "";
    return `it takes ${lost.slice(0, 3).join(", ")}${more} with it, which the apps may need until then`;
}
