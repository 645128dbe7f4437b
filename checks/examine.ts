import type { InState } from "../clients/engine";
import type { GitHub } from "../clients/github";
import type { Installed } from "../clients/installedFlux";
import { fluxManifest } from "../clients/manifest";
import type { Config } from "../config";
import type { ManifestObject } from "../domain/objects";
import type { Problem } from "../domain/problem";
import { customize } from "../manifest/customize";
import type { Uninstall } from "../uninstall/settings";
import { type Admitted, admitted } from "./admitted";
import { lookAtCluster } from "./cluster";
import { fitProblems } from "./fit";
import { installedFlux, lookAtFlux, unread } from "./flux";
import { type ByHand, leaveScaledToZero, lookForHandWork } from "./handWork";
import { type FoundOnGitHub, lookAtGitHub } from "./repositories";
import { told } from "./waiting";

/** One check. `pulumi up` refuses its problems; `fluxcd doctor` prints it in any case. */
export interface Check {
    /** The subject, such as `context dev`. */
    readonly about: string;
    readonly problems: readonly Problem[];
    /** The finding if there is no problem. */
    readonly says: string;
    /** Whether it was skipped because another check must pass first; `says` then names that check. */
    readonly isSkipped: boolean;
    /** Whether a preview goes on in spite of its problems, as it needs the right to read only. */
    readonly letsPreview: boolean;
}

/** The results of the checks, for the rest of this run. */
export interface Found extends FoundOnGitHub {
    readonly clusterUid: string;
    /**
     * The installation of Flux: its manifest with this stack's options, the settings of its uninstall, and the allowed
     * source URLs.
     */
    readonly flux: {
        readonly manifest: readonly ManifestObject[];
        readonly uninstall: Uninstall;
        readonly sourceUrls: readonly string[];
    };
    /** The problems that stop a stack that has never run in this cluster; empty if there are none. */
    readonly anothersFlux: readonly Problem[];
    readonly installed: Installed;
    /** Manual changes of Flux's objects and controllers. */
    readonly byHand: ByHand;
}

export interface Examination {
    readonly checks: readonly Check[];
    /** The findings in the cluster; undefined if it or the manifest could not be read. */
    readonly inCluster: InCluster | undefined;
    readonly onGitHub: FoundOnGitHub & { readonly problems: readonly Problem[] };
}

interface InCluster extends Omit<Found, keyof FoundOnGitHub> {
    readonly admission: Admitted;
    /** The changes that an update makes to the controllers and definitions, one per line. */
    readonly changes: readonly string[];
}

/** All checks of a stack, in parallel, even if one of them fails. Changes nothing. */
export async function examine(config: Config, github: GitHub, state: Promise<InState>): Promise<Examination> {
    const [{ checks, inCluster }, onGitHub] = await Promise.all([
        examineCluster(config),
        told(
            `GitHub at ${config.github.baseUrl}`,
            state.then((it) => lookAtGitHub(config, github, it)),
        ),
    ]);
    const says = `${Object.keys(onGitHub.sources).join(" and ")} can be read`;
    return { checks: [...checks, checkOf("GitHub", onGitHub.problems, says)], inCluster, onGitHub };
}

/** The checks that need no token for GitHub. */
export async function examineCluster(config: Config): Promise<Pick<Examination, "checks" | "inCluster">> {
    const { context, flux } = config;
    const [cluster, installed, manifest] = await Promise.all([
        told(`the cluster of context ${context}`, lookAtCluster(config)),
        installedFlux(context),
        told(`Flux's manifest, ${flux.manifest}`, fluxManifest(config)),
    ]);
    const isRead = !("key" in manifest);
    const wanted = isRead ? customize(manifest, flux.options, config.stack) : { objects: [], problems: [manifest] };
    const missing = !isRead
        ? "the manifest must be read first"
        : cluster.uid === undefined
          ? "the cluster must answer first"
          : undefined;
    const { problems: rights, mayRead } = await cluster.rights(wanted.objects);
    const first = [
        checkOf(`context ${context}`, cluster.problems, `answers, and Flux ${flux.version} supports its Kubernetes`),
        rights.length > 0 || missing === undefined
            ? { ...checkOf("rights in the cluster", rights, "the user has every right it needs"), letsPreview: mayRead }
            : skipped("rights in the cluster", missing),
        checkOf(
            `Flux ${flux.version}`,
            [...wanted.problems, ...fitProblems(config, wanted.objects)],
            `its manifest is complete: ${wanted.objects.length} objects`,
        ),
    ];
    const about = fluxInCluster;
    if (cluster.uid === undefined || !isRead) {
        return { checks: [...first, skipped(about, missing ?? "")], inCluster: undefined };
    }
    if ("key" in installed) {
        return { checks: [...first, checkOf(about, [installed], "")], inCluster: undefined };
    }
    const looked = await lookCloser(config, installed, wanted.objects).catch((error: unknown) =>
        unread(context, error),
    );
    if ("key" in looked) {
        return { checks: [...first, checkOf(about, [looked], "")], inCluster: undefined };
    }
    const { byHand, admission, problems, anothers, changes } = looked;
    const { uid: clusterUid } = cluster;
    const inCluster = {
        clusterUid,
        flux: {
            manifest: admission.objects,
            uninstall: { context, clusterUid, ...config.uninstall },
            sourceUrls: flux.options.sourceUrls,
        },
        anothersFlux: anothers,
        installed,
        byHand,
        admission,
        changes,
    };
    const count = installed.controllers.length;
    const says = [count === 0 ? "none is installed yet" : `${count} controllers run`, ...changes].join("; ");
    return { checks: [...first, checkOf(about, problems, says)], inCluster };
}

/** Compares the Flux in the cluster with the objects of this update. Fails if the cluster does not answer. */
async function lookCloser(config: Config, installed: Installed, objects: readonly ManifestObject[]) {
    const byHand = await lookForHandWork(config, installed);
    const declared = leaveScaledToZero(objects, byHand.scaledToZero);
    const admission = await admitted(config.context, installed, declared);
    return { byHand, admission, ...(await lookAtFlux(config, installed, admission.objects)) };
}

/** The subject of the check of an installed Flux. */
export const fluxInCluster = "Flux in the cluster";

function checkOf(about: string, problems: readonly Problem[], says: string): Check {
    return { about, problems, says, isSkipped: false, letsPreview: false };
}

function skipped(about: string, says: string): Check {
    return { about, problems: [], says, isSkipped: true, letsPreview: false };
}
