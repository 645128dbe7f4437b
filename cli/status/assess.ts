import type { Config } from "../../config/parse";
import { explainFailure } from "../../explain/failures";
import type { Kustomization, Source } from "../../clients/cluster";
import { commitIn } from "../../promotion/evidence";
import { type SourceName, sourceNames } from "../../domain/release";
import { isSettled, isSuspended, readyOf, suspendedByHand } from "./conditions";
import { type Drift, driftOf, fixOf } from "./drift";
import type { ClusterFacts, Controller, SourceFacts } from "./facts";
import { type FurtherStatus, furtherStatus } from "./further";

/** How a source is: the worst that is true of it. */
export type State = "ready" | "reconciling" | "suspended" | "failing" | "missing";

export interface SourceStatus {
    readonly state: State;
    /** What the stack file asks for. */
    readonly wanted: Wanted;
    /** The revisions that Flux fetched and applied, such as `main@sha1:<commit>`. */
    readonly fetched: string | undefined;
    readonly applied: string | undefined;
    /** When it became so, as ISO 8601. */
    readonly since: string | undefined;
    /** Flux's own words where something is wrong or going on. */
    readonly message: string | undefined;
    /** What they mean, where that is known. */
    readonly why: string | undefined;
    /** What in the cluster is not as the stack file has it. */
    readonly drift: readonly Drift[];
    /** The command that fixes it, or shows more of it. */
    readonly fix: string | undefined;
}

export interface Wanted {
    /** The branch or tag. */
    readonly ref: string;
    /** The commit behind it on GitHub; undefined where that was not asked or is not there. */
    readonly commit: string | undefined;
}

/** What is known of an environment's cluster, judged by the stack file. */
export interface Assessment {
    readonly healthy: boolean;
    readonly controllers: readonly Controller[];
    readonly sources: Readonly<Record<SourceName, SourceStatus>>;
    /** What the stack has beside them. */
    readonly further: readonly FurtherStatus[];
}

/** Judges what a cluster says by what the stack file wants. `commits` are those behind the refs on GitHub. */
export function assess(
    config: Config,
    facts: ClusterFacts,
    commits: Readonly<Record<SourceName, string | undefined>>,
): Assessment {
    const [infrastructure, apps] = sourceNames.map((name) =>
        sourceStatus({ config, name, facts: facts.sources[name], commit: commits[name] }),
    ) as [SourceStatus, SourceStatus];
    const sources = { infrastructure, apps };
    const further = furtherStatus(config, facts);
    const healthy =
        facts.controllers.length > 0 &&
        facts.controllers.every(({ ready }) => ready) &&
        sourceNames.every((name) => isInOrder(sources[name])) &&
        further.every(({ inOrder }) => inOrder);
    return { healthy, controllers: facts.controllers, sources, further };
}

/** A suspension that the stack file asks for is no fault. */
export function isInOrder({ state, drift }: SourceStatus): boolean {
    return (state === "ready" || state === "suspended") && drift.length === 0;
}

interface Subject {
    readonly config: Config;
    readonly name: SourceName;
    readonly facts: SourceFacts;
    readonly commit: string | undefined;
}

function sourceStatus(subject: Subject): SourceStatus {
    const { config, name, facts } = subject;
    const { ref } = config[name];
    const { gitRepository, kustomization } = facts;
    const wanted = {
        ref: "tag" in ref ? ref.tag : ref.branch,
        commit: ("tag" in ref ? ref.commit : undefined) ?? subject.commit,
    };
    const drift = driftOf(config, name, facts);
    const seen = {
        wanted,
        fetched: gitRepository?.status?.artifact?.revision,
        applied: kustomization?.status?.lastAppliedRevision,
        since: undefined,
        message: undefined,
        why: undefined,
        drift,
        fix: fixOf(drift, config, name),
    };
    if (!gitRepository || !kustomization) {
        const message = `the cluster has no ${gitRepository ? "Kustomization" : "GitRepository"} for it`;
        return { ...seen, state: "missing", message, fix: `pulumi up --stack ${config.stack} --refresh` };
    }
    if (isSuspended(gitRepository) || isSuspended(kustomization)) {
        const stopped = isSuspended(kustomization) ? kustomization : gitRepository;
        const message = config[name].suspend ? "suspended by the stack file" : suspendedByHand(stopped);
        return { ...seen, state: "suspended", message };
    }
    const failed = [gitRepository, kustomization].find((object) => readyOf(object)?.status === "False");
    if (failed) {
        return { ...seen, ...failureOf(subject, failed, seen) };
    }
    const { lastTransitionTime: since, message = "" } = readyOf(kustomization) ?? {};
    const arrived =
        seen.applied !== undefined &&
        isAt(seen.applied, wanted) &&
        isSettled(gitRepository) &&
        isSettled(kustomization);
    return arrived
        ? { ...seen, state: "ready", since }
        : { ...seen, state: "reconciling", since, message: message || undefined };
}

type Seen = Pick<SourceStatus, "fetched" | "applied" | "fix">;

function failureOf({ config, name, facts }: Subject, failed: Source | Kustomization, seen: Seen) {
    const { stack, context } = config;
    const { repository, path } = config[name];
    const { lastTransitionTime: since, reason = "", message = "" } = readyOf(failed) ?? {};
    const isSource = failed === facts.gitRepository;
    const about = isSource ? seen.applied : (facts.kustomization?.status?.lastAttemptedRevision ?? seen.fetched);
    const explained = explainFailure({
        ...{ reason, message, stack, context, repository, path },
        key: `fluxcd:${name}`,
        source: facts.gitRepository?.spec ?? {},
        commit: about === undefined ? undefined : commitIn(about),
    });
    const object = isSource ? `gitrepository ${repository}` : `kustomization ${name}`;
    const look = `kubectl --context ${context} -n flux-system get ${object} --output yaml`;
    const fix = seen.fix ?? explained?.fix ?? look;
    return { state: "failing", since, message: `${reason}: ${message}`, why: explained?.why, fix } as const;
}

/** A branch that has moved on GitHub is fetched at the next interval: until then the revision before is what is wanted. */
function isAt(revision: string, { ref, commit }: Wanted): boolean {
    return revision.startsWith(`${ref}@`) && (commit === undefined || commitIn(revision) === commit);
}
