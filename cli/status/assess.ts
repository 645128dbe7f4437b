import type { Config, SourceConfig } from "../../config/parse";
import { commitIn } from "../../promotion/evidence";
import { type SourceName, sourceNames } from "../../promotion/release";
import type { Kustomization, Source } from "../../preflight/kubernetes";
import type { ClusterFacts, Controller, SourceFacts } from "./facts";

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
    /** What in the cluster is not as the stack file has it. */
    readonly drift: readonly string[];
    /** The command that mends it, or shows more of it. */
    readonly mend: string | undefined;
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
    const healthy =
        facts.controllers.length > 0 &&
        facts.controllers.every(({ ready }) => ready) &&
        sourceNames.every((name) => isHealthy(sources[name]));
    return { healthy, controllers: facts.controllers, sources };
}

/** A suspension that the stack file asks for is no fault. */
export function isHealthy({ state, drift }: SourceStatus): boolean {
    return (state === "ready" || state === "suspended") && drift.length === 0;
}

interface Subject {
    readonly config: Config;
    readonly name: SourceName;
    readonly facts: SourceFacts;
    readonly commit: string | undefined;
}

function sourceStatus({ config, name, facts, commit }: Subject): SourceStatus {
    const { ref } = config[name];
    const { gitRepository, kustomization } = facts;
    const wanted = {
        ref: "tag" in ref ? ref.tag : ref.branch,
        commit: ("tag" in ref ? ref.commit : undefined) ?? commit,
    };
    const fetched = gitRepository?.status?.artifact?.revision;
    const applied = kustomization?.status?.lastAppliedRevision;
    const drift = driftOf(config, name, facts);
    const seen = { wanted, fetched, applied, drift };
    const up = `pulumi up --stack ${config.stack}`;
    const kubectl = `kubectl --context ${config.context} -n flux-system`;
    if (!gitRepository || !kustomization) {
        const message = `the cluster has no ${gitRepository ? "Kustomization" : "GitRepository"} for it`;
        return { ...seen, state: "missing", since: undefined, message, mend: `${up} --refresh` };
    }
    const mendDrift = drift.length > 0 ? `${up} --refresh` : undefined;
    if (isSuspended(gitRepository) || isSuspended(kustomization)) {
        // Pulumi does not own the field then, so it takes nothing back.
        const resume = [
            ...(isSuspended(gitRepository) ? [`gitrepository ${config[name].repository}`] : []),
            ...(isSuspended(kustomization) ? [`kustomization ${name}`] : []),
        ].map((object) => `${kubectl} patch ${object} --type merge --patch '{"spec":{"suspend":null}}'`);
        const mend = config[name].suspend ? mendDrift : resume.join(" && ");
        const message = config[name].suspend ? "suspended by the stack file" : undefined;
        return { ...seen, state: "suspended", since: undefined, message, mend };
    }
    const failed = [gitRepository, kustomization].find((object) => readyOf(object)?.status === "False");
    const { lastTransitionTime: since, reason = "", message = "" } = readyOf(failed ?? kustomization) ?? {};
    if (failed) {
        const object = failed === gitRepository ? `gitrepository ${config[name].repository}` : `kustomization ${name}`;
        const look = `${kubectl} get ${object} --output yaml`;
        return { ...seen, state: "failing", since, message: `${reason}: ${message}`, mend: mendDrift ?? look };
    }
    const arrived =
        applied !== undefined && isAt(applied, wanted) && isSettled(gitRepository) && isSettled(kustomization);
    return arrived
        ? { ...seen, state: "ready", since, message: undefined, mend: mendDrift }
        : { ...seen, state: "reconciling", since, message: message || undefined, mend: mendDrift };
}

function readyOf(object: Source | Kustomization) {
    return object.status?.conditions?.find(({ type }) => type === "Ready");
}

function isSuspended(object: Source | Kustomization | undefined): boolean {
    return object?.spec?.suspend === true;
}

function isSettled(object: Source | Kustomization): boolean {
    return readyOf(object)?.status === "True" && object.status?.observedGeneration === object.metadata.generation;
}

/** A branch that has moved on GitHub is fetched at the next interval: until then the revision before is what is wanted. */
function isAt(revision: string, { ref, commit }: Wanted): boolean {
    return revision.startsWith(`${ref}@`) && (commit === undefined || commitIn(revision) === commit);
}

function driftOf(config: Config, name: SourceName, { gitRepository, kustomization }: SourceFacts): string[] {
    const source: SourceConfig = config[name];
    const { ref } = source;
    const wantedRef = "tag" in ref ? { tag: ref.tag } : { branch: ref.branch };
    const wantedPath = `./${name}/overlays/${config.environment}`;
    return [
        ...(gitRepository && JSON.stringify(gitRepository.spec?.ref) !== JSON.stringify(wantedRef)
            ? [`the source follows ${refWords(gitRepository.spec?.ref)}, the stack file says ${refWords(wantedRef)}`]
            : []),
        ...(kustomization && kustomization.spec?.path !== wantedPath
            ? [`the path is ${kustomization.spec?.path ?? "none"}, the stack file says ${wantedPath}`]
            : []),
        ...(!source.suspend && (isSuspended(gitRepository) || isSuspended(kustomization))
            ? ["it is suspended by hand: the stack file does not say so"]
            : []),
        ...(source.suspend && (!isSuspended(gitRepository) || !isSuspended(kustomization))
            ? ["it is not suspended, the stack file says so"]
            : []),
    ];
}

function refWords(ref: Readonly<Record<string, string>> | undefined): string {
    const words = Object.entries(ref ?? {}).map(([kind, value]) => `${kind} ${value}`);
    return words.length > 0 ? words.join(" and ") : "nothing";
}
