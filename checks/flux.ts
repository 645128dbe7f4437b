import type { Config } from "../config";
import { messageOf, type Problem } from "../domain/problem";
import { type Installed, readInstalled, readSome } from "../clients/installedFlux";
import type { ManifestObject } from "../domain/objects";
import { anothersFlux, leftBehind, otherOwners } from "./fluxOwner";
import { changes, definitionProblems, leaving } from "./upgrade";

/** What a cluster has of Flux, against what is wanted there. */
export interface FluxFindings {
    /** Why a stack that has not been in this cluster must not go on; empty where it may. */
    readonly anothers: readonly Problem[];
    readonly problems: readonly Problem[];
    /** What an update changes of the controllers and CRDs that are there, a line each. */
    readonly changes: readonly string[];
}

/** Reads what the cluster has of Flux; or why it cannot be had. */
export async function installedFlux(context: string): Promise<Installed | Problem> {
    return readInstalled(context).catch((error: unknown) => ({
        key: "fluxcd:context",
        value: context,
        expected: `what the cluster has of Flux could not be read: ${messageOf(error)}`,
        fix: `kubectl --context ${context} get deployments,customresourcedefinitions -A -l app.kubernetes.io/part-of=flux`,
    }));
}

/** Finds what stands in the way of the wanted Flux, and what it changes of the one that is there. */
export async function lookAtFlux(
    config: Config,
    installed: Installed,
    objects: readonly ManifestObject[],
): Promise<FluxFindings> {
    const { context, stack, flux } = config;
    const wanted = { version: flux.version, objects };
    // What a destroy keeps, an update keeps too.
    const gone = config.uninstall.keepDefinitions ? [] : leaving(installed, wanted);
    const some = gone.map(async (each) => [each, await readSome(context, each)] as const);
    const objectsOf = new Map((await Promise.all(some)).filter(([, names]) => names.length > 0));
    const problems = [
        ...definitionProblems(installed, wanted, objectsOf, context),
        ...(await otherOwners(installed, { context, stack })),
        ...(flux.existing === "adopt" ? leftBehind(installed, objects, { context, stack }) : []),
    ];
    return {
        anothers: flux.existing === "adopt" ? [] : anothersFlux(installed, { context, stack }),
        problems,
        changes: changes(installed, wanted),
    };
}
