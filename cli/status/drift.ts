import { isDeepStrictEqual } from "node:util";

import type { Config } from "../../config/parse";
import type { Kustomization, ManagedFields, Source } from "../../clients/cluster";
import type { SourceName } from "../../domain/release";
import type { SourceFacts } from "./facts";

/** A field of an object of Flux's that is not as the stack declares it. */
export interface Drift {
    readonly object: "GitRepository" | "Kustomization";
    /** Its name in the spec, such as `ref`. */
    readonly field: string;
    /** Undefined where the stack leaves it alone. */
    readonly wanted: unknown;
    /** Undefined where it is not there. */
    readonly found: unknown;
    /** Who wrote it, by the field manager that Kubernetes remembers, such as `kubectl-patch`. */
    readonly by: string | undefined;
}

type Spec = Readonly<Record<string, unknown>>;

/** Everything in the specs of a source's two objects that the stack file does not say. Both must be there. */
export function driftOf(
    config: Config,
    name: SourceName,
    { gitRepository, kustomization }: Required<SourceFacts>,
): Drift[] {
    return [
        ...(gitRepository ? compare("GitRepository", gitRepository, declaredSource(config, name)) : []),
        ...(kustomization ? compare("Kustomization", kustomization, declaredKustomization(config, name)) : []),
    ];
}

/**
 * The commands that take it back. What the stack does not declare, Pulumi does not own, and an update leaves it there.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function fixOf(drift: readonly Drift[], config: Config, name: SourceName): string | undefined {
    const objects = [
        ["GitRepository", `gitrepository ${config[name].repository}`],
        ["Kustomization", `kustomization ${name}`],
    ] as const;
    const patches = objects.flatMap(([kind, object]) => {
        const extra = drift
            .filter((it) => it.object === kind)
            .map(({ field, wanted, found }) => [field, withoutUndeclared(wanted, judged(found))] as const)
            .filter(([, patch]) => patch !== undefined);
        const patch = JSON.stringify({ spec: Object.fromEntries(extra) });
        const kubectl = `kubectl --context ${config.context} -n flux-system patch ${object}`;
        return extra.length === 0 ? [] : [`${kubectl} --type merge --patch '${patch}'`];
    });
    const isLost = drift.some(({ wanted, found }) => lacks(found, wanted));
    const up = isLost ? [`pulumi up --stack ${config.stack} --refresh`] : [];
    return drift.length === 0 ? undefined : [...patches, ...up].join(" && ");
}

/** The merge patch that takes everything away that is found and not wanted; undefined where there is nothing such. */
function withoutUndeclared(wanted: unknown, found: unknown): unknown {
    if (wanted === undefined && found !== undefined) {
        return null;
    }
    if (!isMap(wanted) || !isMap(found)) {
        return undefined;
    }
    const entries = Object.entries(found)
        .map(([key, value]) => [key, withoutUndeclared(wanted[key], value)] as const)
        .filter(([, patch]) => patch !== undefined);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Whether something of what is wanted is not found. */
function lacks(found: unknown, wanted: unknown): boolean {
    return isMap(wanted) && isMap(found)
        ? Object.entries(wanted).some(([key, value]) => lacks(found[key], value))
        : wanted !== undefined && !isDeepStrictEqual(wanted, found);
}

function isMap(value: unknown): value is Spec {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What components/sync.ts declares, as far as the settings alone say it. */
function declaredSource(config: Config, name: SourceName): Spec {
    const { ref, sourceInterval, verify, suspend } = config[name];
    return {
        ref: "tag" in ref ? { tag: ref.tag } : { branch: ref.branch },
        interval: sourceInterval,
        ...(config.identity.kind === "githubApp" && { provider: "github" }),
        ...(verify && { verify: { mode: verify.mode } }),
        ...(suspend && { suspend }),
    };
}

function declaredKustomization(config: Config, name: SourceName): Spec {
    const { repository, path, interval, retryInterval, timeout, prune, wait, deletionPolicy } = config[name];
    const { serviceAccountName, rules, substitute, suspend, decryption } = config[name];
    const account = rules === undefined ? serviceAccountName : `${name}-reconciler`;
    return {
        sourceRef: { kind: "GitRepository", name: repository },
        ...{ path, interval, retryInterval, timeout, prune, wait, deletionPolicy },
        ...(account !== undefined && { serviceAccountName: account }),
        ...(substitute && { postBuild: { substitute } }),
        ...(decryption && { decryption: { provider: "sops" } }),
        ...(suspend && { suspend }),
        ...(name === "apps" && { dependsOn: [{ name: "infrastructure" }] }),
    };
}

/** Fields whose value the stack declares from more than its settings, or the API server by its defaults. */
const notJudged = {
    GitRepository: ["url", "secretRef", "timeout", "ignore"],
    Kustomization: [],
} as const;

function compare(object: Drift["object"], live: Source | Kustomization, declared: Spec): Drift[] {
    const found: Spec = live.spec ?? {};
    const fields = new Set([...Object.keys(declared), ...Object.keys(found)]);
    return [...fields]
        .filter((field) => !(notJudged[object] as readonly string[]).includes(field))
        .filter((field) => !isDeepStrictEqual(judged(declared[field]), judged(found[field])))
        .map((field) => ({
            object,
            field,
            wanted: declared[field],
            found: found[field],
            by: writerOf(field, live.metadata.managedFields),
        }));
}

/** A value without the name of a Secret, which is a new one with each content; `false` is what a switch is without a word. */
function judged(value: unknown): unknown {
    if (!isMap(value)) {
        return value === false ? undefined : value;
    }
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== "secretRef"));
}

function writerOf(field: string, managedFields: readonly ManagedFields[] = []): string | undefined {
    const writers = managedFields.filter(({ fieldsV1 }) => `f:${field}` in (fieldsV1?.["f:spec"] ?? {}));
    // The last one that is not Pulumi has changed what Pulumi wrote.
    return (writers.find(({ manager }) => !manager?.startsWith("pulumi-kubernetes")) ?? writers[0])?.manager;
}
