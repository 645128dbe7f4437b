import * as pulumi from "@pulumi/pulumi";

import type { Config } from "../config";
import { customize } from "../manifest/customize";
import { admissionWords, admitted } from "./admitted";
import { type ByHand, handWorkWarnings, leaveScaledToZero, lookForHandWork } from "./handWork";
import { lookAtCluster } from "./cluster";
import { expiryWarnings, fetchWarnings } from "./credentials";
import { fitProblems } from "./fit";
import { installedFlux, lookAtFlux } from "./flux";
import type { GitHub } from "../clients/github";
import type { Installed } from "../clients/installedFlux";
import { fluxManifest } from "../clients/manifest";
import { type ManifestObject } from "../domain/objects";
import { type FoundOnGitHub, lookAtGitHub } from "./repositories";
import { told } from "./waiting";
import { type Problem, refuse } from "../domain/problem";

/** What was found before anything is touched, and holds for this run. */
export interface Found extends FoundOnGitHub {
    readonly clusterUid: string;
    readonly manifest: readonly ManifestObject[];
    /** Why a stack that has not been in this cluster must not go on; empty where it may. */
    readonly anothersFlux: readonly Problem[];
    /** What the cluster has of Flux. */
    readonly installed: Installed;
    /** What people have changed on it. */
    readonly byHand: ByHand;
}

/** Looks at the cluster, GitHub and the release manifest, and refuses the run with every problem at once. Changes nothing. */
export async function check(config: Config, github: GitHub): Promise<Found> {
    const [cluster, installed, manifest, onGitHub] = await Promise.all([
        told(`the cluster of context ${config.context}`, lookAtCluster(config)),
        installedFlux(config.context),
        told(`Flux's manifest, ${config.flux.manifest}`, fluxManifest(config)),
        told(`GitHub at ${config.github.baseUrl}`, lookAtGitHub(config, github)),
    ]);
    const flux =
        "key" in manifest
            ? { objects: [], problems: [manifest] }
            : customize(manifest, config.flux.options, config.stack);
    const problems = [
        ...cluster.problems,
        ...(await cluster.forbidden(flux.objects)),
        ...flux.problems,
        ...fitProblems(config, flux.objects),
        ...onGitHub.problems,
    ];
    if (problems.length > 0 || cluster.uid === undefined || "key" in installed) {
        const unread = problems.length === 0 && "key" in installed ? [installed] : [];
        return refuse(`Stack ${config.stack} cannot go ahead.`, [...problems, ...unread]);
    }
    const byHand = await lookForHandWork(config, installed);
    const declared = leaveScaledToZero(flux.objects, byHand.scaledToZero);
    const taken = await admitted(config.context, installed, declared);
    const inCluster = await lookAtFlux(config, installed, taken.objects);
    if (inCluster.problems.length > 0) {
        return refuse(`Stack ${config.stack} must not change this cluster's Flux.`, inCluster.problems);
    }
    if (inCluster.changes.length > 0) {
        const heading = `Flux in ${config.context} becomes ${config.flux.version}:`;
        await pulumi.log.info([heading, ...inCluster.changes].join("\n    "));
    }
    if (taken.changed.length > 0) {
        await pulumi.log.info(admissionWords(taken, config.context));
    }
    const warnings = [
        ...handWorkWarnings(config, byHand),
        ...expiryWarnings(config, onGitHub.credentials, new Date()),
        ...(await fetchWarnings(config)),
    ];
    await Promise.all(warnings.map((warning) => pulumi.log.warn(warning)));
    const { uid: clusterUid } = cluster;
    return { clusterUid, manifest: taken.objects, anothersFlux: inCluster.anothers, installed, byHand, ...onGitHub };
}
