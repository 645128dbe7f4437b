import { gatherEvidence } from "../../promotion/evidence";
import { releaseOf, type SourceName, type Standings } from "../../domain/release";
import { compareVersions, versionOf } from "../../domain/version";
import { messageOf } from "../../domain/problem";
import { problemsFound, wrongUsage } from "../terminal/exit";
import { type Healthy, healthyByEvidence, healthyByHistory, lastHealthy, latestSources } from "./lastHealthy";
import { type Options, selected } from "../terminal/options";
import { entriesOf, type PerSource, type Target } from "../release/targets";
import { step } from "../terminal/progress";
import { givenTargets, missingTags, parsed } from "../promote/targets";
import { type Promotion, promotionsOf } from "../history/promotions";
import { stackHistory, stackOutputs } from "../tools/pulumi";
import type { Stack } from "../release/plan";

export interface RollbackTargets {
    readonly targets: PerSource<Target>;
    readonly notes: readonly string[];
}

/** What ran healthily last, as the cluster, the outputs of the last update and Pulumi's history remember. */
export async function proposedRollback(stack: Stack, options: Options): Promise<RollbackTargets> {
    const { family, config } = stack;
    const standings = standingsOf(stack);
    const sources = options.only ? selected(options) : latestSources(standings, selected(options), family.prefix);
    const { healthy, notes } = await step(`Asking what ran in ${config.stack}`, healthyReleases(stack));
    const targets: PerSource<Target> = Object.fromEntries(
        (
            await Promise.all(
                sources.map(async (source) => {
                    const tag = releaseOf(standings[source])?.tag ?? "";
                    const found = lastHealthy(tag, healthy[source], family.prefix);
                    const commit = found && (found.commit ?? (await family.commitOf(source, found.tag)));
                    return found && commit !== undefined ? [[source, { tag: found.tag, commit }] as const] : [];
                }),
            )
        ).flat(),
    );
    const unknown = sources.filter((source) => targets[source] === undefined);
    if (entriesOf(targets).length === 0) {
        const what = `No earlier release of ${unknown.join(" or ")} is known to have been healthy in ${config.stack}`;
        throw wrongUsage([`${what}: give a version.`, ...notes].join("\n"));
    }
    const stays = unknown.map((source) => `${source} stays: no earlier release of it is known to have been healthy`);
    return { targets, notes: [...notes, ...stays] };
}

/** A version whose tags are there, as a rollback makes none; of the sources that stand on a higher one. */
export async function givenRollback(stack: Stack, version: string, options: Options): Promise<RollbackTargets> {
    const { prefix } = stack.family;
    const standings = standingsOf(stack);
    const wanted = parsed(version, prefix);
    const higher = selected(options).filter((source) => {
        const current = versionOf(releaseOf(standings[source])?.tag ?? "", prefix);
        return current !== undefined && compareVersions(wanted, current) < 0;
    });
    const sources = options.only || higher.length === 0 ? selected(options) : higher;
    const missing = missingTags(stack, sources, wanted);
    if (missing.length > 0) {
        throw problemsFound(`Stack ${stack.config.stack} cannot go back to ${wanted}.`, missing);
    }
    return { targets: await givenTargets(stack, sources, undefined, version), notes: [] };
}

function standingsOf({ standings, config }: Stack): Standings {
    if (!standings) {
        throw wrongUsage(`Stack ${config.stack} stands on nothing yet, so there is nothing to roll back.`);
    }
    return standings;
}

async function healthyReleases({
    name,
    config,
}: Stack): Promise<{ healthy: Readonly<Record<SourceName, readonly Healthy[]>>; notes: readonly string[] }> {
    const [evidence, promotions] = await Promise.all([
        stackOutputs(name)
            .then(gatherEvidence)
            .catch((error: unknown) => messageOf(error)),
        stackHistory(name).then(promotionsOf),
    ]);
    const unreachable = typeof evidence === "string" ? evidence : evidence.unreachable;
    const of = (source: SourceName, past: readonly Promotion[]) => [
        ...(typeof evidence === "string" ? [] : healthyByEvidence(evidence[source].healthy)),
        ...healthyByHistory(past, source),
    ];
    return {
        healthy: { infrastructure: of("infrastructure", promotions), apps: of("apps", promotions) },
        notes: unreachable === undefined ? [] : [`the cluster of ${config.stack} was not asked: ${unreachable}`],
    };
}
