import type { Kustomization, Source } from "../../clients/cluster";
import type { Kustomization as KustomizationSettings } from "../../config/kustomizations";
import type { Config } from "../../config/parse";
import type { Source as SourceSettings } from "../../config/sources";
import { mapValues } from "../../domain/records";
import { commitIn, partsOf, type Ref } from "../../domain/release";
import { explainFailure, type Failure } from "../../explain/failures";
import { isSettled, isSuspended, readyOf, suspendedByHand } from "./conditions";
import { type Drift, fixOf, kustomizationDrift, sourceDrift } from "./drift";
import type { ClusterFacts, Controller } from "./facts";
import { unknownHealthOf, type UnknownHealthStatus } from "./health";

/** The state of an object. If several apply, it is the worst one. */
export type State = "ready" | "reconciling" | "suspended" | "failing" | "missing";

/** The status of a GitRepository or Kustomization of the stack in its cluster. */
export interface ObjectStatus {
    readonly kind: "GitRepository" | "Kustomization";
    readonly state: State;
    /** Whether the object is as the stack file wants it. */
    readonly inOrder: boolean;
    readonly wanted: Wanted;
    /** The revision that Flux fetched or applied, such as `main@sha1:<commit>`. */
    readonly revision: string | undefined;
    /** The time of the last transition to this state, in ISO 8601. */
    readonly since: string | undefined;
    /** Flux's message, if something is wrong or in progress. */
    readonly message: string | undefined;
    /** The meaning of the message, if it is known. */
    readonly why: string | undefined;
    /** The fields that differ from the stack file. */
    readonly drift: readonly Drift[];
    /** The command that fixes it or shows more details. */
    readonly fix: string | undefined;
    /** What Flux applies here without knowing its health; undefined if it knows, or if nobody knows better. */
    readonly unknownHealth: UnknownHealthStatus | undefined;
}

/** The revision that the stack file asks for. */
export interface Wanted {
    /** The name of the branch, tag or range, or the commit. */
    readonly ref: string;
    /** Its commit on GitHub; undefined if it is not known. */
    readonly commit: string | undefined;
}

/** The state of a stack's cluster, compared with the stack file. */
export interface Assessment {
    readonly healthy: boolean;
    readonly controllers: readonly Controller[];
    readonly sources: Readonly<Record<string, ObjectStatus>>;
    readonly kustomizations: Readonly<Record<string, ObjectStatus>>;
}

/** Compares the cluster with the stack file. `commits` has the commits of the sources on GitHub, by name. */
export function assess(
    config: Config,
    facts: ClusterFacts,
    commits: Readonly<Record<string, string | undefined>>,
): Assessment {
    const wanted = mapValues(config.sources, ({ ref }, name) => wantedOf(ref, commits[name]));
    const sources = mapValues(config.sources, (settings, name) =>
        sourceStatus(config, settings, wanted[name] ?? nothing, facts.sources.get(name)),
    );
    const kustomizations = mapValues(config.kustomizations, (settings, name) => {
        const source = facts.sources.get(settings.source);
        return kustomizationStatus(config, settings, wanted[settings.source] ?? nothing, {
            live: facts.kustomizations.get(name),
            source,
        });
    });
    const healthy =
        facts.controllers.length > 0 &&
        facts.controllers.every(({ ready }) => ready) &&
        [...Object.values(sources), ...Object.values(kustomizations)].every(({ inOrder }) => inOrder);
    return { healthy, controllers: facts.controllers, sources, kustomizations };
}

const nothing: Wanted = { ref: "", commit: undefined };

function wantedOf(ref: Ref, found: string | undefined): Wanted {
    const [[, name] = ["", ""]] = Object.entries(ref).filter(([field]) => field !== "commit" || !("tag" in ref));
    return { ref: name, commit: ("commit" in ref ? ref.commit : undefined) ?? found };
}

