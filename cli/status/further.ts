import type { FurtherRef } from "../../domain/release";
import type { Config } from "../../config/parse";
import { type Failure, explainFailure } from "../../explain/failures";
import type { Kustomization, Source } from "../../clients/cluster";
import { commitIn } from "../../promotion/evidence";
import type { State } from "./assess";
import { isSettled, isSuspended, readyOf, suspendedByHand } from "./conditions";
import type { ClusterFacts } from "./facts";

/** A source or a Kustomization that a stack has beside infrastructure and apps. */
export interface FurtherStatus {
    readonly kind: "GitRepository" | "Kustomization";
    readonly name: string;
    readonly state: State;
    /** Whether that is as the stack file wants it. */
    readonly inOrder: boolean;
    /** What a source follows, or what a Kustomization applies of which source. */
    readonly wanted: string;
    /** What was fetched or applied, such as `main@sha1:<commit>`. */
    readonly revision: string | undefined;
    /** When it became so, as ISO 8601. */
    readonly since: string | undefined;
    /** Flux's own words where something is wrong or going on. */
    readonly message: string | undefined;
    /** What they mean, where that is known. */
    readonly why: string | undefined;
    /** The command that fixes it, or shows more of it. */
    readonly fix: string | undefined;
}

/** How each further source and Kustomization of a stack is. */
export function furtherStatus(config: Config, { further }: ClusterFacts): FurtherStatus[] {
    const { sources, kustomizations } = config.further;
    const byName = <T extends Source | Kustomization>(objects: readonly T[]) =>
        new Map(objects.map((object) => [object.metadata.name, object]));
    const [fetched, applied] = [byName(further.gitRepositories), byName(further.kustomizations)];
    return [
        ...Object.entries(sources).map(([name, { ref, suspend }]) => {
            const object = fetched.get(name);
            const subject = { kind: "GitRepository", name, object, suspend, wanted: refWords(ref) } as const;
            const source = { key: `fluxcd:sources.${name}`, repository: name, path: ".", source: object?.spec ?? {} };
            return statusOf(config, { ...subject, revision: object?.status?.artifact?.revision }, source);
        }),
        ...Object.entries(kustomizations).map(([name, { source: from, path, suspend }]) => {
            const object = applied.get(name);
            const repository = from === "infrastructure" || from === "apps" ? config[from].repository : from;
            const subject = { kind: "Kustomization", name, object, suspend, wanted: `${path} of ${from}` } as const;
            const source = { key: `fluxcd:kustomizations.${name}`, repository, path, source: {} };
            return statusOf(config, { ...subject, revision: object?.status?.lastAppliedRevision }, source);
        }),
    ];
}

interface Subject extends Pick<FurtherStatus, "kind" | "name" | "wanted" | "revision"> {
    readonly object: Source | Kustomization | undefined;
    /** Whether the stack file wants it suspended. */
    readonly suspend: boolean | undefined;
}

type About = Pick<Failure, "key" | "repository" | "path" | "source">;

function statusOf({ stack, context }: Config, subject: Subject, about: About): FurtherStatus {
    const { object, suspend, ...shown } = subject;
    const { kind, name, revision } = subject;
    const restore = `pulumi up --stack ${stack} --refresh`;
    const nothing = { since: undefined, message: undefined, why: undefined, fix: undefined };
    if (!object) {
        const message = `the cluster has no such ${kind}`;
        return { ...shown, ...nothing, state: "missing", inOrder: false, message, fix: restore };
    }
    if (isSuspended(object)) {
        const message = suspend ? "suspended by the stack file" : suspendedByHand(object);
        const resume = `kubectl --context ${context} -n flux-system patch ${kind.toLowerCase()} ${name} --type merge --patch '{"spec":{"suspend":null}}'`;
        return {
            ...shown,
            ...nothing,
            state: "suspended",
            inOrder: suspend === true,
            message,
            fix: suspend ? undefined : resume,
        };
    }
    const { status, lastTransitionTime: since, reason = "", message = "" } = readyOf(object) ?? {};
    if (status === "False") {
        const commit = revision === undefined ? undefined : commitIn(revision);
        const explained = explainFailure({ ...about, reason, message, stack, context, commit });
        const look = `kubectl --context ${context} -n flux-system get ${kind.toLowerCase()} ${name} --output yaml`;
        const words = { message: `${reason}: ${message}`, why: explained?.why, fix: explained?.fix ?? look };
        return { ...shown, ...words, since, state: "failing", inOrder: false };
    }
    return isSettled(object)
        ? { ...shown, ...nothing, since, state: "ready", inOrder: true }
        : { ...shown, ...nothing, since, state: "reconciling", inOrder: false, message: message || undefined };
}

function refWords(ref: FurtherRef): string {
    const [[kind, value] = ["", ""]] = Object.entries(ref);
    return `${kind} ${value}`;
}
