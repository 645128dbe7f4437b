import { gatherEvidence } from "../../promotion/evidence";
import { releaseOf, type Standings } from "../../domain/release";
import { compareVersions, versionOf } from "../../domain/version";
import { messageOf } from "../../domain/problem";
import { problemsFound, wrongUsage } from "../terminal/exit";
import { type Healthy, healthyByEvidence, healthyByHistory, lastHealthy, latestSources } from "./lastHealthy";
import { type Options, selected } from "../terminal/options";
import type { PerSource, Target } from "../release/targets";
import { step } from "../terminal/progress";
import { givenTargets, missingTags, parsed } from "../promote/targets";
import { promotionsOf } from "../history/promotions";
import { stackHistory, stackOutputs } from "../tools/pulumi";
import type { Stack } from "../release/plan";

export interface RollbackTargets {
    readonly targets: PerSource<Target>;
    readonly notes: readonly string[];
}

/** Proposes the last healthy release, from the cluster, the outputs and Pulumi's history. */
export async function proposedRollback(stack: Stack, options: Options): Promise<RollbackTargets> {
    const { family, config } = stack;
    const standings = standingsOf(stack);
    const sources = options.source
        ? selected(stack.sources, options.source)
        : latestSources(standings, selected(stack.sources, options.source), family.prefix);
    const { healthy, notes } = await step(`Reading the earlier releases of ${config.stack}`, healthyReleases(stack));
    const targets: PerSource<Target> = Object.fromEntries(
        (
            await Promise.all(
                sources.map(async (source) => {
                    const tag = releaseOf(standings[source])?.tag ?? "";
                    const found = lastHealthy(tag, healthy[source] ?? [], family.prefix);
                    const commit = found && (found.commit ?? (await family.commitOf(source, found.tag)));
                    return found && commit !== undefined ? [[source, { tag: found.tag, commit }] as const] : [];
                }),
            )
        ).flat(),
    );
    const unknown = sources.filter((source) => targets[source] === undefined);
    if (Object.keys(targets).length === 0) {
        const what = `No earlier release of ${unknown.join(" or ")} is known to have been healthy in ${config.stack}`;
        throw wrongUsage([`${what}: give a version.`, ...notes].join("\n"));
    }
    const stays = unknown.map((source) => `${source} stays: no earlier release of it is known to have been healthy`);
    return { targets, notes: [...notes, ...stays] };
}

/**
 * The releases of a given version. Its tags must exist, because a rollback creates none. By default, only for sources
 * with a higher version.
 */
export async function givenRollback(stack: Stack, version: string, options: Options): Promise<RollbackTargets> {
    const { prefix } = stack.family;
    const standings = standingsOf(stack);
    const wanted = parsed(version, prefix);
    const higher = selected(stack.sources, options.source).filter((source) => {
        const current = versionOf(releaseOf(standings[source])?.tag ?? "", prefix);
        return current !== undefined && compareVersions(wanted, current) < 0;
    });
    const sources = options.source || higher.length === 0 ? selected(stack.sources, options.source) : higher;
    const missing = missingTags(stack, sources, wanted);
    if (missing.length > 0) {
        throw problemsFound(`Stack ${stack.config.stack} cannot go back to ${wanted}.`, missing);
    }
    return { targets: await givenTargets(stack, sources, undefined, version), notes: [] };
}

function standingsOf({ standings, config }: Stack): Standings {
    if (!standings) {
        throw wrongUsage(`Stack ${config.stack} has no release yet, so there is nothing to roll back.`);
    }
    return standings;
}

async function healthyReleases({
    name,
    config,
    sources,
}: Stack): Promise<{ healthy: PerSource<readonly Healthy[]>; notes: readonly string[] }> {
    const names = sources.map((source) => source.name);
    const [evidence, promotions] = await Promise.all([
        stackOutputs(name)
            .then(gatherEvidence)
            .catch((error: unknown) => messageOf(error)),
        stackHistory(name).then((updates) => promotionsOf(updates, names)),
    ]);
    const unreachable = typeof evidence === "string" ? evidence : evidence.unreachable;
    const known = typeof evidence === "string" ? {} : evidence.sources;
    const healthy = Object.fromEntries(
        names.map((source) => [
            source,
            [...healthyByEvidence(known[source]?.healthy ?? []), ...healthyByHistory(promotions, source)],
        ]),
    );
    const notes = unreachable === undefined ? [] : [`the cluster of ${config.stack} was not asked: ${unreachable}`];
    return { healthy, notes };
}