interface Subject {
    readonly config: Config;
    readonly kind: ObjectStatus["kind"];
    readonly name: string;
    readonly live: Source | Kustomization | undefined;
    readonly wanted: Wanted;
    readonly revision: string | undefined;
    /** Whether the stack file suspends it. */
    readonly suspend: boolean | undefined;
    readonly drift: readonly Drift[];
    /** The facts for explaining a failure. */
    readonly about: Pick<Failure, "key" | "repository" | "path" | "source" | "commit">;
    /** Whether the revision is the wanted one. */
    readonly arrived: boolean;
}

function sourceStatus(config: Config, settings: SourceSettings, wanted: Wanted, live: Source | undefined) {
    const { name, ref, suspend } = settings;
    const revision = live?.status?.artifact?.revision;
    const about = { key: `fluxcd:sources.${name}`, repository: settings.repository ?? name, path: "." };
    const commit = revision === undefined ? undefined : commitIn(revision);
    const status = statusOf({
        ...{ config, kind: "GitRepository", name, live, wanted, revision, suspend },
        drift: live ? sourceDrift(config, settings, live) : [],
        about: { ...about, source: live?.spec ?? {}, commit },
        arrived: isAt(revision, ref, wanted),
    });
    return { ...status, unknownHealth: undefined };
}

function kustomizationStatus(
    config: Config,
    settings: KustomizationSettings,
    wanted: Wanted,
    { live, source }: { readonly live: Kustomization | undefined; readonly source: Source | undefined },
) {
    const { name, path, suspend } = settings;
    const revision = live?.status?.lastAppliedRevision;
    const from = config.sources[settings.source];
    const tried = live?.status?.lastAttemptedRevision ?? source?.status?.artifact?.revision;
    const commit = tried === undefined ? undefined : commitIn(tried);
    const about = { key: `fluxcd:kustomizations.${name}`, repository: from?.repository ?? settings.source, path };
    const status = statusOf({
        ...{ config, kind: "Kustomization", name, live, wanted, revision, suspend },
        drift: live ? kustomizationDrift(settings, live) : [],
        about: { ...about, source: source?.spec ?? {}, commit },
        arrived: from !== undefined && isAt(revision, from.ref, wanted),
    });
    return { ...status, unknownHealth: live && unknownHealthOf(settings, live, config.stack) };
}

function statusOf(subject: Subject): Omit<ObjectStatus, "unknownHealth"> {
    const { config, kind, name, live, wanted, revision, suspend, drift, about, arrived } = subject;
    const { stack, context } = config;
    const fix = fixOf(drift, config, name);
    const seen = { kind, wanted, revision, since: undefined, message: undefined, why: undefined, drift, fix };
    if (!live) {
        const message = `the cluster has no ${kind} ${name}`;
        return { ...seen, state: "missing", inOrder: false, message, fix: `pulumi up --stack ${stack} --refresh` };
    }
    const undrifted = drift.length === 0;
    if (isSuspended(live)) {
        const message = suspend ? "suspended by the stack file" : suspendedByHand(live);
        return { ...seen, state: "suspended", inOrder: undrifted, message };
    }
    const { status, lastTransitionTime: since, reason = "", message = "" } = readyOf(live) ?? {};
    if (status === "False") {
        const explained = explainFailure({ ...about, reason, message, stack, context });
        const look = `kubectl --context ${context} -n flux-system get ${kind.toLowerCase()} ${name} --output yaml`;
        const words = { message: `${reason}: ${message}`, why: explained?.why, fix: fix ?? explained?.fix ?? look };
        return { ...seen, ...words, since, state: "failing", inOrder: false };
    }
    return arrived && isSettled(live)
        ? { ...seen, state: "ready", since, inOrder: undrifted }
        : { ...seen, state: "reconciling", since, inOrder: false, message: message || undefined };
}

/**
 * Flux fetches a branch at its interval: the wanted commit is the one on GitHub now, so an older one has not arrived
 * yet.
 */
function isAt(revision: string | undefined, ref: Ref, wanted: Wanted): boolean {
    if (revision === undefined) {
        return false;
    }
    const { ref: name, commit } = partsOf(revision);
    // For a version range, Flux may find any tag; for a commit, any branch.
    const isNamed = !("tag" in ref || "branch" in ref) || name === wanted.ref;
    return isNamed && (wanted.commit === undefined || commit === wanted.commit);
}
