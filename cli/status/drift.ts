import { isDeepStrictEqual } from "node:util";

import type { Kustomization, ManagedFields, Source } from "../../clients/cluster";
import type { Kustomization as KustomizationSettings } from "../../config/kustomizations";
import type { Config } from "../../config/parse";
import type { Source as SourceSettings } from "../../config/sources";
import { accountOf, gitRepositorySpec, kustomizationSpec, type SourceParts } from "../../config/specs";

/** A field of one of Flux's objects that differs from the stack's declaration. */
export interface Drift {
    readonly object: "GitRepository" | "Kustomization";
    /** The name of the field in the spec, such as `ref`. */
    readonly field: string;
    /** Undefined if the stack does not declare the field. */
    readonly wanted: unknown;
    /** Undefined if the object does not have the field. */
    readonly found: unknown;
    /** The name of its last writer's field manager in Kubernetes, such as `kubectl-patch`. */
    readonly by: string | undefined;
}

type Spec = Readonly<Record<string, unknown>>;

/** The fields of a GitRepository's spec that differ from the stack file. */
export function sourceDrift({ identity }: Config, settings: SourceSettings, live: Source): Drift[] {
    const isPublic = settings.url !== undefined;
    const provider = !isPublic && identity.kind === "githubApp" ? "github" : undefined;
    const parts: SourceParts<string> = {
        url: "",
        secret: undefined,
        provider,
        verification: settings.verify && { secret: "", ignore: "" },
    };
    const drift = compare("GitRepository", live, gitRepositorySpec(settings, parts));
    // Without the setting, the ignore rules are at most a comment that depends on the keys of `verify`.
    return drift.filter(({ field }) => field !== "ignore" || settings.ignore !== undefined);
}

/** The fields of a Kustomization's spec that differ from the stack file. */
export function kustomizationDrift(settings: KustomizationSettings, live: Kustomization): Drift[] {
    const parts = { source: settings.source, serviceAccountName: accountOf(settings), decryptionSecret: undefined };
    return compare("Kustomization", live, kustomizationSpec<string>(settings, parts));
}

/**
 * The commands that remove the drift. Pulumi does not own fields that the stack does not declare, so an update does not
 * remove them.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function fixOf(drift: readonly Drift[], { stack, context }: Config, name: string): string | undefined {
    const [first] = drift;
    if (!first) {
        return undefined;
    }
    const extra = drift
        .map(({ field, wanted, found }) => [field, withoutUndeclared(wanted, judged(found))] as const)
        .filter(([, patch]) => patch !== undefined);
    const patch = JSON.stringify({ spec: Object.fromEntries(extra) });
    const kubectl = `kubectl --context ${context} -n flux-system patch ${first.object.toLowerCase()} ${name}`;
    const patches = extra.length === 0 ? [] : [`${kubectl} --type merge --patch '${patch}'`];
    const isLost = drift.some(({ wanted, found }) => lacks(found, wanted));
    const up = isLost ? [`pulumi up --stack ${stack} --refresh`] : [];
    return [...patches, ...up].join(" && ");
}

/** The merge patch that deletes every field that is found but not wanted; undefined if there is none. */
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

/** Whether a wanted field is missing or different. */
function lacks(found: unknown, wanted: unknown): boolean {
    return isMap(wanted) && isMap(found)
        ? Object.entries(wanted).some(([key, value]) => lacks(found[key], value))
        : wanted !== undefined && !isDeepStrictEqual(wanted, found);
}

function isMap(value: unknown): value is Spec {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields whose values are not only from the settings, or that the API server sets by default. */
const notJudged = {
    GitRepository: ["url", "secretRef"],
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

/** The comment in the ignore rules of a source with `verify`, which depends on the keys. components/verification.ts */
const signedBy = /\n?(# signed, by the keys [0-9a-f]+)?$/;

/**
 * A value without Secret names, which change with the content. `false` counts as undefined, because it is the default.
 */
function judged(value: unknown): unknown {
    if (typeof value === "string") {
        return value.replace(signedBy, "") || undefined;
    }
    if (!isMap(value)) {
        return value === false ? undefined : value;
    }
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== "secretRef"));
}

function writerOf(field: string, managedFields: readonly ManagedFields[] = []): string | undefined {
    const writers = managedFields.filter(({ fieldsV1 }) => `f:${field}` in (fieldsV1?.["f:spec"] ?? {}));
    // The last writer other than Pulumi has changed Pulumi's value.
    return (writers.find(({ manager }) => !manager?.startsWith("pulumi-kubernetes")) ?? writers[0])?.manager;
}
