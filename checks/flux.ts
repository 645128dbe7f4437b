import type { Config } from "../config";
import { messageOf, type Problem } from "../domain/problem";
import { type Installed, readInstalled, readSome } from "../clients/installedFlux";
import type { ManifestObject } from "../domain/objects";
import { anothersFlux, leftBehind, otherOwners } from "./fluxOwner";
import { changes, definitionProblems, leaving } from "./upgrade";

/** The installed Flux, compared with the wanted one. */
export interface FluxFindings {
    /** The problems that stop a stack that has never run in this cluster; empty if there are none. */
    readonly anothers: readonly Problem[];
    readonly problems: readonly Problem[];
    /** The changes that an update makes to the installed controllers and CRDs, one per line. */
    readonly changes: readonly string[];
}

/** Reads the installed parts of Flux. Otherwise the problem, if they could not be read. */
export async function installedFlux(context: string): Promise<Installed | Problem> {
    return readInstalled(context).catch((error: unknown) => unread(context, error));
}

/** The problem of a cluster that answered before, and does not any more. */
export function unread(context: string, error: unknown): Problem {
    return {
        key: "fluxcd:context",
        value: context,
        expected: `the cluster's Flux could not be read: ${messageOf(error)}`,
        fix: `kubectl --context ${context} get deployments,customresourcedefinitions -A -l app.kubernetes.io/part-of=flux`,
    };
}

/** Finds the problems with installing the wanted Flux, and the changes to the installed one. */
export async function lookAtFlux(
    config: Config,
    installed: Installed,
    objects: readonly ManifestObject[],
): Promise<FluxFindings> {
    const { context, stack, flux } = config;
    const wanted = { version: flux.version, objects };
    // With `keepDefinitions`, an update does not delete definitions either.
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
