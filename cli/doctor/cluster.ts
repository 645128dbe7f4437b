import { z } from "zod";

import type { Config } from "../../config/parse";
import { customize } from "../../manifest/customize";
import { admitted } from "../../checks/admitted";
import { lookAtCluster } from "../../checks/cluster";
import { fitProblems } from "../../checks/fit";
import { installedFlux, lookAtFlux } from "../../checks/flux";
import { fluxManifest } from "../../clients/manifest";
import { type Check, ok, problemCheck, skipped } from "./check";

const outputsSchema = z.object({ cluster: z.object({ uid: z.string() }) });

/** The cluster, the rights in it, another Flux there, and the release that is to be installed. */
export async function lookAtTarget(config: Config, outputs: Promise<unknown>): Promise<readonly Check[]> {
    const { context, flux } = config;
    const [cluster, installed, manifest] = await Promise.all([
        lookAtCluster(config),
        installedFlux(context),
        fluxManifest(config),
    ]);
    const about = `context ${context}`;
    const release = `Flux ${flux.version}`;
    const wanted = "key" in manifest ? undefined : customize(manifest, flux.options, config.stack);
    const unfit = wanted ? [...wanted.problems, ...fitProblems(config, wanted.objects)] : [];
    const releaseChecks = "key" in manifest ? [problemCheck(manifest)] : unfit.map(asCheck);
    const reached =
        cluster.problems.length > 0 ? cluster.problems.map(asCheck) : [ok(about, `answers, and ${release} runs on it`)];
    const whole = ok(release, `its manifest is whole: ${wanted?.objects.length ?? 0} objects`);
    const checks = [...reached, ...(releaseChecks.length > 0 ? releaseChecks : [whole])];
    if (cluster.uid === undefined || "key" in installed || !wanted) {
        const unread = cluster.uid !== undefined && "key" in installed ? [problemCheck(installed)] : [];
        const before = wanted ? "before the cluster answers" : "before the manifest can be had";
        return [...checks, ...unread, skipped("rights and Flux in the cluster", `not looked at ${before}`)];
    }
    const taken = await admitted(context, installed, wanted.objects);
    const [forbidden, there] = await Promise.all([
        cluster.forbidden(wanted.objects),
        lookAtFlux(config, installed, taken.objects),
    ]);
    // The uid of the last update's cluster: what is there is this stack's own then.
    const { data } = outputsSchema.safeParse(await outputs);
    const isOurs = data?.cluster.uid === cluster.uid;
    const inTheWay = [...(isOurs ? [] : there.anothers), ...there.problems];
    const whose =
        installed.controllers.length === 0 ? "none is there yet" : isOurs ? "is this stack's own" : "is taken over";
    return [
        ...checks,
        ...(forbidden.length > 0 ? forbidden.map(asCheck) : [ok("rights in the cluster", "the user has all it takes")]),
        ...taken.changed.map((line) => ok("admission", `the cluster changes ${line}`)),
        ...(inTheWay.length > 0
            ? inTheWay.map(asCheck)
            : [ok("Flux in the cluster", [whose, ...there.changes].join("; "))]),
    ];
}

const asCheck = (problem: Parameters<typeof problemCheck>[0]) => problemCheck(problem);
